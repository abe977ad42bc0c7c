"""Composition by kind of business (AN-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, cast, func, or_, select

from app.analytics import charting, composition
from app.analytics.measure import Behind, Column, Measure, Result
from app.analytics.parameters import Asked
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import BusinessType, Customer
from app.domains.sales.figures import (
    amount,
    rows_of,
)
from app.domains.sales.measures.common import (
    DEPT,
    FROM,
    REP,
    TO,
    from_is_not_after_to,
    period,
    selection_of,
    with_unit,
)
from app.domains.sales.models import (
    CompositionPolicy,
    SalesFact,
)
from app.extensions import db
from app.records.refusals import Refusal
from app.security import scopes


class Composition(Measure):
    """AN-01, BR-050: what part of the sales each kind of business makes, beside the policy's share (R55)."""

    name = "composition"
    title = _("Composition of customers by kind of business")
    icon = "chart-pie"
    purpose = _("Which part of sales each kind of business makes, and which it should make.")
    reads = ("sales_fact",)
    sources = ("D1§3.1",)
    parameters = (FROM, TO, REP, DEPT)
    columns = (
        Column("business_type", _("Kind of business")),
        Column("amount", _("Sales"), "money", behind=True),
        Column("share", _("Share"), "share"),
        Column("policy_share", _("Share by policy"), "share", wide_only=True),
        Column("difference", _("Difference"), "share"),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return period(values)

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        return from_is_not_after_to(values)

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Share = sales of the kind of business ÷ sales of all kinds. "
            "Difference = share − share by policy (year %(year)d).",
            year=asked["to"].year,
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        inner = selection_of(person, asked).by_customer("sales").subquery()
        query = (
            select(
                Customer.business_type_id,
                cast(func.sum(inner.c.sales), BigInteger),
            )
            .join(Customer, Customer.id == inner.c.item)
            .group_by(Customer.business_type_id)
        )
        sums = dict(rows_of(query))
        types = db.session.execute(
            select(BusinessType.id, BusinessType.name)
            .where(
                or_(BusinessType.voided_at.is_(None), BusinessType.id.in_([k for k in sums if k]))
            )
            .order_by(BusinessType.order_no, BusinessType.id)
        ).all()
        listed: list[tuple[int | None, str]] = [(row.id, row.name) for row in types]
        if sums.get(None):
            listed.append((None, gettext("Kind of business not filled in")))
        policy, tolerance = self._policy(asked["to"].year)
        amounts = [amount(sums.get(pk)) for pk, _name in listed]
        rows: list[dict[str, Any]] = []
        for (pk, name), value, share in zip(
            listed, amounts, composition.shares(amounts), strict=True
        ):
            wanted = policy[pk] / 100 if pk in policy else None
            difference = composition.difference(share, wanted)
            rows.append(
                {
                    "key": pk or 0,
                    "business_type": name,
                    "amount": value,
                    "share": share,
                    "policy_share": wanted,
                    "difference": difference,
                    # R55: what lies within the tolerance is no deviation.
                    "marked": difference is not None
                    and abs(difference) * 100 > tolerance.get(pk, Decimal(0)),
                }
            )
        total = sum(amounts, Decimal(0))
        result = Result(
            rows,
            {
                "amount": total,
                "share": Decimal(1) if total else None,
                "policy_share": sum(policy.values(), Decimal(0)) / 100 if policy else None,
                "difference": None,
            },
            count=len(rows),
        )
        if not total:
            result.flags.append(
                gettext("There are no sales in this period, so there are no shares.")
            )
        if not policy:
            result.flags.append(
                gettext("No policy is in force for %(year)d.", year=asked["to"].year)
            )
        strongest = max(rows, key=lambda row: row["amount"], default=None)
        if strongest and total:
            result.said = gettext(
                "Bars: the share of each kind of business; the largest is %(name)s with %(share)s.",
                name=strongest["business_type"],
                share=charting.percent(strongest["share"]),
            )
        return with_unit(result)

    @staticmethod
    def _policy(year: int) -> tuple[dict[int | None, Decimal], dict[int | None, Decimal]]:
        """Wanted share and tolerance of each kind of business, in per cent, as far as in force."""
        policy = CompositionPolicy
        rows = db.session.execute(
            policy.living()
            .with_only_columns(policy.business_type_id, policy.target_share, policy.tolerance)
            .where(policy.year == year, policy.state == "active")
        ).all()
        return {r[0]: r[1] for r in rows}, {r[0]: r[2] for r in rows if r[2] is not None}

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        whose = (
            Customer.business_type_id == row["key"]
            if row["key"]
            else Customer.business_type_id.is_(None)
        )
        return Behind(
            SalesFact,
            [
                *selection_of(person, asked).facts(),
                SalesFact.customer_id.in_(select(Customer.id).where(whose)),
            ],
            "sales_amount",
        )

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        names = [row["business_type"] for row in result.rows]
        series = [
            (gettext("Share"), [charting.hundredth(row["share"]) for row in result.rows], "c1")
        ]
        if any(row["policy_share"] is not None for row in result.rows):
            policy = [charting.hundredth(row["policy_share"]) for row in result.rows]
            series.append((gettext("Share by policy"), policy, "c3"))
        return charting.bars(names, series, unit="%")

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        return charts.bars(
            [row["business_type"] for row in result.rows],
            [row["share"] or Decimal(0) for row in result.rows],
            as_share=True,
        )
