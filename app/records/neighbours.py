"""Another record with the same values: one query for a form, one for a thousand rows of a sheet.

A rule that asks "is there another one like this?" asks here and names its columns in the record's
`alike`. A load primes the index for each part of the sheet; everybody else gets a plain query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ARRAY, ColumnElement, any_, literal, or_, select

from app.extensions import db

_MANY = 500


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another record, stored, or standing in another row of the sheet in hand."""

    id: int | None
    number: str | None
    row: int = 0


Values = tuple[Any, ...]


@dataclass
class Index:
    """The living rows that have the values of the rows in hand, and the rows of the sheet so far."""

    stored: dict[tuple[str, tuple[str, ...]], dict[Values, dict[int, Neighbour]]] = field(
        default_factory=dict
    )
    primed: dict[tuple[str, tuple[str, ...]], set[Values]] = field(default_factory=dict)
    #: row of the sheet by its values; not asked while these very rows are written
    seen: dict[tuple[str, tuple[str, ...]], dict[Values, Neighbour]] = field(default_factory=dict)
    writing: bool = False

    def prime(self, cls: Any, values: Iterable[dict[str, Any]]) -> None:
        """Read what the rows in hand may meet; what was read for the rows before is forgotten."""
        rows = list(values)
        for columns in cls.alike:
            place = (cls.__tablename__, tuple(columns))
            wanted = {_values(columns, row) for row in rows}
            self.primed[place] = wanted
            self.stored[place] = _read(cls, tuple(columns), wanted)

    def enter(self, cls: Any, values: dict[str, Any], row: int, stored_id: int | None) -> None:
        """From here on this row of the sheet is a neighbour of those below it."""
        for columns in cls.alike:
            place = (cls.__tablename__, tuple(columns))
            words = _values(columns, values)
            if stored_id is not None:
                for rows in self.stored.get(place, {}).values():
                    rows.pop(stored_id, None)
            self.seen.setdefault(place, {}).setdefault(
                words, Neighbour(stored_id, _("row %(row)d of the sheet", row=row), row)
            )

    def leave(self, cls: Any, values: dict[str, Any], row: int) -> None:
        """This row is looked at once more."""
        for columns in cls.alike:
            seen = self.seen.get((cls.__tablename__, tuple(columns)), {})
            words = _values(columns, values)
            if words in seen and seen[words].row == row:
                del seen[words]

    def find(self, cls: Any, columns: tuple[str, ...], values: Values, but: int | None) -> Any:
        place = (cls.__tablename__, columns)
        if values not in self.primed.get(place, ()):
            return _UNKNOWN
        for pk, neighbour in self.stored[place].get(values, {}).items():
            if pk != but:
                return neighbour
        if not self.writing:
            other = self.seen.get(place, {}).get(values)
            if other is not None and (other.id is None or other.id != but):
                return other
        return None


_UNKNOWN = object()
_index: ContextVar[Index | None] = ContextVar("neighbours", default=None)


@contextmanager
def known(index: Index) -> Iterator[Index]:
    token = _index.set(index)
    try:
        yield index
    finally:
        _index.reset(token)


def alike(record: Any, *columns: str) -> Neighbour | None:
    """Another living record with the same values as this one (empty is empty, be it NULL or "")."""
    cls, but = type(record), record.id
    words = _values(columns, {name: getattr(record, name) for name in columns})
    index = _index.get()
    if index is not None:
        found = index.find(cls, columns, words, but)
        if found is not _UNKNOWN:
            return found
    # Two that are written in one go do not stand in the table yet.
    for other in (*db.session.new, *db.session.dirty):
        if (
            type(other) is cls
            and other is not record
            and other.voided_at is None
            and words == _values(columns, {name: getattr(other, name) for name in columns})
        ):
            return Neighbour(other.id, other.number or _("the other one entered with it"))
    query = select(cls.id, cls.number).where(cls.voided_at.is_(None)).limit(1)
    for name, value in zip(columns, words, strict=True):
        column = getattr(cls, name)
        query = query.where(column == value if value is not None else _is_empty(column))
    if but is not None:
        query = query.where(cls.id != but)
    with db.session.no_autoflush:
        row = db.session.execute(query).first()
    return Neighbour(row.id, row.number) if row else None


def one_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """`column IN (…)`; on PostgreSQL as one value, for the driver takes hundreds of marks apart in Python."""
    if db.session.connection().dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(values)


def _is_empty(column: Any) -> Any:
    text = column.property.columns[0].type.python_type is str
    return or_(column.is_(None), column == "") if text else column.is_(None)


def _values(columns: Iterable[str], values: dict[str, Any]) -> Values:
    found = (values.get(name) for name in columns)
    return tuple(None if value == "" else value for value in found)


def _read(
    cls: Any, columns: tuple[str, ...], wanted: set[Values]
) -> dict[Values, dict[int, Neighbour]]:
    """Asked by the first column, which is the one that parts best, and sorted out here."""
    found: dict[Values, dict[int, Neighbour]] = {}
    first = getattr(cls, columns[0])
    words = sorted({value[0] for value in wanted if value[0] is not None}, key=str)
    query = select(cls.id, cls.number, *(getattr(cls, name) for name in columns)).where(
        cls.voided_at.is_(None)
    )
    with db.session.no_autoflush:
        for start in range(0, len(words), _MANY):
            for pk, number, *values in db.session.execute(
                query.where(one_of(first, words[start : start + _MANY]))
            ):
                place = tuple(None if value == "" else value for value in values)
                if place in wanted:
                    found.setdefault(place, {})[pk] = Neighbour(pk, number)
    return found
