"""A register as a sheet: which columns a person gets, with which values, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import Select

from app.exchange.out import OutColumn
from app.extensions import db
from app.records.fields import FieldSpec, Kind
from app.registers import listing, query
from app.registers.cells import cell, is_own
from app.security import scopes

if TYPE_CHECKING:
    from app.registers.view import RegisterView

#: rows that are read and written together
_PART = 1000


def columns_of(view: RegisterView, person: scopes.Person, which: str = "") -> list[FieldSpec]:
    """The chosen columns of the list, or all that the person may see (`which` is "all"), or named ones."""
    offered = listing.offered_columns(view, person)
    if which == "all":
        names = list(offered)
        if "number" in offered:
            names = ["number", *(n for n in names if n != "number")]
    elif which:
        names = [name for name in which.split(",") if name in offered]
    else:
        names = listing.chosen_columns(view, person)
    return [offered[name] for name in names]


def out_column(spec: FieldSpec) -> OutColumn:
    unit = str(spec.unit)
    label = str(spec.label)
    if unit and not unit.startswith("@"):
        label = f"{label} ({unit})"
    return OutColumn(spec.name, label, spec.kind, spec.scale)


def statement_of(
    view: RegisterView, person: scopes.Person, asked: query.Asked, ids: Sequence[int] = ()
) -> Select[Any]:
    """The rows of the list that the person may take away: scope of reading and of exporting.

    :raises BadCondition: when a condition of the address says nothing
    """
    cls: Any = view.record
    asked, where = view.under_its_view(asked)
    if ids:
        # Whoever ticked rows saw them, void ones too.
        asked, where = query.Asked(with_void=True, order=asked.order), None
    mine = scopes.narrow(query.scoped(cls, person), person, "x", cls)
    statement = query.filtered(mine, cls, asked, person, where)
    if ids:
        statement = statement.where(cls.id.in_(list(ids)))
    name, descending = query.order_of(cls, asked, person)
    if name != "id":
        column = getattr(cls, name)
        statement = statement.order_by(
            column.is_(None), column.desc() if descending else column.asc()
        )
    return statement.order_by(cls.id.desc() if descending else cls.id.asc())


def rows_of(
    statement: Select[Any], view: RegisterView, person: scopes.Person, specs: Sequence[FieldSpec]
) -> Iterator[list[Any]]:
    """The values of each row, as a sheet holds them: figures as figures, words as words."""
    cls: Any = view.record
    names = [spec.name for spec in specs]
    groups = (scopes.limited_fields(person, verb, cls) for verb in ("r", "x"))
    limited = [group for group in groups if group is not None]
    loaded = statement.options(*query.loading(cls, names)).execution_options(yield_per=_PART)
    for part in db.session.scalars(loaded).partitions(_PART):
        full = (
            scopes.held_in_full(person, cls, [record.id for record in part], "r", "x")
            if limited
            else None
        )
        for record in part:
            visible: frozenset[str] | None = None
            if full is not None and record.id not in full:
                visible = frozenset.intersection(*limited)
            yield [
                value_of(record, spec, person) if visible is None or spec.name in visible else None
                for spec in specs
            ]


def value_of(record: Any, spec: FieldSpec, person: scopes.Person) -> Any:
    """One value: hidden ones never come here, masked ones show their edges."""
    right = scopes.field_right(person, record.register_name(), spec.name)
    if right == "hidden":
        return None
    value = getattr(record, spec.name)
    if value is None or value in ("", ()):
        return None
    if right == "masked" and not is_own(record, person):
        return scopes.mask(value)
    if spec.kind is Kind.BOOL:
        return _("Yes") if value else _("No")
    if spec.kind in (Kind.CHOICE, Kind.STATE):
        return spec.label_of(value)
    if spec.kind is Kind.CHOICES:
        return "、".join(spec.label_of(one) for one in value)
    if spec.kind is Kind.REFERENCE:
        return cell(record, spec, person, full=True, link=False).text
    if isinstance(value, str | int | float | Decimal | date | datetime | time):
        return value
    return str(value)
