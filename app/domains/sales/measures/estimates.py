"""How the trade of the customers was found out, and how fresh that is (AN-04)."""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func

from app.analytics import charting
from app.analytics.exact import ratio
from app.analytics.measure import Column, Measure, Result
from app.analytics.parameters import Asked
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.sales.findings import CustomerTradeEstimate, EstimateMethod
from app.domains.sales.measures.common import CUSTOMER
from app.extensions import db
from app.records import clock
from app.security import scopes


class EstimateWays(Measure):
    """AN-04, BR-062: how many estimates there are by each of the seven ways, of how many customers, and how old."""

    name = "trade_estimates"
    title = _("Ways in which the trade of customers was found out")
    icon = "zoom-in"
    purpose = _(
        "By which of the seven ways we know our customers' trade, and how long ago we asked."
    )
    reads = ("customer_trade_estimate",)
    sources = ("D1§3.3",)
    parameters = (CUSTOMER,)
    columns = (
        Column("method", _("How it was found out")),
        Column("estimates", _("Estimates"), "whole"),
        Column("share", _("Share"), "share"),
        Column("customers", _("Customers"), "whole"),
        Column("asked_last", _("Asked last on"), "text"),
        Column("days", _("Days since then"), "whole"),
    )

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Share = estimates by this way ÷ all estimates. Days are counted from the day the last one was asked."
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        found = self._found(person, asked)
        every = sum(row[1] for row in found.values())
        rows: list[dict[str, Any]] = []
        for way, label in EstimateMethod.options():
            estimates, customers, last = found.get(way, (way, 0, 0, None))[1:]
            rows.append(
                {
                    "key": way,
                    "method": str(label),
                    "estimates": estimates,
                    "share": ratio(estimates, every),
                    "customers": customers,
                    "asked_last": last.isoformat() if last else None,
                    "days": (clock.today() - last).days if last else None,
                }
            )
        result = Result(
            rows,
            {"estimates": every, "share": Decimal(1) if every else None},
            count=len(rows),
        )
        if not every:
            result.flags.append(gettext("Nobody has found out the trade of a customer yet."))
            return result
        most = max(rows, key=itemgetter("estimates"))
        result.said = gettext(
            "Bars: estimates by each way; most often: %(way)s (%(share)s).",
            way=most["method"],
            share=charting.percent(most["share"]),
        )
        return result

    @staticmethod
    def _found(person: scopes.Person, asked: Asked) -> dict[str, Any]:
        """Of each way: how many, of how many customers, asked last when. BR-061: of one's own customers."""
        estimate = CustomerTradeEstimate
        query = (
            estimate.living()
            .with_only_columns(
                estimate.method,
                func.count(),
                func.count(func.distinct(estimate.customer_id)),
                func.max(estimate.asked_on),
            )
            .group_by(estimate.method)
        )
        reached = scopes.rows_reached(person, "r", estimate.__tablename__, estimate)
        if reached is not None:
            query = query.where(reached)
        customer = asked.id_of("customer")
        if customer is not None:
            query = query.where(estimate.customer_id == customer)
        return {row[0]: row for row in db.session.execute(query)}

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        return charting.bars(
            [row["method"] for row in result.rows],
            [(gettext("Estimates"), [row["estimates"] for row in result.rows], "c1")],
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        return charts.bars(
            [row["method"] for row in result.rows],
            [Decimal(row["estimates"]) for row in result.rows],
        )
