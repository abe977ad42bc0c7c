"""Rows of a register: conditions, order and pages that stay fast at a million."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import joinedload, load_only, selectinload

from app.extensions import db
from app.records import clock, search
from app.records.fields import FieldSpec, Kind, plain_value
from app.records.reading import Unreadable, read
from app.records.record import Kept
from app.security import scopes

COUNTED = 10_000
SIZES = (25, 50, 100, 200)

_TEXT = ("contains", "is", "begins", "is_not", "empty", "filled")
_FIGURE = ("is", "from", "to", "empty", "filled")
_RELATIONS: dict[Kind, tuple[str, ...]] = {
    Kind.MONEY: _FIGURE,
    Kind.QUANTITY: _FIGURE,
    Kind.PERCENT: _FIGURE,
    Kind.WHOLE: _FIGURE,
    Kind.DATE: ("from", "to", "is", "last_days", "next_days", "empty", "filled"),
    Kind.INSTANT: ("from", "to", "last_days", "empty", "filled"),
    Kind.TIME: ("from", "to", "is"),
    Kind.BOOL: ("is",),
    Kind.CHOICE: ("is", "is_not", "empty", "filled"),
    Kind.STATE: ("is", "is_not"),
    Kind.CHOICES: ("has", "has_not", "empty", "filled"),
    Kind.REFERENCE: ("is", "is_not", "empty", "filled"),
}


def relations(kind: Kind) -> list[tuple[str, str]]:
    """The relations one may set for a kind of field: (word of the address, label)."""
    labels = {
        "contains": _("contains"),
        "is": _("is"),
        "is_not": _("is not"),
        "begins": _("begins with"),
        "from": _("from"),
        "to": _("up to"),
        "last_days": _("in the last days"),
        "next_days": _("in the next days"),
        "has": _("includes"),
        "has_not": _("does not include"),
        "empty": _("is empty"),
        "filled": _("is filled"),
    }
    return [(word, labels[word]) for word in _RELATIONS.get(kind, _TEXT)]


@dataclass(frozen=True)
class Asked:
    """What the address of a list asks for."""

    query: str = ""
    #: (field, relation, value)
    conditions: tuple[tuple[str, str, str], ...] = ()
    order: str = ""
    page: int = 1
    size: int = 25
    #: a place in the order, for pages beyond those that are counted: "after:…", "before:…", "last"
    cursor: str = ""
    with_void: bool = False
    view: str = ""


@dataclass
class Page:
    records: list[Any]
    total: int
    exact: bool
    page: int
    size: int
    #: whether the record's other fields may be seen (not held through a field group only)
    in_full: dict[int, bool] = field(default_factory=dict)
    after: str = ""
    before: str = ""
    has_next: bool = False
    has_previous: bool = False


class BadCondition(ValueError):
    """A condition of the address that says nothing; carries the sentence to show."""


def condition(record_class: Any, spec: FieldSpec, relation: str, raw: str) -> ColumnElement[bool]:
    """:raises BadCondition: for a relation or a value that does not fit the field"""
    if relation not in _RELATIONS.get(spec.kind, _TEXT):
        raise BadCondition(_("“%(label)s” cannot be asked that way.", label=spec.label))
    column = getattr(record_class, spec.name)
    if relation == "empty":
        return or_(column.is_(None), column == "") if spec.kind.is_text else column.is_(None)
    if relation == "filled":
        return (
            and_(column.is_not(None), column != "") if spec.kind.is_text else column.is_not(None)
        )
    if relation in ("last_days", "next_days"):
        return _days(column, spec, relation, raw)
    if relation in ("contains", "begins"):
        pattern = raw.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        start = "%" if relation == "contains" else ""
        return column.ilike(f"{start}{pattern}%", escape="\\")
    if relation in ("has", "has_not"):
        has = column.like(f"%,{raw},%")
        return has if relation == "has" else or_(column.is_(None), ~has)
    values = _values(spec, raw)
    if relation == "is":
        return column.in_(values) if len(values) > 1 else column == values[0]
    if relation == "is_not":
        return or_(column.is_(None), column.not_in(values))
    return _bound(column, spec, relation, values[0])


def _values(spec: FieldSpec, raw: str) -> list[Any]:
    several = spec.kind in (Kind.CHOICE, Kind.STATE, Kind.REFERENCE)
    try:
        found = [read(spec, part) for part in (raw.split(",") if several else [raw])]
    except Unreadable as no:
        raise BadCondition(str(no)) from None
    if any(value is None for value in found):
        raise BadCondition(_("“%(label)s” needs a value.", label=spec.label))
    return found


def _bound(column: Any, spec: FieldSpec, relation: str, value: Any) -> ColumnElement[bool]:
    if relation == "from":
        return column >= value
    if spec.kind is Kind.INSTANT and clock.in_office(value).strftime("%H:%M") == "00:00":
        return column < value + timedelta(days=1)
    return column <= value


def _days(column: Any, spec: FieldSpec, relation: str, raw: str) -> ColumnElement[bool]:
    try:
        days = int(raw)
    except ValueError:
        raise BadCondition(_("“%(text)s” is no number of days.", text=raw)) from None
    today: date = clock.today()
    if spec.kind is Kind.INSTANT:
        return column >= clock.now() - timedelta(days=days)
    if relation == "last_days":
        return column.between(today - timedelta(days=days), today)
    return column.between(today, today + timedelta(days=days))


def scoped(record_class: type[Kept], person: scopes.Person, verb: str = "r") -> Select[Any]:
    """Every query on behalf of a person starts here."""
    return scopes.narrow(select(record_class), person, verb, record_class)


def finds(record_class: Any, asked: Asked) -> Sequence[int] | None:
    """The records in which the words of the address stand; None where it has none."""
    if not asked.query.strip():
        return None
    return search.ids_of(db.session, asked.query, record_class.__tablename__) or ()


def filtered(
    statement: Select[Any],
    record_class: Any,
    asked: Asked,
    person: scopes.Person,
    where: Any = None,
    found: Sequence[int] | None = None,
) -> Select[Any]:
    """The same rows under the conditions of the address.

    :param found: what `finds` says, where it was asked already
    :raises BadCondition: when a condition says nothing
    """
    specs = record_class.specs()
    hidden = scopes.hidden_fields(person, record_class.__tablename__)
    for name, relation, raw in asked.conditions:
        spec = specs.get(name)
        # A hidden field must not be guessed by filtering on it.
        if spec is None or spec.calculated or name in hidden:
            raise BadCondition(_("There is no field “%(name)s” to filter by.", name=name))
        if scopes.field_right(
            person, record_class.__tablename__, name
        ) == "masked" and relation not in (
            "empty",
            "filled",
        ):
            raise BadCondition(
                _("“%(label)s” is masked and cannot be filtered by.", label=spec.label)
            )
        statement = statement.where(condition(record_class, spec, relation, raw))
    if where is not None:
        statement = statement.where(where(record_class))
    if hasattr(record_class, "voided_at") and not asked.with_void:
        statement = statement.where(record_class.voided_at.is_(None))
    if asked.query.strip():
        if found is None:
            found = finds(record_class, asked)
        statement = statement.where(search.is_one_of(record_class.id, found) if found else false())
        blind = unseen_text(record_class, asked.query, person)
        if blind is not None:
            statement = statement.where(blind)
    return statement


def unseen_text(
    record_class: Any, query: str, person: scopes.Person
) -> ColumnElement[bool] | None:
    """What a find must show besides, so that nobody guesses a hidden or masked value by searching for it.

    The index holds all searched fields together. Who sees one of them not, finds by figures (telephone
    numbers, codes), and by a name he sees masked, only where a field that he does see has them.
    """
    register = record_class.__tablename__
    searched = [spec.name for spec in record_class.specs().values() if spec.searched]
    limited = {
        name
        for name in searched
        if scopes.field_right(person, register, name) in ("hidden", "masked")
    }
    if not limited:
        return None
    if record_class.titled_by not in limited and not any(sign.isdigit() for sign in query):
        return None
    open_ = [getattr(record_class, name) for name in searched if name not in limited]
    return and_(
        true(),
        *(
            or_(false(), *(c.icontains(part, autoescape=True) for c in open_))
            for part in query.split()
        ),
    )


def order_of(record_class: Any, asked: Asked, person: scopes.Person) -> tuple[str, bool]:
    """(field, descending): only declared sortable fields that the person may see."""
    name, descending = asked.order.lstrip("-"), asked.order.startswith("-")
    spec = record_class.specs().get(name)
    if (
        spec is None
        or not spec.sortable
        or scopes.field_right(person, record_class.__tablename__, name) in ("hidden", "masked")
    ):
        return "id", True
    return name, descending


def _cursor_text(direction: str, value: Any, pk: int) -> str:
    raw = json.dumps([direction, plain_value(value), pk])
    return urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _cursor(text: str) -> tuple[str, str | None, int] | None:
    try:
        direction, value, pk = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if direction not in ("after", "before"):
            return None
        return direction, value, int(pk)
    except (ValueError, TypeError):
        return None


def _rows_from(
    statement: Select[Any],
    column: Any,
    pk: Any,
    start: tuple[Any, int] | None,
    descending: bool,
    limit: int,
) -> list[Any]:
    """Up to `limit` rows in order, from a place on.

    NULLs stand last in both directions on both databases. They are asked for in a query of their
    own: one query over both could not walk the index.
    """
    id_only = column is pk
    rows: list[Any] = []
    if start is None or start[0] is not None or id_only:
        filled = statement if id_only else statement.where(column.is_not(None))
        if start is not None:
            here = tuple_(column, pk) if not id_only else pk
            there = (
                tuple_(literal(start[0], column.type), literal(start[1]))
                if not id_only
                else start[1]
            )
            filled = filled.where(here < there if descending else here > there)
        keys = (pk,) if id_only else (column, pk)
        filled = filled.order_by(*(key.desc() if descending else key.asc() for key in keys))
        rows = list(db.session.scalars(filled.limit(limit)).unique())
        if id_only or len(rows) >= limit or not column.property.columns[0].nullable:
            return rows
    empty = statement.where(column.is_(None))
    if start is not None and start[0] is None:
        empty = empty.where(pk < start[1] if descending else pk > start[1])
    empty = empty.order_by(pk.desc() if descending else pk.asc()).limit(limit - len(rows))
    return rows + list(db.session.scalars(empty).unique())


def count(statement: Select[Any], *, exact: bool = False) -> int:
    """How many rows; stops counting one above COUNTED unless asked to be exact."""
    # Without a condition there would be no table left to count.
    inner = statement.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    if not exact:
        inner = inner.limit(COUNTED + 1)
    return int(db.session.scalar(select(func.count()).select_from(inner.subquery())) or 0)


def loading(record_class: Any, names: Sequence[str]) -> list[Any]:
    """What a list reads beside the rows themselves: the names of what they refer to, in one join."""
    specs = record_class.specs()
    # What a calculated column reads of another record is more than its name, and is loaded whole.
    read_whole = {one for name in names if (spec := specs.get(name)) for one in spec.reads}
    options = [selectinload(getattr(record_class, one)) for one in sorted(read_whole)]
    for name in names:
        spec = specs.get(name)
        if spec is None or not spec.relation or spec.relation in read_whole:
            continue
        attribute = getattr(record_class, spec.relation)
        if spec.kind is Kind.REFERENCE:
            other = attribute.property.mapper.class_
            wanted = [
                getattr(other, n) for n in ("number", other.titled_by) if n and hasattr(other, n)
            ]
            wanted = [w for w in wanted if hasattr(w.property, "columns")]
            option = joinedload(attribute)
            options.append(option.options(load_only(*wanted)) if wanted else option)
        elif spec.kind is Kind.LINES:
            options.append(selectinload(attribute))
    return options


def page(
    record_class: Any,
    asked: Asked,
    person: scopes.Person,
    columns: Sequence[str],
    *,
    verb: str = "r",
    where: Any = None,
    extra: Any = None,
) -> Page:
    """One page of a register for one person."""
    found = finds(record_class, asked)
    everything = scoped(record_class, person, verb)
    statement = filtered(everything, record_class, asked, person, where, found)
    if extra is not None:
        statement = statement.where(extra)
    is_narrowed = (
        scopes.rows(person, verb, record_class) is not None
        or bool(asked.conditions)
        or where is not None
        or extra is not None
        or unseen_text(record_class, asked.query, person) is not None
    )
    # The index knows living records only: where nothing else narrows, its finds are counted already.
    total = count(statement) if found is None or is_narrowed else len(found)
    exact = total <= COUNTED
    name, descending = order_of(record_class, asked, person)
    pk = record_class.id
    column = getattr(record_class, name)
    size = asked.size if asked.size in SIZES else SIZES[0]
    loaded = statement.options(*loading(record_class, columns))
    cursor = _cursor(asked.cursor) if asked.cursor not in ("", "last") else None
    backwards = False
    number = max(1, asked.page)
    if asked.cursor == "last":
        rows = _backwards(loaded, column, pk, None, descending, size)
        backwards = True
    elif cursor:
        start = (None if name == "id" else read(record_class.specs()[name], cursor[1]), cursor[2])
        if cursor[0] == "after":
            rows = _rows_from(loaded, column, pk, start, descending, size + 1)
        else:
            rows = _backwards(loaded, column, pk, start, descending, size)
            backwards = True
    else:
        number = min(number, max(1, -(-min(total, COUNTED) // size)))
        rows = _rows_at(loaded, column, pk, descending, (number - 1) * size, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    result = Page(rows, min(total, COUNTED) if not exact else total, exact, number, size)
    result.has_next = more or (backwards and asked.cursor != "last")
    result.has_previous = backwards or cursor is not None or number > 1
    if rows:
        key = lambda r: (getattr(r, name), r.id)  # noqa: E731 - used twice, right here
        result.after = _cursor_text("after", *key(rows[-1]))
        result.before = _cursor_text("before", *key(rows[0]))
    if scopes.limited_fields(person, verb, record_class) is not None and rows:
        ids = [r.id for r in rows]
        full = scopes.held_in_full(person, record_class, ids, verb)
        result.in_full = {one: one in full for one in ids}
    return result


def _rows_at(
    statement: Select[Any], column: Any, pk: Any, descending: bool, offset: int, limit: int
) -> list[Any]:
    if column is pk:
        key = pk.desc() if descending else pk.asc()
        return list(
            db.session.scalars(statement.order_by(key).offset(offset).limit(limit)).unique()
        )
    order = [column.desc() if descending else column.asc(), pk.desc() if descending else pk.asc()]
    filled = statement.where(column.is_not(None))
    rows = list(db.session.scalars(filled.order_by(*order).offset(offset).limit(limit)).unique())
    if len(rows) >= limit or not column.property.columns[0].nullable:
        return rows
    if rows:
        skipped = 0
    else:
        skipped = offset - int(
            db.session.scalar(
                select(func.count()).select_from(
                    filled.with_only_columns(literal(1)).order_by(None).limit(offset).subquery()
                )
            )
            or 0
        )
    empty = statement.where(column.is_(None)).order_by(order[1])
    return rows + list(db.session.scalars(empty.offset(skipped).limit(limit - len(rows))).unique())


def _backwards(
    statement: Select[Any],
    column: Any,
    pk: Any,
    start: tuple[Any, int] | None,
    descending: bool,
    limit: int,
) -> list[Any]:
    """The rows before a place (or the last ones), in the order of the list."""
    id_only = column is pk
    nullable = not id_only and column.property.columns[0].nullable
    rows: list[Any] = []
    if nullable and (start is None or start[0] is None):
        empty = statement.where(column.is_(None))
        if start is not None:
            empty = empty.where(pk > start[1] if descending else pk < start[1])
        empty = empty.order_by(pk.asc() if descending else pk.desc()).limit(limit)
        rows = list(db.session.scalars(empty).unique())
        if len(rows) >= limit:
            return rows[::-1]
        start = None
    filled = statement if id_only or not nullable else statement.where(column.is_not(None))
    keys = (pk,) if id_only else (column, pk)
    if start is not None:
        here = pk if id_only else tuple_(column, pk)
        there = start[1] if id_only else tuple_(literal(start[0], column.type), literal(start[1]))
        filled = filled.where(here > there if descending else here < there)
    filled = filled.order_by(*(key.asc() if descending else key.desc() for key in keys))
    rows += list(db.session.scalars(filled.limit(limit - len(rows))).unique())
    return rows[::-1]
