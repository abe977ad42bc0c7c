"""The people and the steps that the tests of the credit office share."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalCase, ApprovalTask
from app.extensions import db
from app.records import Actor, check, settings, writing

_click = itertools.count(1)


def by(somebody: Any, channel: str = "ui") -> Any:
    """One click of this person."""
    return writing(channel, Actor(somebody.id, somebody.employee.name))


def store(*records: Any, by_: Any = None) -> Any:
    with by(by_) if by_ is not None else writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def refused(record: Any) -> set[str | None]:
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


def submit(record: Any, somebody: Any) -> ApprovalCase:
    with by(somebody):
        return casework.submit(record, key=f"submit-{next(_click)}").case


def asked(case: ApprovalCase) -> list[int | None]:
    """The accounts that are asked now."""
    query = select(ApprovalTask.assignee_id).where(
        ApprovalTask.case_id == case.id, ApprovalTask.status == "open"
    )
    return list(db.session.scalars(query))


def decide(
    case: ApprovalCase, somebody: Any, verb: str = "approve", opinion: str = "同意", **more: Any
) -> None:
    """This person does it with the open task of his."""
    task = db.session.scalars(
        select(ApprovalTask).where(ApprovalTask.case_id == case.id, ApprovalTask.status == "open")
    ).first()
    with by(somebody):
        casework.act(task.id, verb, key=f"act-{next(_click)}", opinion=opinion, **more)


def cap(figure: str | None) -> None:
    """The company's highest limit (A-01)."""
    with writing("cli"):
        settings.put("credit_company_cap_usd", figure)
