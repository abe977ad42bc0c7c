"""Enumerations that the source lost or leaves open: their values are edited in the office."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import g, has_app_context
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from app.extensions import db
from app.records import Flushed, Line, Record, Word, field, once, when_flushed


class LookupValue(Record):
    """Values of the lists that the regulations leave to the office."""

    __tablename__ = "lookup_value"
    __table_args__ = (once("uq_lookup_value_list_name_value", "list_name", "value"),)
    catalogue_code = "R239"
    sources = ("D2",)
    numbered = "CD-{seq:04}"
    common = True
    deletable = "unused"
    titled_by = "label"

    list_name: Mapped[Word] = field(_("List"), searched=True, sortable=True)
    value: Mapped[Word] = field(lazy_pgettext("lookup", "Value"), searched=True)
    label: Mapped[Line] = field(_("Shown as"), searched=True, sortable=True)
    order_no: Mapped[int] = field(_("Order"), default=0, sortable=True)
    is_active: Mapped[bool] = field(_("Offered"), default=True)


def choices_of(list_name: str) -> Callable[[], Sequence[tuple[str, Any]]]:
    """The options of an editable list, for `field(choices=…)`."""

    def options() -> Sequence[tuple[str, Any]]:
        return _lists().get(list_name, [])

    return options


def _lists() -> dict[str, list[tuple[str, str]]]:
    """All lists in one question: a register may have ten of them. Kept for the length of the request."""
    if has_app_context() and "lookups" in g:
        return g.lookups  # type: ignore[no-any-return]
    known: dict[str, list[tuple[str, str]]] = {}
    with db.session.no_autoflush:
        rows = db.session.execute(
            select(LookupValue.list_name, LookupValue.value, LookupValue.label)
            .where(LookupValue.is_active, LookupValue.voided_at.is_(None))
            .order_by(LookupValue.order_no, LookupValue.id)
        )
        for row in rows:
            known.setdefault(row.list_name, []).append((row.value, row.label))
    if has_app_context():
        g.lookups = known
    return known


@when_flushed
def _other_values(_session: Session, flushed: Flushed) -> None:
    touched = [*flushed.added, *flushed.deleted, *(record for record, _change in flushed.changed)]
    if has_app_context() and any(isinstance(record, LookupValue) for record in touched):
        g.pop("lookups", None)
