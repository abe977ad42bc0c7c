"""Which roles one person must not hold together (BR-157, BR-170, BR-171), and what is excepted until when."""

from __future__ import annotations

import csv
import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.security.models import DutyException
from app.security.roles import EVERYBODY, rights

_SEED = Path(__file__).with_name("seed") / "duty_conflicts.csv"
_ACT = "act:"
_WRITES_OR_SIGNS = f"{_ACT}hold_a_role_that_writes_or_signs"


@dataclass(frozen=True)
class Conflict:
    """Two roles that one person must not hold together.

    :param where: the flow or register in which the two would meet; "*" everywhere
    :param basis: rule or article
    """

    first: str
    second: str
    where: str
    basis: str
    why: str

    @property
    def pair(self) -> tuple[str, str]:
        return (min(self.first, self.second), max(self.first, self.second))


@functools.cache
def declared() -> tuple[Conflict, ...]:
    """Every pair of roles; what concerns single acts is asked where the act is done."""
    with _SEED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        Conflict(
            row["role_a"], row["role_b_or_act"], row["register_or_flow"], row["basis"], row["why"]
        )
        for row in rows
        if row["role_a"] != "*" and not row["role_b_or_act"].startswith(_ACT)
    ]
    for row in rows:
        if row["role_b_or_act"] == _WRITES_OR_SIGNS:
            found += [
                Conflict(row["role_a"], role, row["register_or_flow"], row["basis"], row["why"])
                for role in sorted(_writing_roles() - {row["role_a"], EVERYBODY})
            ]
    return tuple(found)


def _writing_roles() -> set[str]:
    return {right.role for right in rights() if set(right.verbs) & set("aeds")}


def between(roles: Collection[str]) -> list[Conflict]:
    """The conflicts among these roles, one for each pair."""
    held = set(roles)
    found: dict[tuple[str, str], Conflict] = {}
    for one in declared():
        if one.first in held and one.second in held:
            found.setdefault(one.pair, one)
    return list(found.values())


def excepted(user_id: int, on: date) -> set[tuple[str, str]]:
    """The pairs a person may hold together on this day, each with a reason and an end."""
    query = select(DutyException.first, DutyException.second).where(
        DutyException.user_id == user_id, DutyException.until >= on
    )
    return {(row.first, row.second) for row in db.session.execute(query)}


def open_ones(user_id: int, roles: Collection[str], on: date) -> list[Conflict]:
    """Conflicts that nothing excepts."""
    allowed = excepted(user_id, on)
    return [one for one in between(roles) if one.pair not in allowed]


def except_until(
    user_id: int, conflicts: Iterable[Conflict], until: date, reason: str, by: int | None
) -> None:
    for one in conflicts:
        first, second = one.pair
        db.session.add(
            DutyException(
                user_id=user_id,
                first=first,
                second=second,
                until=until,
                reason=reason[:500],
                by_id=by,
            )
        )
    db.session.flush()
