"""Composition of what is sold by products, against their sales tasks (AN-06, AN-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from app.analytics import charting, composition
from app.analytics.exact import ratio
from app.analytics.measure import Behind, Column, Measure, Result
from app.analytics.months import Month
from app.analytics.parameters import Asked
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import Product
from app.domains.sales import periods
from app.domains.sales.expectations import ProductSalesTask
from app.domains.sales.figures import amount, latest_month, rows_of
from app.domains.sales.measures.common import (
    CUSTOMER,
    DRAWN,
    FROM,
    REP,
    TO,
    code_of,
    from_is_not_after_to,
    names_for,
    selection_of,
    with_unit,
)
from app.domains.sales.models import SalesFact
from app.extensions import db
from app.records.refusals import Refusal
from app.security import scopes


def added_up(
    tasks: Iterable[tuple[int, str, Decimal]], first: Month, last: Month
) -> dict[int, Decimal]:
    """What is demanded of each product from `first` to `last`: the tasks whose whole period lies therein.

    The task of a year stands for its months: where there is one, theirs are parts of it.
    """
    years: dict[tuple[int, int], Decimal] = {}
    months: list[tuple[int, int, Decimal]] = []
    for product, text, worth in tasks:
        span = periods.read(text)
        if span is None or span[0] < first or span[1] > last:
            continue
        if span[0] == span[1]:
            months.append((product, span[0].year, worth))
        else:
            years[product, span[0].year] = worth
    found: dict[int, Decimal] = {}
    for (product, _year), worth in years.items():
        found[product] = found.get(product, Decimal(0)) + worth
    for product, year, worth in months:
        if (product, year) not in years:
            found[product] = found.get(product, Decimal(0)) + worth
    return found


class ProductComposition(Measure):
    """AN-06, AN-11, BR-054: products by their sales, what part of all each makes, and whether its task is fulfilled (R58)."""

    name = "product_composition"
    title = _("Composition of the products sold, and their tasks")
    icon = "packages"
    purpose = _("Which products make the sales, and which fall short of their task.")
    reads = ("sales_fact", "product_sales_task")
    sources = ("D1§4.2", "D1§4.6(2)")
    parameters = (FROM, TO, CUSTOMER, REP)
    columns = (
        Column("rank", _("Rank"), "whole", wide_only=True),
        Column("code", _("Number"), "code", wide_only=True),
        Column("name", lazy_pgettext("measure", "Name"), "name"),
        Column("sales", _("Sales"), "money", behind=True),
        Column("share", _("Share"), "share"),
        Column("task", _("Sales task"), "money", wide_only=True),
        Column("rate", _("Achieved in per cent"), "share"),
        Column("achieved", _("Task fulfilled"), "mark", yes=_("fulfilled"), no=_("not fulfilled")),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The year of the given end, or of the last month with figures: tasks are set by the year."""
        year = values["to"].year if "to" in values else latest_month().year
        first = values.get("from", Month(year, 1))
        return {"from": first, "to": max(first, Month(year, 12))}

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        return from_is_not_after_to(values)

    def formula(self, asked: Asked) -> str:
        return gettext(
            "Share = sales of the product ÷ sales of all products. Fulfilled = sales ≥ task. Tasks in force whose whole "
            "period lies in these months count: of the customer or the representative asked for, else of the company; "
            "a year's task stands for its months."
        )

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        sold = dict(rows_of(selection_of(person, asked).by_product("sales")))
        tasks = self._tasks(person, asked)
        names = names_for(person, Product, {*sold, *tasks})
        listed = sorted(
            {*sold, *tasks}, key=lambda pk: (-sold.get(pk, 0), code_of(names.get(pk), pk), pk)
        )
        amounts = [amount(sold.get(pk)) for pk in listed]
        rows: list[dict[str, Any]] = []
        for rank, (pk, sales, share) in enumerate(
            zip(listed, amounts, composition.shares(amounts), strict=True), start=1
        ):
            task = tasks.get(pk)
            rows.append(
                {
                    "key": pk,
                    "rank": rank,
                    "code": code_of(names.get(pk), pk),
                    "name": names[pk][2] if pk in names else "",
                    "sales": sales,
                    "share": share,
                    "task": task,
                    "rate": ratio(sales, task),
                    "achieved": None if task is None else sales >= task,
                }
            )
        return self._result(asked, rows)

    @staticmethod
    def _tasks(person: scopes.Person, asked: Asked) -> dict[int, Decimal]:
        """The tasks of whoever is asked for. BR-061: whoever sees only his own customers has his own."""
        task = ProductSalesTask
        customer, rep = asked.id_of("customer"), asked.id_of("rep")
        reached = scopes.rows_reached(person, "r", task.__tablename__, task)
        if customer is None and rep is None and reached is not None:
            rep = person.employee_id
        query = (
            task.living()
            .with_only_columns(task.product_id, task.period, task.task_amount)
            .where(
                task.state == "active",
                task.customer_id.is_(None) if customer is None else task.customer_id == customer,
                task.rep_id.is_(None)
                if rep is None or customer is not None
                else task.rep_id == rep,
            )
        )
        if reached is not None:
            query = query.where(reached)
        rows = ((row[0], row[1], row[2]) for row in db.session.execute(query))
        return added_up(rows, asked["from"], asked["to"])

    @staticmethod
    def _result(asked: Asked, rows: list[dict[str, Any]]) -> Result:
        total = sum(map(itemgetter("sales"), rows), Decimal(0))
        result = Result(
            rows[asked.offset : asked.offset + asked.limit],
            {"sales": total, "share": Decimal(1) if total else None},
            count=len(rows),
        )
        have = [row for row in rows if row["task"] is not None]
        if not total:
            result.flags.append(
                gettext("There are no sales in this period, so there are no shares.")
            )
        if not have:
            result.flags.append(gettext("No task is in force whose period lies in these months."))
        if rows and total:
            result.said = gettext(
                "Bars: sales of the first %(count)d products; %(done)d of %(tasks)d tasks are fulfilled.",
                count=min(len(result.rows), DRAWN),
                done=sum(1 for row in have if row["achieved"]),
                tasks=len(have),
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
        series = [(gettext("Sales"), [charting.number(row["sales"]) for row in drawn], "c1")]
        if any(row["task"] is not None for row in drawn):
            tasks = [charting.number(row["task"]) for row in drawn]
            series.append((gettext("Sales task"), tasks, "c3"))
        return charting.bars(charting.names_of(drawn), series, unit=result.unit)

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = result.rows[:24]
        return charts.bars(charting.names_of(drawn), [row["sales"] for row in drawn])
