"""Frozen results: kept as they were, held against each other, written into the records they class (AN-02)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import aliased

from app.analytics.models import FrozenItem, FrozenResult
from app.extensions import db
from app.records import acting, clock

_PART = 5000


def freeze(
    measure: str,
    label: str,
    parameters: Mapping[str, Any],
    totals: Mapping[str, Any],
    items: Iterable[tuple[int, int, int, str]],
) -> FrozenResult:
    """Keep a result: items are (id, rank, amount, class). Runs inside a click that writes."""
    rows = [
        {"item_id": item, "rank": rank, "amount": amount, "class_": word}
        for item, rank, amount, word in items
    ]
    result = FrozenResult(
        measure=measure,
        label=label,
        parameters=dict(parameters),
        totals=dict(totals),
        items=len(rows),
        frozen_at=clock.now(),
        frozen_by=acting().actor.name,
    )
    db.session.add(result)
    db.session.flush()
    for start in range(0, len(rows), _PART):
        part = [row | {"result_id": result.id} for row in rows[start : start + _PART]]
        db.session.connection().execute(insert(FrozenItem.__table__), part)
    return result


def all_of(measure: str) -> list[FrozenResult]:
    """The frozen results of a measure, the latest first."""
    query = select(FrozenResult).where(FrozenResult.measure == measure)
    return list(db.session.scalars(query.order_by(FrozenResult.id.desc()).limit(200)))


def of_id(measure: str, raw: str) -> FrozenResult | None:
    if not raw.isdecimal() or len(raw) > 9:
        return None
    found = db.session.get(FrozenResult, int(raw))
    return found if found is not None and found.measure == measure else None


def classes_of(result: FrozenResult, items: Sequence[int]) -> dict[int, str]:
    """The classes that these items had in a frozen result."""
    found: dict[int, str] = {}
    for start in range(0, len(items), _PART):
        query = select(FrozenItem.item_id, FrozenItem.class_).where(
            FrozenItem.result_id == result.id,
            FrozenItem.item_id.in_(items[start : start + _PART]),
        )
        found |= {row[0]: row[1] for row in db.session.execute(query)}
    return found


@dataclass(frozen=True)
class Movement:
    """From one frozen result to a later one."""

    #: (class before, class after) → how many; "" stands for not ranked at all
    counts: Mapping[tuple[str, str], int]
    #: (item, class before, class after, amount after), the greatest amounts first
    moved: Sequence[tuple[int, str, str, int]]

    @property
    def up(self) -> int:
        return sum(n for (a, b), n in self.counts.items() if a and b and b < a)

    @property
    def down(self) -> int:
        return sum(n for (a, b), n in self.counts.items() if a and b and b > a)


def movement(before: FrozenResult, after: FrozenResult, limit: int = 500) -> Movement:
    """Who rose, who fell, who came and who went between two frozen results."""
    old, new = aliased(FrozenItem), aliased(FrozenItem)
    counts: dict[tuple[str, str], int] = {}
    stayed = (
        select(old.class_, new.class_, func.count())
        .select_from(new)
        .outerjoin(old, (old.result_id == before.id) & (old.item_id == new.item_id))
        .where(new.result_id == after.id)
        .group_by(old.class_, new.class_)
    )
    for word, later, many in db.session.execute(stayed):
        counts[word or "", later] = many
    gone = (
        select(old.class_, func.count())
        .outerjoin(new, (new.result_id == after.id) & (new.item_id == old.item_id))
        .where(old.result_id == before.id, new.item_id.is_(None))
        .group_by(old.class_)
    )
    for word, many in db.session.execute(gone):
        counts[word, ""] = many
    moved = db.session.execute(
        select(new.item_id, old.class_, new.class_, new.amount)
        .join(old, (old.result_id == before.id) & (old.item_id == new.item_id))
        .where(new.result_id == after.id, old.class_ != new.class_)
        .order_by(new.amount.desc(), new.item_id)
        .limit(limit)
    )
    return Movement(counts, [(row[0], row[1], row[2], row[3]) for row in moved])
