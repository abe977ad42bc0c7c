"""Who does what in the tests of the customer desk: one click of a person, a submission, a signature."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalCase, ApprovalTask
from app.extensions import db
from app.records import Actor, writing
from tests.people import Somebody

_next = itertools.count(1)


def by(somebody: Somebody) -> Any:
    """One click of this person."""
    return writing("ui", Actor(somebody.id, somebody.employee.name))


def store(*records: Any) -> Any:
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def submit(record: Any, somebody: Somebody) -> ApprovalCase:
    with by(somebody):
        return casework.submit(record, key=f"s{next(_next)}").case


def asked(case: ApprovalCase) -> set[int | None]:
    """The accounts whose signature is asked for now."""
    open_ones = select(ApprovalTask).where(
        ApprovalTask.case_id == case.id, ApprovalTask.status == "open"
    )
    return {task.assignee_id for task in db.session.scalars(open_ones)}


def sign(
    case: ApprovalCase, somebody: Somebody, verb: str = "approve", opinion: str = "同意"
) -> None:
    task = db.session.scalars(
        select(ApprovalTask).where(
            ApprovalTask.case_id == case.id,
            ApprovalTask.status == "open",
            ApprovalTask.assignee_id == somebody.id,
        )
    ).one()
    with by(somebody):
        casework.act(task.id, verb, key=f"a{next(_next)}", opinion=opinion)
