"""Gross profit and margin (AN-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from app.analytics import charting
from app.analytics.exact import ratio
from app.analytics.measure import Behind, Column, Measure, Result
from app.analytics.parameters import Asked, Parameter
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import Customer, Product
from app.domains.sales.figures import (
    amount,
    rows_of,
)
from app.domains.sales.measures.common import (
    CUSTOMER,
    DRAWN,
    FROM,
    TO,
    code_of,
    from_is_not_after_to,
    names_for,
    period,
    selection_of,
    with_unit,
)
from app.domains.sales.models import (
    SalesFact,
)
from app.records.refusals import Refusal
from app.security import scopes


class GrossProfit(Measure):
    """AN-07, BR-055: products or customers by gross profit, with the margin beside it."""

    name = "gross_profit"
    title = _("Gross profit and margin")
    icon = "coin"
    purpose = _("What is left of the sales after their cost, in money and as a rate.")
    reads = ("sales_fact",)
    sources = ("D1§4.3",)
    parameters = (
        FROM,
        TO,
        CUSTOMER,
        Parameter(
            "of",
            _("Of"),
            "choice",
            "product",
            options=(("product", _("Products")), ("customer", _("Customers"))),
        ),
    )
    columns = (
        Column("rank", _("Rank"), "whole", wide_only=True),
        Column("code", _("Number"), "code", wide_only=True),
        Column("name", lazy_pgettext("measure", "Name"), "name"),
        Column("sales", _("Sales"), "money", behind=True, wide_only=True),
        Column("cost", _("Cost"), "money", behind=True, wide_only=True),
        Column("gross_profit", _("Gross profit"), "money", behind=True),
        Column("margin", _("Gross margin"), "share"),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return period(values)

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        return from_is_not_after_to(values)

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Gross profit = sales − cost; margin = gross profit ÷ sales. Ranked by gross profit, not by margin."
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        selection = selection_of(person, asked)
        products = asked["of"] == "product"
        by = selection.by_product if products else selection.by_customer
        found = rows_of(by("sales", "cost", "gross_profit"))
        found.sort(key=itemgetter(3), reverse=True)
        count = len(found)
        part, before = self._with_equals(found, asked.offset, asked.offset + asked.limit)
        names = names_for(person, Product if products else Customer, (row[0] for row in part))
        part.sort(key=lambda row: (-row[3], code_of(names.get(row[0]), row[0]), row[0]))
        part = part[before : before + asked.limit]
        rows = []
        for place, (item, sales, cost, profit) in enumerate(part, start=asked.offset + 1):
            rows.append(
                {
                    "key": item,
                    "rank": place,
                    "code": code_of(names.get(item), item),
                    "name": names[item][2] if item in names else "",
                    "sales": amount(sales),
                    "cost": amount(cost),
                    "gross_profit": amount(profit),
                    # Sales whose cost is known are cost and profit together.
                    "margin": ratio(profit, cost + profit),
                }
            )
        sums = [sum(map(itemgetter(i), found)) for i in (1, 2, 3)]
        uncosted = sums[0] - sums[1] - sums[2]
        result = Result(
            rows,
            {
                "sales": amount(sums[0]),
                "cost": amount(sums[1]),
                "gross_profit": amount(sums[2]),
                "margin": ratio(sums[2], sums[1] + sums[2]),
            },
            count=count,
        )
        if uncosted:
            result.flags.append(
                gettext(
                    "For %(amount)s of the sales no cost is known; margins are of the rest.",
                    amount=f"{amount(uncosted):,.2f}",
                )
            )
        if rows:
            result.said = gettext(
                "Bars: gross profit of the first %(count)d; %(name)s leads with %(amount)s.",
                count=min(len(rows), DRAWN),
                name=rows[0]["name"] or rows[0]["code"],
                amount=f"{rows[0]['gross_profit']:,.2f}",
            )
        return with_unit(result)

    @staticmethod
    def _with_equals(found: list[Any], first: int, last: int) -> tuple[list[Any], int]:
        """The wanted part of a falling ranking with all that equal its ends; how many came along before it."""
        start, end = min(first, len(found)), min(last, len(found))
        if start == end:
            return [], 0
        while start > 0 and found[start - 1][3] == found[start][3]:
            start -= 1
        while end < len(found) and found[end][3] == found[end - 1][3]:
            end += 1
        return found[start:end], first - start

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        item = SalesFact.product_id if asked["of"] == "product" else SalesFact.customer_id
        sums = {"sales": "sales_amount"}.get(column, column)
        return Behind(SalesFact, [*selection_of(person, asked).facts(), item == row["key"]], sums)

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        drawn = result.rows[:DRAWN]
        return charting.bars(
            charting.names_of(drawn),
            [(gettext("Gross profit"), [charting.number(r["gross_profit"]) for r in drawn], "c1")],
            unit=result.unit,
            lines=[
                (gettext("Gross margin"), [charting.hundredth(r["margin"]) for r in drawn], "c4")
            ],
            line_unit="%",
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = result.rows[:24]
        return charts.bars(
            charting.names_of(drawn),
            [row["gross_profit"] for row in drawn],
        )
