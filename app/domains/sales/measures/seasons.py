"""Seasonal index, monthly targets, and what came of them (AN-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import false

from app.analytics import charting, seasonal, shown
from app.analytics.exact import ratio
from app.analytics.measure import Act, Behind, Column, Further, Measure, Result
from app.analytics.months import Month, months_between
from app.analytics.parameters import Asked, Parameter
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.sales import operations
from app.domains.sales.figures import (
    Selection,
    amount,
    latest_month,
)
from app.domains.sales.measures.common import (
    CUSTOMER,
    PRODUCT,
    with_unit,
)
from app.domains.sales.models import (
    CustomerSalesTarget,
    SalesFact,
)
from app.extensions import db
from app.security import scopes


class Seasons(Measure):
    """AN-05, BR-053: how strong each month is, its share of the year, its part of the target, what came of it."""

    name = "seasonal_index"
    title = _("Seasonal index and monthly targets")
    icon = "calendar-stats"
    purpose = _("How strong each month is against the average, and what it should bring.")
    reads = ("sales_fact",)
    sources = ("D1§4.1",)
    parameters = (
        CUSTOMER,
        PRODUCT,
        Parameter("years", _("Years"), "whole", 3, low=Decimal(1), high=Decimal(10)),
        Parameter("until", _("Until month"), "month"),
        Parameter(
            "grain",
            lazy_pgettext("measure", "By"),
            "choice",
            "month",
            options=(("month", _("Months")), ("quarter", _("Quarters"))),
        ),
        Parameter(
            "target",
            _("Target of the year"),
            "money",
            low=Decimal(0),
            high=Decimal(10) ** 13,
            help=_("Empty: the target that is set for the customer and the year that follows."),
        ),
    )
    columns = (
        Column("season", _("Season"), "season"),
        Column("average", _("Average"), "money", behind=True),
        Column("index", _("Seasonal index"), "share"),
        Column("share", _("Share of the year"), "share", wide_only=True),
        Column("target", _("Target"), "money"),
        Column("actual", _("Actual"), "money", only_shown=True),
        Column("reached", _("Reached"), "share", only_shown=True, wide_only=True),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {} if "until" in values else {"until": latest_month()}

    def formula(self, asked: Asked) -> str:
        return (
            gettext(
                "Index = mean of the month over the years ÷ mean of all months; Σ = 1,200 %. "
                "Share = index ÷ 12. Target of the month = share × target of the year, to the fen."
            )
            if asked["grain"] == "month"
            else gettext(
                "Index = mean of the quarter over the years ÷ mean of all quarters; Σ = 400 %. "
                "Share = index ÷ 4. Target of the quarter = share × target of the year, to the fen."
            )
        )

    @staticmethod
    def _chosen(person: scopes.Person, asked: Asked, first: Month, last: Month) -> Selection:
        return Selection(
            person,
            first,
            last,
            customer_id=asked.id_of("customer"),
            product_id=asked.id_of("product"),
        )

    def _window(
        self, person: scopes.Person, asked: Asked
    ) -> tuple[Month, Month, dict[Month, Decimal]]:
        """The months that count, and all the months there are up to a year later."""
        until: Month = asked["until"]
        selection = self._chosen(person, asked, Month(1900, 1), until.plus(12))
        amounts = {month: amount(s.sales) for month, s in selection.by_month().items()}
        begins = min((month for month in amounts if month <= until), default=None)
        first, last = seasonal.window(until, asked["years"], begins)
        return first, last, amounts

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        first, last, amounts = self._window(person, asked)
        target_year = last.plus(1).year
        target = asked["target"]
        if target is None and asked.id_of("customer") and not asked.id_of("product"):
            target = _target_of(person, asked.id_of("customer"), target_year)
        by_quarter = asked["grain"] == "quarter"
        found = seasonal.pattern(amounts, first, last, by_quarter=by_quarter, target=target)
        actuals = self._actuals(amounts, target_year, by_quarter=by_quarter)
        rows: list[dict[str, Any]] = [
            {
                "key": season.season,
                "season": season.season,
                "average": season.average,
                "index": season.index,
                "share": season.share,
                "target": season.target,
                "actual": actual,
                "reached": ratio(actual, season.target)
                if actual is not None and season.target
                else None,
            }
            for season, actual in zip(found.seasons, actuals, strict=True)
        ]
        known = [actual for actual in actuals if actual is not None]
        done = sum(known, Decimal(0)) if known else None
        result = Result(
            rows,
            {
                "average": sum((s.average for s in found.seasons), Decimal(0)),
                "index": sum((s.index for s in found.seasons), Decimal(0)),
                "share": Decimal(1),
                "target": target,
            },
            count=len(rows),
        )
        result.series |= {
            "months": [(str(m), amounts.get(m, Decimal(0))) for m in months_between(first, last)],
            "target_year": target_year,
            "actual": done,
        }
        if found.is_flat:
            result.flags.append(
                gettext("Nothing was sold in the window; every season is given the same share.")
            )
        elif last.place - first.place + 1 < asked["years"] * 12:
            result.flags.append(
                gettext(
                    "There are figures from %(first)s on only; the averages stand on fewer than %(years)d years.",
                    first=first,
                    years=asked["years"],
                )
            )
        elif asked["years"] < seasonal.FULL:
            result.flags.append(
                gettext("The document asks for three years; these averages stand on fewer.")
            )
        result.totals["window"] = {"from": str(first), "to": str(last)}
        result.totals["target_year"] = target_year
        strongest = max(rows, key=lambda row: row["index"])
        result.said = gettext(
            "Seasonal index by season; season %(season)d is the strongest with %(index)s.",
            season=strongest["season"],
            index=charting.percent(strongest["index"]),
        )
        return with_unit(result)

    @staticmethod
    def _actuals(
        amounts: Mapping[Month, Decimal], year: int, *, by_quarter: bool
    ) -> list[Decimal | None]:
        """What came of the targets, as far as the year has gone."""
        months = [amounts.get(Month(year, month)) for month in range(1, 13)]
        if not by_quarter:
            return months
        quarters: list[Decimal | None] = []
        for start in range(0, 12, 3):
            known = [value for value in months[start : start + 3] if value is not None]
            quarters.append(sum(known, Decimal(0)) if known else None)
        return quarters

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        first, last, _amounts = self._window(person, asked)
        season = row["key"]
        wanted = (
            {season} if asked["grain"] == "month" else set(range(season * 3 - 2, season * 3 + 1))
        )
        months = [m for m in months_between(first, last) if m.month in wanted]
        return Behind(
            SalesFact,
            [
                *self._chosen(person, asked, first, last).facts(),
                SalesFact.month.in_([m.first_day for m in months]) if months else false(),
            ],
            "sales_amount",
            # A quarter is three months of each year.
            divided_by=max(1, len(months) // len(wanted)),
        )

    def acts(self) -> Sequence[Act]:
        return (
            Act(
                "rebuild",
                _("Calculate the register anew"),
                "calendar-stats",
                self.rebuild,
                verb="e",
                confirm=_("Calculate the seasonal indices of all customers anew?"),
            ),
        )

    def rebuild(self, person: scopes.Person, asked: Asked) -> str:
        """R59: order the register of indices to be calculated, up to the asked month."""
        operations.order_rebuild(asked["until"])
        return gettext(
            "The seasonal indices up to %(until)s are being calculated.", until=asked["until"]
        )

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        names = [shown.season(asked["grain"], row["season"]) for row in result.rows]
        lines = [
            (
                gettext("Seasonal index"),
                [charting.hundredth(r["index"]) for r in result.rows],
                "c4",
            )
        ]
        series = []
        if any(row["target"] is not None for row in result.rows):
            series.append(
                (gettext("Target"), [charting.number(r["target"]) for r in result.rows], "c3")
            )
        else:
            series.append(
                (gettext("Average"), [charting.number(r["average"]) for r in result.rows], "c1")
            )
        if any(row["actual"] is not None for row in result.rows):
            series.append(
                (gettext("Actual"), [charting.number(r["actual"]) for r in result.rows], "c1")
            )
        return charting.bars(names, series, unit=result.unit, lines=lines, line_unit="%", mark=100)

    def further(self, asked: Asked, result: Result) -> Sequence[Further]:
        """AN-05: the months that the averages are made of."""
        months = result.series["months"]
        if len(months) < 2:
            return ()
        option = charting.line(
            [month for month, _value in months],
            [(gettext("Sales"), [charting.number(value) for _month, value in months], "c1")],
            unit=result.unit,
        )
        said = gettext(
            "Sales of the %(count)d months from %(first)s to %(last)s.",
            count=len(months),
            first=months[0][0],
            last=months[-1][0],
        )
        return (Further(gettext("Sales of the months"), option, said),)

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        return charts.line(
            [shown.season(asked["grain"], row["season"]) for row in result.rows],
            [row["index"] for row in result.rows],
            mark=Decimal(1),
            as_share=True,
        )


def _target_of(person: scopes.Person, customer_id: int | None, year: int) -> Decimal | None:
    """R57: the target that is set for a customer and a year, if this person may read it."""
    query = scopes.narrow(CustomerSalesTarget.living(), person, "r", CustomerSalesTarget)
    if not scopes.may(person, "r", "customer_sales_target"):
        return None
    return db.session.scalar(
        query.with_only_columns(CustomerSalesTarget.annual_target).where(
            CustomerSalesTarget.customer_id == customer_id, CustomerSalesTarget.year == year
        )
    )
