"""A record as the person who prints it may see it: hidden fields are empty, masked ones show their edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from app.extensions import db
from app.records import REGISTERED, Kept, specs_of
from app.security import scopes


class ForReader:
    """Stands for a record in a template; what it leads to (customer, lines) is seen the same way.

    >>> ForReader(customer, person).legal_representative
    '陈**'
    """

    __slots__ = ("_limited", "_own", "_person", "_record")

    def __init__(
        self, record: Kept, person: scopes.Person, limited: frozenset[str] | None = None
    ) -> None:
        self._record = record
        self._person = person
        #: the fields of a record that is held only through a field group
        self._limited = limited
        self._own = person.employee_id is not None and (
            (record.register_name(), record.id) == ("employee", person.employee_id)
        )

    def __getattr__(self, name: str) -> Any:
        record, spec = self._record, specs_of(type(self._record)).get(name)
        if spec is None:
            spec = next(
                (s for s in specs_of(type(record)).values() if s.relation and s.relation == name),
                None,
            )
        if spec is None:
            return self._wrapped(getattr(record, name))
        if self._limited is not None and spec.name not in self._limited:
            return None
        right = scopes.field_right(self._person, record.register_name(), spec.name)
        if right == "hidden":
            return None
        value = getattr(record, name)
        if right == "masked" and not self._own and value not in (None, "", ()):
            return scopes.mask(value)
        return self._wrapped(value)

    def _wrapped(self, value: Any) -> Any:
        if isinstance(value, Kept):
            return ForReader(value, self._person)
        if isinstance(value, list | tuple) and value and isinstance(value[0], Kept):
            return [ForReader(one, self._person) for one in value]
        return value

    @property
    def title(self) -> Any:
        record = self._record
        name = record.titled_by
        if name and name in specs_of(type(record)):
            own = getattr(self, name)
            return own if own not in (None, "") else getattr(record, "number", None) or ""
        return record.title

    def __str__(self) -> str:
        return str(self.title)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForReader) and self._record is other._record

    def __hash__(self) -> int:
        return hash(self._record)

    @property
    def kept(self) -> Kept:
        """The record itself, for those who know what they do (codes, hashes)."""
        return self._record


def class_of(record: Any) -> type[Kept]:
    """The record class, of a record and of what stands for one."""
    return type(record.kept) if isinstance(record, ForReader) else type(record)


def beside(
    register: str,
    via: str,
    record: Kept,
    person: scopes.Person,
    *,
    order: str = "",
    where: Callable[[Any], ColumnElement[bool]] | None = None,
    limit: int = 500,
) -> list[ForReader]:
    """Living rows of another register that belong to a record, as far as this person reads them.

    A register that is not part of this house, or not this person's to read, gives no rows.
    """
    cls: Any = REGISTERED.get(register)
    if cls is None or not scopes.may(person, "r", register):
        return []
    statement = scopes.narrow(select(cls), person, "r", cls).where(getattr(cls, via) == record.id)
    if hasattr(cls, "voided_at"):
        statement = statement.where(cls.voided_at.is_(None))
    if where is not None:
        statement = statement.where(where(cls))
    name = order.lstrip("-")
    if name:
        column = getattr(cls, name)
        statement = statement.order_by(column.desc() if order.startswith("-") else column.asc())
    rows = list(db.session.scalars(statement.order_by(cls.id).limit(limit)).unique())
    return for_reader(rows, cls, person)


def for_reader(rows: Sequence[Kept], cls: Any, person: scopes.Person) -> list[ForReader]:
    """Rows this person may read, each with the fields of it that are open to him."""
    limited = scopes.limited_fields(person, "r", cls)
    if limited is None:
        return [ForReader(row, person) for row in rows]
    full = scopes.held_in_full(person, cls, [row.id for row in rows], "r")
    return [ForReader(row, person, None if row.id in full else limited) for row in rows]
