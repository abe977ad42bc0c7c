"""What the measures of sales have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.analytics.measure import Result
from app.analytics.parameters import Asked, Parameter
from app.domains.sales.figures import (
    Selection,
    currencies,
    latest_month,
    named,
)
from app.records import settings
from app.records.refusals import Refusal
from app.security import scopes

FROM = Parameter("from", _("From month"), "month")
TO = Parameter("to", _("To month"), "month")
REP = Parameter("rep", _("Representative"), "reference", register="employee")
DEPT = Parameter("dept", _("Department"), "reference", register="department")
CUSTOMER = Parameter("customer", _("Customer"), "reference", register="customer")
PRODUCT = Parameter("product", _("Product"), "reference", register="product")

#: the drawn part of a long ranking
DRAWN = 40


def period(values: Mapping[str, Any]) -> dict[str, Any]:
    """Twelve months up to the given end; else up to the last complete month with figures."""
    if "to" in values:
        return {"from": values["to"].plus(-11)}
    last = latest_month()
    first = last.plus(-11)
    return {"from": first, "to": max(last, values.get("from", first))}


def from_is_not_after_to(values: Mapping[str, Any]) -> list[Refusal]:
    if values["from"] > values["to"]:
        return [
            Refusal(
                gettext(
                    "The period ends in %(to)s, before it begins in %(first)s.",
                    to=values["to"],
                    first=values["from"],
                ),
                "from",
            )
        ]
    return []


def with_unit(result: Result) -> Result:
    """The currency of the amounts; more than one is a thing to know."""
    found = currencies()
    result.unit = "、".join(found) or str(settings.get("sales_currency") or "")
    if len(found) > 1:
        result.flags.append(
            gettext(
                "There are facts in several currencies (%(currencies)s); they are added as if they were one.",
                currencies="、".join(found),
            )
        )
    return result


def names_for(person: scopes.Person, cls: Any, ids: Any, *more: Any) -> dict[int, Any]:
    """Number and name (masked where this person sees it so) by id."""
    found = named(cls, ids, *more)
    right = scopes.field_right(person, cls.__tablename__, "name")
    if right:
        hide = scopes.mask if right == "masked" else (lambda _name: "")
        if right in ("masked", "hidden"):
            return {pk: (row[0], row[1], hide(row[2]), *row[3:]) for pk, row in found.items()}
    return found


def code_of(row: Any, pk: int) -> str:
    return (row[1] if row is not None else None) or str(pk)


def selection_of(person: scopes.Person, asked: Asked) -> Selection:
    values = asked.values
    return Selection(
        person,
        values["from"],
        values["to"],
        customer_id=asked.id_of("customer"),
        product_id=asked.id_of("product"),
        rep_id=asked.id_of("rep"),
        dept_id=asked.id_of("dept"),
    )
