"""What the credit office counts: the use of limits with its ageing, classes, collections, dishonour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select

from app.analytics import charting
from app.analytics.exact import ratio
from app.analytics.measure import Behind, Column, Measure, Result
from app.analytics.months import Month
from app.analytics.parameters import Asked, Parameter
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.credit.lending_rules import DOLLAR, in_dollars, kind_of_alert
from app.domains.credit.models import (
    Bill,
    CreditClassification,
    CreditException,
    CreditLimit,
    CreditSupplyHold,
    DebtRecovery,
    DishonourReport,
    Receivable,
    ReceivablePayment,
    RecoveryStep,
    TradeSuspension,
)
from app.domains.directory.models import CreditClass, Customer
from app.extensions import db
from app.records import clock, settings
from app.records.refusals import Refusal
from app.security import scopes

#: the drawn part of a long table
DRAWN = 24
NOTHING = Decimal(0)
#: days after the due day, as the buckets of the ageing
BUCKETS = (
    ("not_due", None, 0),
    ("days_30", 1, 30),
    ("days_60", 31, 60),
    ("days_90", 61, 90),
    ("older", 91, None),
)

FROM = Parameter("from", _("From month"), "month")
TO = Parameter("to", _("To month"), "month")
CUSTOMER = Parameter("customer", _("Customer"), "reference", register="customer")
_NUMBER = Column("code", _("Number"), "code", wide_only=True)
_NAME = Column("name", lazy_pgettext("measure", "Name"), "name")


def _of(person: scopes.Person, register: str, asked: Asked, column: Any) -> list[Any]:
    """Whose figures a person counts: those of the customers that his right on the register reaches."""
    parts = []
    reached = scopes.rows_reached(person, "r", register, Customer)
    if reached is not None:
        parts.append(column.in_(select(Customer.id).where(reached)))
    if (chosen := asked.id_of("customer")) is not None:
        parts.append(column == chosen)
    return parts


def _names(person: scopes.Person, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Number and name of customers, the name as this person may see it."""
    wanted, found = sorted(set(ids)), {}
    right = scopes.field_right(person, "customer", "name")
    for start in range(0, len(wanted), 500):
        query = select(Customer.id, Customer.number, Customer.name).where(
            Customer.id.in_(wanted[start : start + 500])
        )
        for pk, number, name in db.session.execute(query):
            shown = {"masked": scopes.mask, "hidden": lambda _name: ""}.get(right or "", str)(name)
            found[pk] = (number or str(pk), shown)
    return found


def _sums(cls: Any, *conditions: Any) -> dict[int, Decimal]:
    query = (
        select(cls.customer_id, func.sum(cls.outstanding_usd))
        .where(cls.voided_at.is_(None), *conditions)
        .group_by(cls.customer_id)
    )
    return {pk: total for pk, total in db.session.execute(query) if total}


def _bucket(name: str) -> Any:
    """The condition under which what is open of a sale stands in this bucket today."""
    _name, low, high = next(one for one in BUCKETS if one[0] == name)
    today, due = clock.today(), Receivable.due_on
    if low is None:
        return or_(due.is_(None), due >= today)
    condition = due <= today - timedelta(days=low)
    return condition if high is None else condition & (due >= today - timedelta(days=high))


def _limits() -> dict[int, Decimal]:
    """BR-034, BR-035: the limit of each customer today, or the exception in its place."""
    today = clock.today()
    usual = select(CreditLimit.customer_id, CreditLimit.limit_amount).where(
        CreditLimit.voided_at.is_(None),
        CreditLimit.state == "active",
        or_(CreditLimit.valid_to.is_(None), CreditLimit.valid_to >= today),
    )
    instead = select(CreditException.customer_id, CreditException.new_limit).where(
        CreditException.voided_at.is_(None),
        CreditException.state.in_(("approved", "active")),
        CreditException.valid_from <= today,
        CreditException.valid_to >= today,
    )
    found = dict(db.session.execute(usual).all())
    found |= dict(db.session.execute(instead.order_by(CreditException.decided_at)).all())
    return found  # type: ignore[return-value]


