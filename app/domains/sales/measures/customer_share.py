"""What part of our sales a customer makes, and what part of his purchases we make (AN-03)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from app.analytics import charting
from app.analytics.exact import ratio
from app.analytics.measure import Behind, Column, Measure, Result
from app.analytics.months import Month
from app.analytics.parameters import Asked
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import Customer
from app.domains.sales import periods
from app.domains.sales.expectations import RequiredShare, ShareMetric
from app.domains.sales.figures import Selection, amount, rows_of
from app.domains.sales.findings import CustomerTradeEstimate
from app.domains.sales.measures.common import (
    CUSTOMER,
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
from app.extensions import db
from app.records.refusals import Refusal
from app.security import scopes


class Levels(NamedTuple):
    """The levels in force of a year, in per cent: of single customers, and of kinds of business."""

    of_customers: dict[tuple[str, int], Decimal]
    of_types: dict[tuple[str, int], Decimal]

    def of(self, metric: str, customer: int, business_type: int | None) -> Decimal | None:
        """R56: a customer's own level goes before that of his kind of business."""
        found = self.of_customers.get((metric, customer))
        if found is None and business_type is not None:
            found = self.of_types.get((metric, business_type))
        return None if found is None else found / 100

    @classmethod
    def of_year(cls, year: int) -> Levels:
        level = RequiredShare
        rows = db.session.execute(
            level.living()
            .with_only_columns(
                level.metric, level.customer_id, level.business_type_id, level.required_pct
            )
            .where(level.year == year, level.state == "active")
        ).all()
        return cls(
            {(row[0], row[1]): row[3] for row in rows if row[1] is not None},
            {(row[0], row[2]): row[3] for row in rows if row[2] is not None},
        )


def trade_of(customers: Iterable[int], first: Month, last: Month) -> dict[int, Decimal]:
    """R54: what each of these customers trades from `first` to `last`, by the estimate asked last.

    An estimate counts when its period meets these months; of a year or of a month, it is taken in
    the proportion of the months.
    """
    wanted = set(customers)
    estimate = CustomerTradeEstimate
    rows = db.session.execute(
        estimate.living()
        .with_only_columns(estimate.customer_id, estimate.period, estimate.amount)
        # Of a period its text begins with the year: the few of other months go below.
        .where(estimate.period >= f"{first.year:04}", estimate.period <= f"{last.year:04}-12")
        .order_by(estimate.asked_on, estimate.id)
    ).all()
    months = last.place - first.place + 1
    found: dict[int, Decimal] = {}
    for customer, text, worth in rows:
        span = periods.read(text)
        if customer not in wanted or span is None or span[0] > last or span[1] < first:
            continue
        found[customer] = worth * months / (span[1].place - span[0].place + 1)
    return found


