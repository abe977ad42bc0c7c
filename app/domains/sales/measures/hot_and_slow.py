"""Products that sell well to one customer and badly to another (AN-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, cast, func, select, type_coerce

from app.analytics import charting
from app.analytics.measure import Behind, Column, Measure, Result
from app.analytics.parameters import Asked
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import Customer, Product
from app.domains.sales.figures import amount, rows_of
from app.domains.sales.measures.common import (
    DEPT,
    DRAWN,
    FROM,
    REP,
    TO,
    code_of,
    from_is_not_after_to,
    names_for,
    period,
    selection_of,
    with_unit,
)
from app.domains.sales.models import SalesFact
from app.records.refusals import Refusal
from app.security import scopes

#: so many names stand in a row; the figures beside say how many there are
_NAMED = 5


def thirds(ranking: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """BR-060: the top and the bottom third of a customer's products; of fewer than three there is neither."""
    many = len(ranking) // 3
    return ranking[:many], ranking[len(ranking) - many :]


def apart(sales: Iterable[tuple[int, int, int]]) -> dict[int, tuple[list[int], list[int]]]:
    """Of rows customer, product, sales: where each product is hot, and where it is slow; only if it is both."""
    of_customers: dict[int, list[tuple[int, int]]] = {}
    for customer, product, worth in sales:
        of_customers.setdefault(customer, []).append((-worth, product))
    hot: dict[int, list[int]] = {}
    slow: dict[int, list[int]] = {}
    for customer in sorted(of_customers):
        top, bottom = thirds([product for _worth, product in sorted(of_customers[customer])])
        for found, products in ((hot, top), (slow, bottom)):
            for product in products:
                found.setdefault(product, []).append(customer)
    return {product: (hot[product], slow[product]) for product in hot if product in slow}


class HotAndSlow(Measure):
    """AN-10, BR-060: products in the top third of one customer's ranking and in the bottom third of another's."""

    name = "hot_and_slow"
    title = _("Sells well here, badly there")
    icon = "flame"
    purpose = _("Products that are hot with one customer and slow with another: ask why.")
    reads = ("sales_fact",)
    sources = ("D1§4.6(2)",)
    parameters = (FROM, TO, REP, DEPT)
    columns = (
        Column("code", _("Number"), "code", wide_only=True),
        Column("name", lazy_pgettext("measure", "Name"), "name"),
        Column("sales", _("Sales"), "money", behind=True, wide_only=True),
        Column("hot_count", _("Hot with so many"), "whole"),
        Column("hot_with", _("Hot with"), "text"),
        Column("slow_count", _("Slow with so many"), "whole"),
        Column("slow_with", _("Slow with"), "text"),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return period(values)

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        return from_is_not_after_to(values)

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Hot: in the top third of the customer's products by sales. Slow: in the bottom third. "
            "Listed are products that are hot with one customer and slow with another."
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        worth = cast(func.sum(type_coerce(SalesFact.sales_amount, BigInteger)), BigInteger)
        query = (
            select(SalesFact.customer_id, SalesFact.product_id, worth)
            .where(*selection_of(person, asked).facts())
            .group_by(SalesFact.customer_id, SalesFact.product_id)
        )
        sold = rows_of(query)
        found = apart(sold)
        sums: dict[int, int] = {}
        for _customer, product, whole in sold:
            sums[product] = sums.get(product, 0) + whole
        products = names_for(person, Product, found)
        customers = names_for(
            person, Customer, {pk for both in found.values() for side in both for pk in side}
        )

        def names(ids: Sequence[int]) -> str:
            some = [
                customers[pk][2] or code_of(customers[pk], pk)
                for pk in ids[:_NAMED]
                if pk in customers
            ]
            return "、".join(some) + ("…" if len(ids) > _NAMED else "")

        rows: list[dict[str, Any]] = [
            {
                "key": pk,
                "code": code_of(products.get(pk), pk),
                "name": products[pk][2] if pk in products else "",
                "sales": amount(sums[pk]),
                "hot_count": len(hot),
                "hot_with": names(hot),
                "slow_count": len(slow),
                "slow_with": names(slow),
            }
            for pk, (hot, slow) in found.items()
        ]
        # First where customers are divided most evenly: there the question is worth asking.
        rows.sort(key=lambda r: (-min(r["hot_count"], r["slow_count"]), -r["sales"], r["code"]))
        result = Result(rows[asked.offset : asked.offset + asked.limit], count=len(rows))
        if rows:
            result.said = gettext(
                "Bars: with how many customers each product is hot, and with how many slow; first: %(name)s.",
                name=rows[0]["name"] or rows[0]["code"],
            )
        else:
            result.flags.append(
                gettext("No product is hot with one customer and slow with another.")
            )
        return with_unit(result)

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        return Behind(
            SalesFact,
            [*selection_of(person, asked).facts(), SalesFact.product_id == row["key"]],
            "sales_amount",
        )

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        drawn = result.rows[:DRAWN]
        return charting.bars(
            charting.names_of(drawn),
            [
                (gettext("Hot with so many"), [row["hot_count"] for row in drawn], "c1"),
                (gettext("Slow with so many"), [row["slow_count"] for row in drawn], "c3"),
            ],
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = result.rows[:24]
        if not drawn:
            return None
        return charts.bars(
            charting.names_of(drawn),
            [Decimal(row["hot_count"]) for row in drawn],
        )