class CreditUse(Measure):
    """AN-12, BR-030: exposure against the limit of each customer, and how old what is open is."""

    name = "credit_use"
    title = _("Use of credit limits")
    icon = "gauge"
    purpose = _(
        "What each customer owes, how much of his limit that is, and since when it is due."
    )
    reads = ("receivable", "bill", "credit_limit")
    sources = ("D1§8", "D1§9.3(2)")
    parameters = (
        CUSTOMER,
        Parameter(
            "only", lazy_pgettext("credit use", "Show"), "choice", "all",
            options=(
                ("all", lazy_pgettext("credit use", "All")),
                ("near", _("Close to the limit or above it")),
                ("exceeded", lazy_pgettext("credit alert", "Above the limit")),
            ),
        ),
    )  # fmt: skip
    columns = (
        _NUMBER,
        _NAME,
        Column("limit", _("Credit limit"), "money"),
        Column("receivables", _("Unpaid sales on credit"), "money", behind=True, wide_only=True),
        Column("bills", _("Open bills"), "money", behind=True, wide_only=True),
        Column("exposure", _("Exposure"), "money"),
        Column("usage", lazy_pgettext("credit limit", "Used"), "share"),
        Column("status", lazy_pgettext("credit use", "Standing"), "text"),
        Column("not_due", _("Not due yet"), "money", behind=True, wide_only=True),
        Column("days_30", _("Up to 30 days overdue"), "money", behind=True, wide_only=True),
        Column("days_60", _("31 to 60 days"), "money", behind=True, wide_only=True),
        Column("days_90", _("61 to 90 days"), "money", behind=True, wide_only=True),
        Column("older", _("More than 90 days"), "money", behind=True, wide_only=True),
    )

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Exposure = unpaid sales on credit + open bills; used = exposure ÷ limit. In US dollars."
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        of_sales = _of(person, "receivable", asked, Receivable.customer_id)
        sales = _sums(Receivable, *of_sales)
        bills = _sums(Bill, *_of(person, "bill", asked, Bill.customer_id))
        reached = set(
            db.session.scalars(
                select(CreditLimit.customer_id).where(
                    CreditLimit.state == "active",
                    *_of(person, "credit_limit", asked, CreditLimit.customer_id),
                )
            )
        )
        limits = {pk: one for pk, one in _limits().items() if pk in reached | {*sales, *bills}}
        aged = {name: _sums(Receivable, _bucket(name), *of_sales) for name, _l, _h in BUCKETS}
        warn = Decimal(settings.get("credit_warn_pct"))
        rows: list[dict[str, Any]] = []
        names = _names(person, {*limits, *sales, *bills})
        for pk, (number, name) in names.items():
            owed = sales.get(pk, NOTHING), bills.get(pk, NOTHING)
            exposure, limit = sum(owed, NOTHING), limits.get(pk)
            kind = kind_of_alert(exposure, limit, warn)
            if asked["only"] != "all" and kind not in {asked["only"], "exceeded"}:
                continue
            rows.append(
                {
                    "key": pk, "code": number, "name": name, "limit": limit, "receivables": owed[0],
                    "bills": owed[1], "exposure": exposure, "usage": ratio(exposure, limit),
                    "status": self._word(kind), **{b: one.get(pk, NOTHING) for b, one in aged.items()},
                }
            )  # fmt: skip
        rows.sort(key=lambda row: (-row["exposure"], row["code"]))
        summed = ("limit", "receivables", "bills", "exposure", *aged)
        totals = {one: sum((row[one] or NOTHING for row in rows), NOTHING) for one in summed}
        part = rows[asked.offset : asked.offset + asked.limit]
        result = Result(part, totals, count=len(rows), unit=DOLLAR)
        result.said = gettext(
            "Bars: exposure of the first %(count)d customers, the line is the used share of the limit.",
            count=min(len(part), DRAWN),
        )
        return result

    @staticmethod
    def _word(kind: str | None) -> str:
        words = {
            "near": lazy_pgettext("credit alert", "Close to the limit"),
            "exceeded": lazy_pgettext("credit alert", "Above the limit"),
        }
        return str(words.get(kind or "", lazy_pgettext("credit use", "Within the limit")))

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        cls: Any = Bill if column == "bills" else Receivable
        conditions = [cls.voided_at.is_(None), cls.customer_id == row["key"]]
        if column not in ("bills", "receivables"):
            conditions.append(_bucket(column))
        return Behind(cls, conditions, "outstanding_usd")

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        drawn = result.rows[:DRAWN]
        return charting.bars(
            charting.names_of(drawn),
            [(gettext("Exposure"), [charting.number(r["exposure"]) for r in drawn], "c1")],
            unit=result.unit,
            lines=[(gettext("Used"), [charting.hundredth(r["usage"]) for r in drawn], "c4")],
            line_unit="%",
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = result.rows[:DRAWN]
        return charts.bars(charting.names_of(drawn), [row["exposure"] for row in drawn])


class CreditClasses(Measure):
    """AN-13, D1§9: how many customers stand in each class, what they owe, and how often it was overridden."""

    name = "credit_classes"
    title = _("Customers by credit class")
    icon = "category"
    purpose = _(
        "Which classes the customers are in, how many against the criteria, and what they owe."
    )
    reads = ("credit_classification", "receivable", "bill")
    sources = ("D1§9.1(1)", "D1§9.1(2)")
    parameters = ()
    columns = (
        Column("credit_class", _("Credit class"), "text"),
        Column("customers", _("Customers"), "whole"),
        Column("overridden", _("Other than suggested"), "whole"),
        Column("exposure", _("Exposure"), "money"),
        Column("collected", _("Collected in past years, together"), "money", wide_only=True),
        Column("margin", _("Average gross margin"), "share", wide_only=True),
    )

    def formula(self, asked: Asked) -> str:
        return gettext("Counted are the classes in force; the margin is the mean of those given.")

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        query = select(CreditClassification).where(
            CreditClassification.voided_at.is_(None),
            CreditClassification.state == "active",
            *_of(person, "credit_classification", asked, CreditClassification.customer_id),
        )
        owed: dict[int, Decimal] = defaultdict(Decimal)
        for cls in (Receivable, Bill):
            for pk, total in _sums(
                cls, *_of(person, cls.__tablename__, asked, cls.customer_id)
            ).items():
                owed[pk] += total
        members = defaultdict(list)
        for one in db.session.scalars(query):
            members[one.credit_class].append(one)
        rows = []
        for value, label in CreditClass.options():
            found = members[value]
            margins = [one.avg_gross_margin for one in found if one.avg_gross_margin is not None]
            rows.append(
                {
                    "key": value,
                    "credit_class": str(label),
                    "customers": len(found),
                    "overridden": sum(one.suggested_class != one.credit_class for one in found),
                    "exposure": sum((owed[one.customer_id] for one in found), NOTHING),
                    "collected": sum((one.years_collected_total or NOTHING for one in found), NOTHING),
                    "margin": ratio(sum(margins, NOTHING), 100 * len(margins)),
                }
            )  # fmt: skip
        totals = {
            one: sum(row[one] for row in rows)
            for one in ("customers", "overridden", "exposure", "collected")
        }
        result = Result(rows, totals, count=len(rows), unit=DOLLAR)
        result.said = gettext("Bars: how many customers stand in each class.")
        return result

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        return charting.bars(
            [row["credit_class"] for row in result.rows],
            [(gettext("Customers"), [float(row["customers"]) for row in result.rows], "c1")],
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        return charts.bars(
            [row["credit_class"] for row in result.rows],
            [Decimal(row["customers"]) for row in result.rows],
        )


class Collections(Measure):
    """AN-14, D1§9.1(2)②: what was collected of each customer year by year, beside the average gross margin."""

    name = "collections"
    title = _("Money collected by year")
    icon = "coins"
    purpose = _(
        "What each customer paid in each year, what had to be recovered, and his gross margin."
    )
    reads = ("receivable", "bill", "debt_recovery")
    sources = ("D1§9.1(2)",)
    parameters = (CUSTOMER,)
    columns = (
        _NUMBER,
        _NAME,
        Column("year", _("Year"), "text"),
        Column("payments", _("Payments"), "money"),
        Column("bills", _("Bills settled"), "money"),
        Column("collected", _("Collected"), "money"),
        Column("recovered", _("Of this by recovery"), "money", wide_only=True),
        Column("margin", _("Average gross margin"), "share", wide_only=True),
    )

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Collected = payments + settled bills, in US dollars, in the year in which they came in. The margin is that of the class in force."
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        found: dict[tuple[int, int], dict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        for name, rows in (
            ("payments", self._payments(person, asked)),
            ("bills", self._bills(person, asked)),
            ("recovered", self._recovered(person, asked)),
        ):
            for pk, day, amount, rate in rows:
                if day is not None and amount:
                    found[pk, day.year][name] += in_dollars(amount, rate)
        names = _names(person, (pk for pk, _year in found))
        margins = dict(
            db.session.execute(
                select(CreditClassification.customer_id, CreditClassification.avg_gross_margin).where(
                    CreditClassification.state == "active", CreditClassification.voided_at.is_(None)
                )
            ).all()
        )  # fmt: skip
        rows = []
        for (pk, year), sums in found.items():
            number, name = names[pk]
            rows.append(
                {
                    "key": f"{pk}-{year}", "code": number, "name": name, "year": str(year),
                    "payments": sums["payments"], "bills": sums["bills"],
                    "collected": sums["payments"] + sums["bills"], "recovered": sums["recovered"],
                    "margin": ratio(margins[pk], 100) if margins.get(pk) is not None else None,
                }
            )  # fmt: skip
        rows.sort(key=lambda row: (row["code"], row["year"]))
        summed = ("payments", "bills", "collected", "recovered")
        totals = {one: sum((row[one] for row in rows), NOTHING) for one in summed}
        years: dict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            years[row["year"]] += row["collected"]
        part = rows[asked.offset : asked.offset + asked.limit]
        result = Result(part, totals, count=len(rows), unit=DOLLAR)
        result.series = {"years": dict(sorted(years.items()))}
        result.said = gettext("Bars: what was collected in each year.")
        return result

    @staticmethod
    def _payments(person: scopes.Person, asked: Asked) -> Iterable[Any]:
        query = (
            select(
                Receivable.customer_id, ReceivablePayment.paid_on, ReceivablePayment.amount, Receivable.usd_rate
            )
            .join(Receivable, ReceivablePayment.receivable_id == Receivable.id)
            .where(Receivable.voided_at.is_(None), *_of(person, "receivable", asked, Receivable.customer_id))
        )  # fmt: skip
        return db.session.execute(query)

    @staticmethod
    def _bills(person: scopes.Person, asked: Asked) -> Iterable[Any]:
        query = select(Bill.customer_id, Bill.settled_on, Bill.amount, Bill.usd_rate).where(
            Bill.voided_at.is_(None),
            Bill.state == "settled",
            *_of(person, "bill", asked, Bill.customer_id),
        )
        return db.session.execute(query)

    @staticmethod
    def _recovered(person: scopes.Person, asked: Asked) -> Iterable[Any]:
        query = (
            select(DebtRecovery.customer_id, RecoveryStep.done_on, RecoveryStep.recovered)
            .join(DebtRecovery, RecoveryStep.recovery_id == DebtRecovery.id)
            .where(
                DebtRecovery.voided_at.is_(None),
                *_of(person, "debt_recovery", asked, DebtRecovery.customer_id),
            )
        )
        return ((*row, None) for row in db.session.execute(query))

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        years = result.series["years"]
        return charting.bars(
            list(years),
            [(gettext("Collected"), [charting.number(one) for one in years.values()], "c1")],
            unit=result.unit,
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        years = result.series["years"]
        return charts.bars(list(years), list(years.values()))


class Dishonours(Measure):
    """AN-16, D1§11: dishonoured and deferred bills, stops of supply and ends of trade in a period."""

    name = "dishonours"
    title = _("Dishonour, stops and suspensions")
    icon = "alert-octagon"
    purpose = _("How often customers failed to pay, for how much, and what was done about it.")
    reads = ("dishonour_report", "credit_supply_hold", "trade_suspension")
    sources = ("D1§11.2(1)", "D1§11.1(3)", "D1§11.2(4)")
    parameters = (FROM, TO, CUSTOMER)
    columns = (
        Column("event", lazy_pgettext("dishonour", "Event"), "text"),
        Column("count", lazy_pgettext("credit measure", "Count"), "whole"),
        Column("amount", lazy_pgettext("dishonour", "Amount"), "money", behind=True),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        last = values.get("to") or Month.of(clock.today())
        return {"to": last, "from": last.plus(-11)}

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        if values["from"] > values["to"]:
            return [Refusal(gettext("It cannot end before it begins."), "to")]
        return ()

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Counted are the reports, stops and suspensions of the period; amounts in US dollars."
        )

    @staticmethod
    def _within(asked: Asked) -> tuple[date, date]:
        return asked["from"].first_day, asked["to"].plus(1).first_day

    def _events(self, person: scopes.Person, asked: Asked) -> list[Any]:
        first, end = self._within(asked)
        day = func.coalesce(DishonourReport.happened_on, func.date(DishonourReport.created_at))
        return [
            DishonourReport.voided_at.is_(None),
            day >= first,
            day < end,
            *_of(person, "dishonour_report", asked, DishonourReport.customer_id),
        ]

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        first, end = self._within(asked)
        query = (
            select(DishonourReport.event, func.count(), func.sum(DishonourReport.amount))
            .where(*self._events(person, asked))
            .group_by(DishonourReport.event)
        )
        seen = {event: (count, total) for event, count, total in db.session.execute(query)}
        options = DishonourReport.specs()["event"].options()
        rows: list[dict[str, Any]] = [
            {
                "key": value,
                "event": str(label),
                "count": seen.get(value, (0, None))[0],
                "amount": seen.get(value, (0, None))[1] or NOTHING,
            }
            for value, label in options
        ]
        for key, label, cls, column in (
            ("held", _("Emergency stops of supply on credit"), CreditSupplyHold, CreditSupplyHold.held_on),
            ("suspended", _("Suspensions of trade"), TradeSuspension, TradeSuspension.effective_on),
        ):  # fmt: skip
            counted = select(func.count()).where(
                cls.voided_at.is_(None),  # type: ignore[attr-defined]
                func.date(column) >= first,
                func.date(column) < end,
                *_of(person, cls.__tablename__, asked, cls.customer_id),  # type: ignore[attr-defined]
            )
            rows.append(
                {
                    "key": key,
                    "event": str(label),
                    "count": db.session.scalar(counted),
                    "amount": None,
                }
            )
        totals = {"amount": sum((row["amount"] or NOTHING for row in rows), NOTHING)}
        result = Result(rows, totals, count=len(rows), unit=DOLLAR)
        result.said = gettext("Bars: how often each of them happened.")
        return result

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        return Behind(
            DishonourReport,
            [*self._events(person, asked), DishonourReport.event == row["key"]],
            "amount",
        )

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        return charting.bars(
            [row["event"] for row in result.rows],
            [(gettext("Count"), [float(row["count"]) for row in result.rows], "c1")],
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        return charts.bars(
            [row["event"] for row in result.rows],
            [Decimal(row["count"]) for row in result.rows],
        )


__all__ = ["Collections", "CreditClasses", "CreditUse", "Dishonours"]
