"""What waits for whom: the lists a person signs from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, selectinload

from app.approvals.models import ApprovalAction, ApprovalCase, ApprovalFlow, ApprovalTask
from app.extensions import db
from app.organisation import people


def waiting_for(ids: Collection[int]) -> Select[Any]:
    """Open tasks of these people, what is due first on top."""
    return (
        select(ApprovalTask)
        .join(ApprovalTask.case)
        .where(ApprovalTask.assignee_id.in_(ids), ApprovalTask.status == "open")
        .order_by(ApprovalTask.due_at.is_(None), ApprovalTask.due_at, ApprovalTask.id)
    )


def tasks(ids: Collection[int], limit: int, offset: int = 0) -> list[ApprovalTask]:
    if not ids:
        return []
    query = waiting_for(ids).options(*_whole()).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def _whole() -> tuple[Any, ...]:
    return (
        contains_eager(ApprovalTask.case)
        .selectinload(ApprovalCase.flow)
        .selectinload(ApprovalFlow.steps),
    )


def count(ids: Collection[int]) -> int:
    """How many signatures wait; the index of the inbox answers it alone."""
    if not ids:
        return 0
    query = select(func.count()).where(
        ApprovalTask.assignee_id.in_(ids), ApprovalTask.status == "open"
    )
    return db.session.scalar(query) or 0


@people.counted("waiting")
def _waiting(user_id: int, pairs: Any) -> Any:
    """Open tasks of a person and of whom he stands in for: two looks into one index."""
    open_tasks = select(func.count()).where(ApprovalTask.status == "open")
    own = open_tasks.where(ApprovalTask.assignee_id == user_id)
    as_deputy = open_tasks.where(
        ApprovalTask.assignee_id.in_(select(pairs.c.a_user).where(pairs.c.b_user == user_id))
    )
    return own.scalar_subquery() + as_deputy.scalar_subquery()


def asked_by(user_id: int, statuses: Collection[str], limit: int) -> list[ApprovalCase]:
    """What a person submitted himself."""
    query = (
        select(ApprovalCase)
        .where(ApprovalCase.requester_id == user_id, ApprovalCase.status.in_(statuses))
        .options(
            selectinload(ApprovalCase.tasks),
            selectinload(ApprovalCase.flow).selectinload(ApprovalFlow.steps),
        )
        .order_by(ApprovalCase.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def decided_by(user_id: int, limit: int) -> list[ApprovalAction]:
    """What a person decided, for himself or for whom he stood in, the newest first."""
    query = (
        select(ApprovalAction)
        .join(ApprovalAction.case)
        .where(
            ApprovalAction.actor_id == user_id,
            ApprovalAction.command.in_(("approve", "reject", "return")),
        )
        .options(
            contains_eager(ApprovalAction.case)
            .selectinload(ApprovalCase.flow)
            .selectinload(ApprovalFlow.steps)
        )
        .order_by(ApprovalAction.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def without_signer(limit: int) -> list[ApprovalTask]:
    """Tasks for which nobody was found: an administrator names somebody."""
    query = (
        select(ApprovalTask)
        .join(ApprovalTask.case)
        .where(ApprovalTask.assignee_id.is_(None), ApprovalTask.status == "open")
        .options(*_whole())
        .order_by(ApprovalTask.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))
