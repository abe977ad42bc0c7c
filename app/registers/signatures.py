"""The signature blocks of a form: filled from the case, empty where ink is still needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.approvals.approvable import is_signed
from app.approvals.models import ApprovalCase
from app.approvals.words import step_title
from app.documents.head import Signature
from app.documents.issue import signed_by
from app.documents.printout import Printout
from app.extensions import db
from app.organisation.standing_in import handover_between
from app.records import Kept


@signed_by
def blocks(record: Kept, printout: Printout) -> Sequence[Signature]:
    """One block for each step of the newest case: opinion, name, for whom, time.

    Before them that of who submitted it, where the form asks for it.
    """
    if hasattr(record, "signatures"):
        return [
            Signature(title, name=name if at else "", at=at)
            for title, name, at in record.signatures()
        ]
    if not is_signed(record) or record.id is None:
        return ()
    case = db.session.scalars(
        select(ApprovalCase)
        .where(
            ApprovalCase.register == record.register_name(),
            ApprovalCase.record_id == record.id,
            ApprovalCase.kind == "approval",
            ApprovalCase.status != "withdrawn",
        )
        .order_by(ApprovalCase.id.desc())
        .limit(1)
    ).first()
    if case is None:
        return ()
    found: list[Signature] = []
    if printout.submitted_as:
        first = next((a for a in reversed(case.actions) if a.command == "submit"), None)
        title = str(printout.submitted_as)
        found.append(_block(title, first) if first is not None else Signature(title))
    for step in case.flow.spec():
        title = step_title(case, step.key)
        seats = [t for t in case.tasks if t.step == step.key]
        last = max((t.round for t in seats), default=0)
        signed = [t for t in seats if t.round == last and t.status in ("approved", "rejected")]
        acts = [
            act
            for task in signed
            if task.kind != "delegated"
            for act in case.actions
            if act.task_no == task.no and act.command in ("approve", "reject")
        ]
        acts = acts or _earlier(case, [t for t in signed if t.status == "approved"])
        found += [_block(title, act) for act in acts]
        if not acts and (seats or case.status == "running"):
            found.append(Signature(title))
    return found


def _earlier(case: ApprovalCase, tasks: Sequence[Any]) -> list[Any]:
    """The acts by which people signed an earlier step, where their signature counts in this one too."""
    people = {task.assignee_id for task in tasks}
    acts = [
        act
        for act in case.actions
        if act.command == "approve" and (act.for_id or act.actor_id) in people
    ]
    return acts[-1:]


def _block(title: str, act: Any) -> Signature:
    return Signature(
        title,
        name=act.actor_name,
        for_name=act.for_name,
        opinion=act.opinion,
        at=act.at,
        note=handover_between(act.for_id, act.actor_id, act.at) if act.for_id else "",
    )