class CustomerShare(Measure):
    """AN-03, BR-052: a customer's share of the company's sales, our share of his trade, each against its level (R56)."""

    name = "customer_share"
    title = _("Customers' trade with us and shares")
    icon = "percentage"
    purpose = _("What a customer is worth to us, what we are to him, and whether that is enough.")
    reads = ("sales_fact",)
    sources = ("D1§3.3",)
    parameters = (FROM, TO, REP, DEPT, CUSTOMER)
    columns = (
        Column("code", _("Number"), "code", wide_only=True),
        Column("name", lazy_pgettext("measure", "Name"), "name"),
        Column("sales", _("Sales"), "money", behind=True),
        Column("share", _("Share of the company's sales"), "share"),
        Column("required", _("Required level"), "share", wide_only=True),
        Column("reached", _("Level"), "mark", yes=_("reached"), no=_("not reached")),
        Column("trade", _("Trade of the customer"), "money", wide_only=True),
        Column("wallet", _("Share of the customer's purchases"), "share"),
        Column("wallet_required", _("Required level of his purchases"), "share", wide_only=True),
        Column(
            "wallet_reached",
            _("Level of his purchases"),
            "mark",
            yes=_("reached"),
            no=_("not reached"),
        ),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return period(values)

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        return from_is_not_after_to(values)

    def ranks(self, asked: Asked) -> str:
        return "customer"

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Share of the company's sales = sales to the customer ÷ sales of the company. Share of the customer's "
            "purchases = sales to the customer ÷ his trade, by the estimate asked last, in proportion of the months. "
            "Each is held against the level required in %(year)d.",
            year=asked["to"].year,
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        found = rows_of(selection_of(person, asked).by_customer("sales"))
        company = self._company(asked)
        levels = Levels.of_year(asked["to"].year)
        may_know = scopes.may(person, "r", "customer_trade_estimate")
        ids = [row[0] for row in found]
        trade = trade_of(ids, asked["from"], asked["to"]) if may_know else {}
        names = names_for(person, Customer, ids, Customer.business_type_id)
        found.sort(key=lambda row: (-row[1], code_of(names.get(row[0]), row[0]), row[0]))
        rows = []
        for item, whole in found:
            sales, known = amount(whole), names.get(item)
            kind = known[3] if known is not None else None
            share, wallet = ratio(sales, company), ratio(sales, trade.get(item))
            required = levels.of(ShareMetric.OF_COMPANY, item, kind)
            wallet_required = levels.of(ShareMetric.OF_CUSTOMER, item, kind)
            rows.append(
                {
                    "key": item,
                    "code": code_of(known, item),
                    "name": known[2] if known is not None else "",
                    "sales": sales,
                    "share": share,
                    "required": required,
                    "reached": _reached(share, required),
                    "trade": trade.get(item),
                    "wallet": wallet,
                    "wallet_required": wallet_required,
                    "wallet_reached": _reached(wallet, wallet_required),
                }
            )
        return self._result(asked, rows, company)

    @staticmethod
    def _company(asked: Asked) -> Decimal:
        """What the company sold altogether: D1§3.3(3) divides by it, whoever asks."""
        everything = Selection(scopes.THE_MACHINE, asked["from"], asked["to"]).by_month()
        return amount(sum(month.sales for month in everything.values()))

    @staticmethod
    def _result(asked: Asked, rows: list[dict[str, Any]], company: Decimal) -> Result:
        total = sum(map(itemgetter("sales"), rows), Decimal(0))
        result = Result(
            rows[asked.offset : asked.offset + asked.limit],
            {"sales": total, "share": ratio(total, company)},
            count=len(rows),
        )
        short = sum(1 for row in rows if row["reached"] is False)
        unknown = sum(1 for row in rows if row["trade"] is None)
        if not company:
            result.flags.append(
                gettext("There are no sales in this period, so there are no shares.")
            )
        elif not any(row["required"] or row["wallet_required"] for row in rows):
            result.flags.append(
                gettext("No level is in force for %(year)d.", year=asked["to"].year)
            )
        if unknown:
            result.flags.append(
                gettext(
                    "Of %(count)d customers nobody knows the trade; our share of their purchases is left blank.",
                    count=unknown,
                )
            )
        if rows:
            result.said = gettext(
                "Bars: share of the company's sales of the first %(count)d; %(short)d customers do not reach their level.",
                count=min(len(result.rows), DRAWN),
                short=short,
            )
        return with_unit(result)

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        return Behind(
            SalesFact,
            [*selection_of(person, asked).facts(), SalesFact.customer_id == row["key"]],
            "sales_amount",
        )

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        drawn = result.rows[:DRAWN]
        series = [
            (
                gettext("Share of the company's sales"),
                [charting.hundredth(row["share"]) for row in drawn],
                "c1",
            )
        ]
        if any(row["required"] is not None for row in drawn):
            required = [charting.hundredth(row["required"]) for row in drawn]
            series.append((gettext("Required level"), required, "c3"))
        return charting.bars(charting.names_of(drawn), series, unit="%")

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = result.rows[:24]
        return charts.bars(
            charting.names_of(drawn),
            [row["share"] or Decimal(0) for row in drawn],
            as_share=True,
        )


def _reached(share: Decimal | None, required: Decimal | None) -> bool | None:
    return None if share is None or required is None else share >= required
