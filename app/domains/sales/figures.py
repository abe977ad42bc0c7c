"""Sums of sales for a person, a period and a choice of customers and products, from the shortest way there.

All amounts in here are integers of their scale, as the database keeps them; measures divide them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)

from app.analytics.months import Month, pieces
from app.domains.directory.models import Customer, Product
from app.domains.sales.models import CustomerStock, SalesFact
from app.domains.sales.rollups import (
    SalesByCustomer,
    SalesByProduct,
    SalesTotal,
    StockByProduct,
)
from app.extensions import db
from app.organisation.models import Employee
from app.organisation.people import departments_below
from app.records import clock
from app.security import scopes

#: places of the integers in here
MONEY, QUANTITY = 4, 3
SUMS = ("sales", "cost", "gross_profit", "quantity")
#: the column of a fact that stands behind a sum
OF_FACTS = {
    "sales": SalesFact.sales_amount,
    "cost": SalesFact.cost,
    "gross_profit": SalesFact.gross_profit,
    "quantity": SalesFact.quantity,
}


def amount(whole: int | None, places: int = MONEY) -> Decimal:
    """From the integer to the amount."""
    return Decimal(whole or 0).scaleb(-places)


class Sums(NamedTuple):
    item: int
    sales: int
    cost: int
    gross_profit: int
    quantity: int


def _whole(column: Any) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _sum(column: Any) -> ColumnElement[int]:
    """SUM as an integer on both databases (PostgreSQL's is numeric)."""
    return cast(func.coalesce(func.sum(_whole(column)), 0), BigInteger)


def known() -> tuple[Month, Month] | None:
    """The first and the last month that have facts."""
    months = SalesTotal.period % 100
    row = db.session.execute(
        select(func.min(SalesTotal.period), func.max(SalesTotal.period)).where(
            SalesTotal.period > 0, months.between(1, 12)
        )
    ).one()
    return (Month.of_period(row[0]), Month.of_period(row[1])) if row[0] else None


def currencies() -> list[str]:
    """The currencies of all facts; sums of more than one say so."""
    return list(
        db.session.scalars(
            select(SalesTotal.currency).where(SalesTotal.period == 0).order_by(SalesTotal.currency)
        )
    )


def latest_month() -> Month:
    """The last complete month that has figures; the last complete month where there are none."""
    complete = Month.of(clock.today()).plus(-1)
    found = known()
    return min(found[1], complete) if found else complete


@dataclass(frozen=True)
class Selection:
    """Whose sales, of what, when. BR-061: whoever sees only his own customers sums only those."""

    person: scopes.Person
    first: Month
    last: Month
    customer_id: int | None = None
    product_id: int | None = None
    rep_id: int | None = None
    dept_id: int | None = None

    def over(self, first: Month, last: Month) -> Selection:
        return replace(self, first=first, last=last)

    # -- whose ---------------------------------------------------------------------------------

    @cached_property
    def customers(self) -> ColumnElement[bool] | None:
        """Which customers count; None stands for all."""
        parts = []
        reached = scopes.rows_reached(self.person, "r", "sales_fact", Customer)
        if reached is not None:
            parts.append(reached)
        if self.rep_id is not None:
            parts.append(Customer.responsible_rep_id == self.rep_id)
        if self.dept_id is not None:
            inside = select(Employee.id).where(
                Employee.dept_id.in_(sorted(departments_below(self.dept_id)))
            )
            parts.append(Customer.responsible_rep_id.in_(inside))
        if self.customer_id is not None:
            parts.append(Customer.id == self.customer_id)
        return and_(*parts) if parts else None

    def _of_customers(self, column: Any) -> list[ColumnElement[bool]]:
        if self.customers is None:
            return []
        return [column.in_(select(Customer.id).where(self.customers))]

    # -- when ----------------------------------------------------------------------------------

    @cached_property
    def known(self) -> tuple[Month, Month] | None:
        return known()

    @cached_property
    def pieces(self) -> dict[int, int]:
        return pieces(self.first, self.last, *self.known) if self.known else {}

    def facts(self) -> list[ColumnElement[bool]]:
        """The conditions under which a fact belongs to this selection."""
        parts = [
            SalesFact.month >= self.first.first_day,
            SalesFact.month <= self.last.first_day,
            *self._of_customers(SalesFact.customer_id),
        ]
        if self.product_id is not None:
            parts.append(SalesFact.product_id == self.product_id)
        return parts

    def statements(self) -> list[ColumnElement[bool]]:
        """The conditions under which a statement of stock belongs to it."""
        parts = [
            CustomerStock.month >= self.first.first_day,
            CustomerStock.month <= self.last.first_day,
            CustomerStock.voided_at.is_(None),
            *self._of_customers(CustomerStock.customer_id),
        ]
        if self.product_id is not None:
            parts.append(CustomerStock.product_id == self.product_id)
        return parts

    # -- sums ----------------------------------------------------------------------------------

    @property
    def is_one_piece(self) -> bool:
        """Whether a ranking can be read from the index as it stands."""
        return len(self.pieces) == 1 and self.product_id is None and self.customers is None

    def by_customer(self, *sums: str) -> Select[Any]:
        """item (the customer) and these sums; who asks for few is answered sooner."""
        if self.product_id is not None:
            return self._of_facts(SalesFact.customer_id, sums)
        return self._of_pieces(
            SalesByCustomer,
            SalesByCustomer.customer_id,
            self._of_customers(SalesByCustomer.customer_id),
            sums,
        )

    def by_product(self, *sums: str) -> Select[Any]:
        if self.customers is not None:
            return self._of_facts(SalesFact.product_id, sums)
        conditions = (
            [SalesByProduct.product_id == self.product_id] if self.product_id is not None else []
        )
        return self._of_pieces(SalesByProduct, SalesByProduct.product_id, conditions, sums)

    def _of_facts(self, item: Any, sums: Sequence[str]) -> Select[Any]:
        return (
            select(item.label("item"), *(_sum(OF_FACTS[name]).label(name) for name in sums))
            .where(*self.facts())
            .group_by(item)
        )

    def _of_pieces(
        self,
        table: Any,
        item: Any,
        conditions: Sequence[ColumnElement[bool]],
        sums: Sequence[str],
    ) -> Select[Any]:
        def piece(period: int, names: Sequence[str], sign: int = 1) -> Any:
            columns = ((name, _whole(getattr(table, name))) for name in names)
            return select(
                item.label("item"),
                *((column if sign > 0 else -column).label(name) for name, column in columns),
            ).where(table.period == period, *conditions)

        added = [period for period, sign in self.pieces.items() if sign > 0] or [-1]
        less = [period for period, sign in self.pieces.items() if sign < 0]
        if len(added) == 1 and not less:
            return piece(added[0], sums)  # type: ignore[no-any-return]
        named = (*sums, "facts")
        if len(added) == 1:
            # What is taken away lies within what it is taken from: whoever has the one has the other.
            # To meet them takes two thirds of the time of adding them all up.
            whole = piece(added[0], named).subquery()
            source, left = whole, {name: whole.c[name] for name in named}
            for period in less:
                part = piece(period, named).subquery()
                source = source.outerjoin(part, part.c.item == whole.c.item)
                left = {name: left[name] - func.coalesce(part.c[name], 0) for name in named}
            return (
                select(whole.c.item, *(left[name].label(name) for name in sums))
                .select_from(source)
                # Of a year less January, who bought in January alone is no part.
                .where(left["facts"] > 0)
            )
        # OFFSET 0 keeps PostgreSQL from handing the parts to several processes: these would add up
        # almost as many sums as there are, and send them all to be added once more.
        every = (
            union_all(*(piece(period, named, sign) for period, sign in self.pieces.items()))
            .offset(0)
            .subquery()
        )
        return (
            select(
                every.c.item,
                *(cast(func.sum(every.c[name]), BigInteger).label(name) for name in sums),
            )
            .group_by(every.c.item)
            # Plain integers: they are few, and PostgreSQL adds those without numerics.
            .having(func.sum(cast(every.c.facts, Integer)) > 0)
        )

    def stock(self) -> Any:
        """Of each month and product: Σ (opening + closing) in money and in quantity, statements without one."""
        if self.customers is None and self.product_id is None:
            table = StockByProduct
            months = [
                Month.of_place(p).period for p in range(self.first.place, self.last.place + 1)
            ]
            return select(
                table.period,
                table.product_id,
                _whole(table.opening) + _whole(table.closing),
                _whole(table.opening_quantity) + _whole(table.closing_quantity),
                table.statements - table.with_quantity,
            ).where(table.period.in_(months))
        stock = CustomerStock
        period = cast(
            extract("year", stock.month) * 100 + extract("month", stock.month), BigInteger
        )
        return (
            select(
                period,
                stock.product_id,
                _sum(stock.opening_stock) + _sum(stock.closing_stock),
                _sum(stock.opening_quantity) + _sum(stock.closing_quantity),
                cast(func.sum(case((stock.opening_quantity.is_(None), 1), else_=0)), BigInteger),
            )
            .where(*self.statements())
            .group_by(period, stock.product_id)
        )

    def by_month(self) -> dict[Month, Sums]:
        """The sums of each month, whatever months there are, by the shortest way."""
        if self.product_id is not None and self.customers is not None:
            year, month = extract("year", SalesFact.month), extract("month", SalesFact.month)
            period = cast(year * 100 + month, BigInteger)
            query = (
                select(period, *(_sum(OF_FACTS[name]) for name in SUMS))
                .where(*self.facts())
                .group_by(period)
            )
            rows = db.session.execute(query).all()
        else:
            table: Any = SalesTotal
            conditions: list[ColumnElement[bool]] = []
            if self.product_id is not None:
                table = SalesByProduct
                conditions = [SalesByProduct.product_id == self.product_id]
            elif self.customers is not None:
                table = SalesByCustomer
                conditions = self._of_customers(SalesByCustomer.customer_id)
            if self.known is None:
                return {}
            first, last = max(self.known[0], self.first), min(self.known[1], self.last)
            months = [Month.of_place(p).period for p in range(first.place, last.place + 1)]
            query = (
                select(table.period, *(_sum(getattr(table, name)) for name in SUMS))
                .where(table.period.in_(months), *conditions)
                .group_by(table.period)
            )
            rows = db.session.execute(query).all()
        return {Month.of_period(int(row[0])): Sums(*(int(v) for v in row)) for row in rows}


def rows_of(query: Any) -> list[Any]:
    """Many rows of plain integers, without the cost of a Row for each of a million."""
    result = db.session.connection().execute(query)
    found = result.cursor.fetchall()
    result.close()
    return list(found)


def among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """`column IN (…)` for thousands of ids as one value; a mark for each would be slow to read."""
    if db.engine.dialect.name == "sqlite":
        rows = func.json_each(json.dumps(ids)).table_valued("value")
        return column.in_(select(rows.c.value))  # type: ignore[no-any-return]
    return column == any_(literal(list(ids), ARRAY(BigInteger)))  # type: ignore[no-any-return]


def named(cls: Any, ids: Iterable[int], *more: Any) -> dict[int, Any]:
    """Number, name and what else is wanted of some customers or products."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = select(cls.id, cls.number, cls.name, *more).where(among(cls.id, wanted))
    found = db.session.execute(query) if more else rows_of(query)
    return {row[0]: row for row in found}


__all__ = [
    "MONEY",
    "QUANTITY",
    "SUMS",
    "Customer",
    "Product",
    "Selection",
    "Sums",
    "amount",
    "currencies",
    "known",
    "latest_month",
    "named",
    "rows_of",
]
