"""Devices as other systems hand them out: the asset lists of Snipe-IT and NetBox (R113).

What those sheets do not know (department, device manager, whose it is) is given once for the whole
sheet; a word of theirs that is none of our kinds becomes "other" and stays in the remark.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.domains.assets.models import OwnerKind
from app.exchange.recipe import Feed, Input, Recipe, Row, Unfit, declare
from app.extensions import db
from app.organisation.models import Department, Employee
from app.records import Kind

#: words inside a role or category, in this order, and the kind they mean
KINDS: tuple[tuple[str, str], ...] = (
    ("server", "server"),
    ("switch", "connection"),
    ("hub", "connection"),
    ("patch panel", "connection"),
    ("router", "bridge"),
    ("firewall", "bridge"),
    ("ups", "ups"),
    ("workstation", "workstation"),
    ("laptop", "computer"),
    ("desktop", "computer"),
    ("computer", "computer"),
    ("printer", "peripheral"),
    ("scanner", "peripheral"),
    ("display", "peripheral"),
    ("monitor", "peripheral"),
    ("cable", "cable"),
)
#: status of NetBox → state of the device
STATES: Mapping[str, str] = {
    "active": "in_use",
    "planned": "received",
    "staged": "received",
    "inventory": "idle",
    "offline": "idle",
    "failed": "awaiting_repair",
    "decommissioning": "scrapping",
}
#: months; nobody warrants for longer
_LONGEST = 600
_AMERICAN = ("%m/%d/%y", "%m/%d/%Y")

_GIVEN = (
    Input("department", _("Department"), required=True),
    Input("manager", _("Device manager"), required=True),
    Input("owner_kind", _("Whose it is"), Kind.CHOICE, choices=OwnerKind, required=True),
)


def kind_of(word: str | None) -> str:
    """The kind that a foreign word means; "other" where it means none of ours.

    >>> kind_of("ToR Switch"), kind_of("Soft Flooring"), kind_of(None)
    ('connection', 'other', 'other')
    >>> kind_of("Switches"), kind_of("Cups and Groups")  # no UPS in a cup
    ('connection', 'other')
    """
    folded = (word or "").lower()
    return next(
        (kind for part, kind in KINDS if re.search(rf"\b{part}(?:e?s)?\b", folded)), "other"
    )


def end_of_warranty(purchased: date | None, months: Decimal | None) -> date | None:
    """The last day: so many months after the purchase, on its day or the last one of a shorter month.

    :raises Unfit: for a number of months that nobody gives
    """
    if purchased is None or not months:
        return None
    if not 0 < months <= _LONGEST:
        raise Unfit(gettext("“%(text)s” is no number of months.", text=months), "")
    years, month = divmod(purchased.month - 1 + int(months), 12)
    year, month = purchased.year + years, month + 1
    return date(year, month, min(purchased.day, monthrange(year, month)[1]))


def american_day(text: str | None) -> date | None:
    """A day as Americans write it: 1/23/23 is the 23rd of January.

    :raises Unfit: when it is none
    """
    if not text:
        return None
    for form in _AMERICAN:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Unfit(
        gettext("“%(text)s” is no day written as month/day/year.", text=text),
        gettext("Write it like 1/23/2026."),
    )


def _one(what: str, record_class: Any, text: str | None, *columns: Any) -> int:
    """The one living record that goes by this number or name.

    :raises Unfit: where there is none, or more than one
    """
    if text is None:
        raise ValueError(what)  # the row is bad already: the input is required
    known: dict[tuple[str, str], list[tuple[int, str]]] = g.setdefault("named_for_devices", {})
    if (what, text) not in known:
        found: list[tuple[int, str]] = []
        for column in columns:
            rows = db.session.execute(
                select(record_class.id, record_class.number).where(
                    column == text, record_class.voided_at.is_(None)
                )
            )
            found = [(row.id, row.number) for row in rows]
            if found:
                break
        known[what, text] = found
    ids = known[what, text]
    if not ids:
        raise Unfit(gettext("There is no %(what)s “%(text)s”.", what=what, text=text), "")
    if len(ids) > 1:
        raise Unfit(
            gettext("Several are called “%(text)s”.", text=text),
            gettext("Give the number: %(numbers)s.", numbers="、".join(n for _id, n in ids)),
        )
    return ids[0][0]


def _given(row: Row) -> dict[str, Any]:
    return {
        "dept_id": _one(
            gettext("department"),
            Department,
            row["department"],
            Department.number,
            Department.name,
        ),
        "device_manager_id": _one(
            gettext("employee"), Employee, row["manager"], Employee.number, Employee.name
        ),
        "owner_kind": row["owner_kind"],
    }


def _remark(*parts: str | None) -> str | None:
    return "；".join(part for part in parts if part) or None


def _of_snipe_it(row: Row) -> dict[str, Any]:
    kind = kind_of(row["category"])
    purchased = american_day(row["purchased"])
    return {
        "number": row["tag"],
        "name": row["name"],
        "category": kind,
        "brand": row["manufacturer"],
        "model": _joined(row["model"], row["model_number"]),
        "serial": row["serial"],
        "supplier": row["supplier"],
        "location": row["location"],
        "purchased_on": purchased,
        "warranty_until": end_of_warranty(purchased, row["warranty"]),
        "price": row["cost"],
        "remark": _remark(row["category"] if kind == "other" else None, row["notes"]),
        **_given(row),
    }


def _of_netbox(row: Row) -> dict[str, Any]:
    kind = kind_of(row["role"])
    status = (row["status"] or "active").lower()
    if status not in STATES:
        raise Unfit(
            gettext("The status “%(status)s” is not known.", status=row["status"]),
            "、".join(STATES),
        )
    return {
        "number": row["tag"] or f"NB-{row['id']}",
        "name": row["name"],
        "category": kind,
        "brand": row["manufacturer"],
        "model": row["model"],
        "serial": row["serial"],
        "location": _joined(row["site"], row["rack"]),
        "state": STATES[status],
        "remark": _remark(row["role"] if kind == "other" else None, row["description"]),
        **_given(row),
    }


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


declare(
    Recipe(
        name="snipe_it_assets",
        title=_("Assets of Snipe-IT"),
        register="it_device",
        help=_(
            "The list of assets as Snipe-IT exports it; days as month/day/year. A category that is "
            "none of ours becomes “other”, its word stays in the remark. Who has a device is not taken "
            "over: he signs for it in an assignment."
        ),
        inputs=(
            Input("tag", _("Asset tag"), Kind.WORD, aliases=("Asset Tag",), required=True),
            Input("name", _("Name of the asset"), aliases=("Name", "Asset Name"), required=True),
            Input("category", _("Category of the asset"), aliases=("Category",)),
            Input("manufacturer", _("Brand"), aliases=("Manufacturer",)),
            Input("model", _("Model"), aliases=("Model",)),
            Input("model_number", _("Model number"), aliases=("Model Number", "Model No.")),
            Input(
                "serial",
                _("Serial number"),
                Kind.WORD,
                aliases=("Serial", "Serial Number", "Serial number"),
            ),
            Input("supplier", _("Supplier"), aliases=("Supplier",)),
            Input("location", _("Location"), aliases=("Location",)),
            Input("purchased", _("Purchased on"), Kind.WORD, aliases=("Purchase Date",)),
            Input(
                "warranty",
                _("Months of warranty"),
                Kind.WHOLE,
                aliases=("Warranty Months", "Warranty"),
            ),
            Input("cost", _("Purchase cost"), Kind.MONEY, aliases=("Purchase Cost",), scale=2),
            Input(
                "notes",
                lazy_pgettext("device sheet", "Notes"),
                Kind.PROSE,
                aliases=("Asset Notes", "Notes"),
            ),
            *_GIVEN,
        ),
        feeds=(Feed("it_device", key=("number",), values=_of_snipe_it),),
    )
)
declare(
    Recipe(
        name="netbox_devices",
        title=_("Devices of NetBox"),
        register="it_device",
        help=_(
            "The list of devices as NetBox exports it, or its tables joined by tools/netbox_devices.py. "
            "The asset tag is the number; where there is none, NB- and the id of NetBox."
        ),
        inputs=(
            Input("id", _("Id in NetBox"), Kind.WORD, aliases=("ID", "id"), required=True),
            Input("name", _("Name of the asset"), aliases=("Name", "name"), required=True),
            Input("tag", _("Asset tag"), Kind.WORD, aliases=("Asset tag", "asset_tag")),
            Input("serial", _("Serial number"), Kind.WORD, aliases=("Serial number", "serial")),
            Input("status", _("Status in NetBox"), Kind.WORD, aliases=("Status", "status")),
            Input("role", _("Role in NetBox"), aliases=("Role", "role")),
            Input("manufacturer", _("Brand"), aliases=("Manufacturer", "manufacturer")),
            Input("model", _("Model"), aliases=("Type", "model")),
            Input("site", _("Site"), aliases=("Site", "site")),
            Input("rack", _("Rack"), aliases=("Rack", "rack")),
            Input(
                "description",
                lazy_pgettext("device sheet", "Notes"),
                Kind.PROSE,
                aliases=("Description", "description"),
            ),
            *_GIVEN,
        ),
        feeds=(Feed("it_device", key=("number",), values=_of_netbox),),
    )
)
