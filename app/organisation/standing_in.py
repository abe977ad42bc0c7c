"""Who stands in for whom: B岗 acts for A岗 between the dates of a handover, and not a minute longer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.organisation.models import AbHandover, AbPost, Employee, EmployeeState
from app.records import clock


def handed_over(on: date) -> Select[Any]:
    """The handovers that run on this day: handed, begun, not ended, not given back."""
    return (
        select(AbHandover)
        .join(AbPost, AbPost.id == AbHandover.ab_post_id)
        .where(
            AbHandover.state == "handed",
            AbHandover.voided_at.is_(None),
            AbPost.voided_at.is_(None),
            AbHandover.leave_from <= on,
            AbHandover.leave_to >= on,
        )
    )


def pairs(on: date) -> Any:
    """A and B of every handover that runs: employees, accounts, the post of the pair, and the last day."""
    a, b = aliased(Employee), aliased(Employee)
    return (
        handed_over(on)
        .with_only_columns(
            a.id.label("a_employee"),
            a.user_id.label("a_user"),
            AbPost.post_id.label("post"),
            AbHandover.leave_to.label("until"),
            b.id.label("b_employee"),
            b.user_id.label("b_user"),
        )
        .join(a, a.id == AbHandover.a_person_id)
        .join(b, b.id == AbHandover.b_person_id)
        .where(b.state == EmployeeState.IN_SERVICE)
    )


def for_whom(user_id: int, on: date | None = None) -> frozenset[int]:
    """The accounts of the people this one stands in for. One step only: B's own absence hands nothing on."""
    running = pairs(on or clock.today()).subquery()
    query = select(running.c.a_user).where(
        running.c.b_user == user_id, running.c.a_user.is_not(None)
    )
    return frozenset(db.session.scalars(query))


def deputies_of(user_ids: Iterable[int], on: date | None = None) -> dict[int, int]:
    """A's account → the account of who stands in for him today."""
    running = pairs(on or clock.today()).subquery()
    query = select(running.c.a_user, running.c.b_user).where(
        running.c.a_user.in_(set(user_ids)), running.c.b_user.is_not(None)
    )
    return {row.a_user: row.b_user for row in db.session.execute(query)}


def handover_between(a_user: int, b_user: int | None, at: datetime) -> str:
    """The number of the handover under which B acted for A at this moment; it may have ended since."""
    a, b, on = aliased(Employee), aliased(Employee), clock.in_office(at).date()
    query = (
        select(AbHandover.number)
        .join(a, a.id == AbHandover.a_person_id)
        .join(b, b.id == AbHandover.b_person_id)
        .where(
            a.user_id == a_user,
            b.user_id == b_user,
            AbHandover.state != "drafted",
            AbHandover.leave_from <= on,
            AbHandover.leave_to >= on,
        )
    )
    return db.session.scalars(query).first() or ""
