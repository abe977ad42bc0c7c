"""Turnover, cross ratio, contribution ratio, products to push (AN-08, AN-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.analytics import charting, turnover
from app.analytics.exact import ratio
from app.analytics.measure import Behind, Column, Further, Measure, Result
from app.analytics.months import Month, months_between
from app.analytics.parameters import Asked, Parameter
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import Product
from app.domains.sales.figures import (
    QUANTITY,
    Selection,
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
    CustomerStock,
    SalesFact,
)
from app.extensions import db
from app.records.refusals import Refusal
from app.security import scopes


class Held(NamedTuple):
    """Stock of one product over some months: Σ (opening + closing) in money and in quantity."""

    money: int
    quantity: int
    #: statements without a quantity
    lacking: int
    #: months with a statement
    months: int


class Turnover(Measure):
    """AN-08, AN-09, BR-056 to BR-059: turnover, cross ratio and contribution ratio; what to push.

    R53 gives the stock. At selling price both sides are in money at our price; at cost they are the
    cost of sales and the quantity in stock at the unit cost of the product.
    """

    name = "turnover"
    title = _("Turnover, cross ratio and contribution ratio")
    icon = "refresh"
    purpose = _("How often stock turns over, what it earns, and which products to push.")
    reads = ("sales_fact", "customer_stock")
    sources = ("D1§4.4", "D1§4.5", "D1§4.6")
    parameters = (
        FROM,
        TO,
        CUSTOMER,
        Parameter(
            "base",
            _("Valued"),
            "choice",
            "price",
            options=(("price", _("at selling price")), ("cost", _("at cost"))),
        ),
    )
    columns = (
        Column("code", _("Number"), "code", wide_only=True),
        Column("name", lazy_pgettext("measure", "Name"), "name"),
        Column("average_stock", _("Average stock"), "money", behind=True, wide_only=True),
        Column("sales", _("Sales"), "money", behind=True, wide_only=True),
        Column("turnover", _("Turnover"), "ratio"),
        Column("margin", _("Gross margin"), "share", wide_only=True),
        Column("cross_ratio", _("Cross ratio"), "ratio"),
        Column("share", _("Share of sales"), "share", wide_only=True),
        Column("contribution", _("Contribution ratio"), "ratio"),
        Column("contribution_share", _("Share of contribution"), "share", wide_only=True),
        Column("push", _("Push"), "mark", only_shown=True, yes=_("Push")),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return period(values)

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        return from_is_not_after_to(values)

    def formula(self, asked: Asked) -> str:
        base = (
            gettext("Turnover = sales ÷ average stock, both at selling price.")
            if asked["base"] == "price"
            else gettext("Turnover = cost of sales ÷ average stock at cost.")
        )
        return base + gettext(
            " Average stock = (opening + closing) ÷ 2, averaged over the months. Cross ratio = margin × turnover. "
            "Contribution ratio = cross ratio × share of sales; its share is of all contributions."
        )

    @staticmethod
    def _stock(selection: Selection) -> tuple[dict[int, Held], dict[Month, int]]:
        """What was held of each product, and Σ (opening + closing) of each month."""
        held: dict[int, list[int]] = {}
        months: dict[Month, int] = {}
        for number, product, money, quantity, lacking in rows_of(selection.stock()):
            sums = held.setdefault(product, [0, 0, 0, 0])
            for place, value in enumerate((money, quantity, lacking, 1)):
                sums[place] += value
            month = Month.of_period(number)
            months[month] = months.get(month, 0) + money
        return {product: Held(*sums) for product, sums in held.items()}, months

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        selection = selection_of(person, asked)
        query = selection.by_product("sales", "cost", "gross_profit")
        sold = {row[0]: row[1:] for row in rows_of(query)}
        if scopes.may(person, "r", "customer_stock"):
            stock, stock_months = self._stock(selection)
        else:
            stock, stock_months = {}, {}
        names = names_for(person, Product, {*sold, *stock}, Product.unit_cost)
        at_price = asked["base"] == "price"
        without_quantity = 0
        products = []
        for item in {*sold, *stock}:
            sales, cost, profit = sold.get(item, (0, 0, 0))
            average = None
            if item in stock:
                held = stock[item]
                if at_price:
                    average = amount(held.money, 2) / 2 / held.months
                elif not held.lacking and item in names and names[item][3] is not None:
                    average = amount(held.quantity, QUANTITY) / 2 / held.months * names[item][3]
                else:
                    without_quantity += 1
            products.append(
                turnover.Moved(
                    code=f"{code_of(names.get(item), item)}\0{item}",
                    sales=amount(sales),
                    margin=ratio(profit, cost + profit),
                    average_stock=average,
                    turned=amount(sales if at_price else cost),
                )
            )
        by_code = {one.code: one for one in products}
        rows = []
        for found in sorted(
            turnover.ratios(products),
            key=lambda r: (*turnover.by_contribution(r)[:2], -by_code[r.code].sales, r.code),
        ):
            code, _mark, item = found.code.rpartition("\0")
            one = by_code[found.code]
            rows.append(
                {
                    "key": int(item),
                    "code": code,
                    "name": names[int(item)][2] if int(item) in names else "",
                    "average_stock": one.average_stock,
                    "sales": one.sales,
                    "turnover": found.turnover,
                    "margin": one.margin,
                    "cross_ratio": found.cross_ratio,
                    "share": found.share,
                    "contribution": found.contribution,
                    "contribution_share": found.contribution_share,
                    "push": False,
                }
            )
        pushed = self._push(rows)
        result = self._result(asked, rows, sold)
        result.series |= self._trend(selection, stock_months)
        if without_quantity:
            result.flags.append(
                gettext(
                    "For %(count)d products the quantity in stock or the unit cost is missing; they are left blank.",
                    count=without_quantity,
                )
            )
        if not stock:
            result.flags.append(
                gettext("No stock was stated in this period: there is no turnover to show.")
            )
        if pushed:
            result.said = gettext(
                "Bars: contribution ratio of the products; to push first: %(names)s.",
                names="、".join(pushed),
            )
        return with_unit(result)

    @staticmethod
    def _push(rows: list[dict[str, Any]]) -> list[str]:
        """D1§4.6(2)③: the products of the highest contribution, a fifth of those that have one, at least one."""
        have = [row for row in rows if row["contribution"] is not None and row["contribution"] > 0]
        chosen = have[: max(1, len(have) // 5)] if have else []
        for row in chosen:
            row["push"] = True
        return charting.names_of(chosen[:5])

    @staticmethod
    def _result(asked: Asked, rows: list[dict[str, Any]], sold: Mapping[int, Any]) -> Result:
        sums = [sum(values[i] for values in sold.values()) for i in range(3)]
        averages = [row["average_stock"] for row in rows if row["average_stock"] is not None]
        average = sum(averages, Decimal(0)) if averages else None
        turned = amount(sums[0] if asked["base"] == "price" else sums[1])
        margin = ratio(sums[2], sums[1] + sums[2])
        turns = turnover.turnover(turned, average)
        contributions = [r["contribution"] for r in rows if r["contribution"] is not None]
        return Result(
            rows[asked.offset : asked.offset + asked.limit],
            {
                "average_stock": average,
                "sales": amount(sums[0]),
                "turnover": turns,
                "margin": margin,
                "cross_ratio": turnover.cross_ratio(margin, turns),
                "share": Decimal(1) if sums[0] else None,
                "contribution": sum(contributions, Decimal(0)) if contributions else None,
                "contribution_share": Decimal(1) if contributions else None,
            },
            count=len(rows),
        )

    @staticmethod
    def _trend(selection: Selection, stock: Mapping[Month, int]) -> dict[str, Any]:
        """AN-08: the turnover of each month, at selling price."""
        sales = selection.by_month()
        months = list(months_between(selection.first, selection.last))[-36:]
        return {
            "trend": [
                (
                    str(month),
                    turnover.turnover(
                        amount(sales[month].sales) if month in sales else Decimal(0),
                        amount(stock[month], 2) / 2,
                    )
                    if month in stock
                    else None,
                )
                for month in months
            ]
        }

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        selection = selection_of(person, asked)
        if column == "average_stock":
            return Behind(
                CustomerStock,
                [*selection.statements(), CustomerStock.product_id == row["key"]],
                "average_stock",
                divided_by=max(1, self._months_stated(selection, row["key"])),
            )
        return Behind(
            SalesFact,
            [*selection.facts(), SalesFact.product_id == row["key"]],
            "sales_amount",
        )

    @staticmethod
    def _months_stated(selection: Selection, product_id: int) -> int:
        return int(
            db.session.scalar(
                select(func.count(func.distinct(CustomerStock.month))).where(
                    *selection.statements(), CustomerStock.product_id == product_id
                )
            )
            or 0
        )

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        drawn = [row for row in result.rows if row["contribution"] is not None][:DRAWN]
        return charting.bars(
            charting.names_of(drawn),
            [
                (
                    gettext("Contribution ratio"),
                    [charting.number(r["contribution"], 4) for r in drawn],
                    "c1",
                )
            ],
            lines=[
                (
                    gettext("Cross ratio"),
                    [charting.number(r["cross_ratio"], 4) for r in drawn],
                    "c4",
                )
            ],
        )

    def further(self, asked: Asked, result: Result) -> Sequence[Further]:
        """AN-08: how the turnover of the months went."""
        known = [(month, value) for month, value in result.series["trend"] if value is not None]
        if len(known) < 2:
            return ()
        trend = result.series["trend"]
        option = charting.line(
            [month for month, _value in trend],
            [(gettext("Turnover"), [charting.number(value) for _month, value in trend], "c1")],
        )
        said = gettext(
            "Turnover of each month at selling price, from %(first)s in %(begin)s to %(last)s in %(end)s.",
            begin=known[0][0],
            first=f"{known[0][1]:.2f}",
            end=known[-1][0],
            last=f"{known[-1][1]:.2f}",
        )
        return (Further(gettext("Turnover of the months"), option, said),)

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = [row for row in result.rows if row["contribution"] is not None][:24]
        if not drawn:
            return None
        return charts.bars(
            charting.names_of(drawn),
            [row["contribution"] for row in drawn],
        )
