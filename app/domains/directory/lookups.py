"""Enumerations that the source lost or leaves open: their values are edited in the office."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import g, has_app_context
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.extensions import db
from app.records import Line, Record, Word, field, once


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
        known: dict[str, list[tuple[str, str]]] = (
            g.setdefault("lookups", {}) if has_app_context() else {}
        )
        if list_name not in known:
            with db.session.no_autoflush:
                rows = db.session.execute(
                    select(LookupValue.value, LookupValue.label)
                    .where(
                        LookupValue.list_name == list_name,
                        LookupValue.is_active,
                        LookupValue.voided_at.is_(None),
                    )
                    .order_by(LookupValue.order_no, LookupValue.id)
                )
                known[list_name] = [(row.value, row.label) for row in rows]
        return known[list_name]

    return options
