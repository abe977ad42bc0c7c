"""The sums that follow facts and statements of stock, and what facts are completed with before they count."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Integer, String, event, inspect, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.analytics.rollups import KeptSums
from app.domains.directory.models import Customer
from app.domains.sales.models import CustomerStock, SalesFact
from app.extensions import Base
from app.records import settings
from app.records.fields import ExactMoneyAmount, MoneyAmount, QuantityAmount


class _Sales:
    """Four exact sums; integers of their scale, so that SQL may add them."""

    sales: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    cost: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    gross_profit: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    quantity: Mapped[int] = mapped_column(QuantityAmount(), nullable=False, default=0)
    #: facts behind the sums; a row that has none is deleted
    facts: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)


class SalesByCustomer(_Sales, Base):
    """A customer's sales of a period."""

    __tablename__ = "sales_by_customer"
    __table_args__ = (
        # A ranking of a million customers is read from this index as it stands.
        Index("ix_sales_by_customer_sales", "period", "sales"),
        # PostgreSQL keeps rows apart from their key, and would fetch each; SQLite keeps them in it.
        Index(
            "ix_sales_by_customer_whole",
            "period",
            "customer_id",
            postgresql_include=["sales", "cost", "gross_profit", "quantity", "facts"],
            sqlite_where=text("period < 0"),
        ),
        {"sqlite_with_rowid": False},
    )

    #: 0 all time, 202600 a year, 202621…24 its quarters, 202601…12 its months
    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class SalesByProduct(_Sales, Base):
    """A product's sales of a period."""

    __tablename__ = "sales_by_product"
    __table_args__ = ({"sqlite_with_rowid": False},)

    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class SalesTotal(_Sales, Base):
    """The company's sales of a period in each currency."""

    __tablename__ = "sales_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(String(64), primary_key=True)


class StockByProduct(Base):
    """What all customers together hold of a product in a month (BR-056)."""

    __tablename__ = "stock_by_product"
    __table_args__ = ({"sqlite_with_rowid": False},)

    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    opening: Mapped[int] = mapped_column(MoneyAmount(), nullable=False, default=0)
    closing: Mapped[int] = mapped_column(MoneyAmount(), nullable=False, default=0)
    opening_quantity: Mapped[int] = mapped_column(QuantityAmount(), nullable=False, default=0)
    closing_quantity: Mapped[int] = mapped_column(QuantityAmount(), nullable=False, default=0)
    with_quantity: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    statements: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)


FACTS = KeptSums(
    SalesFact,
    figures={
        "sales": "sales_amount",
        "cost": "cost",
        "gross_profit": "gross_profit",
        "quantity": "quantity",
    },
    counters={"facts": ("1", lambda _values: True)},
    tables={
        "sales_by_customer": ("customer_id", "customer_id"),
        "sales_by_product": ("product_id", "product_id"),
        "sales_total": ("currency", "currency"),
    },
    lock=7_210_052,
).start()

STOCK = KeptSums(
    CustomerStock,
    figures={
        "opening": "opening_stock",
        "closing": "closing_stock",
        "opening_quantity": "opening_quantity",
        "closing_quantity": "closing_quantity",
    },
    counters={
        "with_quantity": (
            "CASE WHEN opening_quantity IS NULL THEN 0 ELSE 1 END",
            lambda values: values["opening_quantity"] is not None,
        ),
        "statements": ("1", lambda _values: True),
    },
    tables={"stock_by_product": ("product_id", "product_id")},
    lock=7_210_053,
    living=("voided_at IS NULL", lambda values: values["voided_at"] is None),
    months_only=True,
    looked_at=("voided_at",),
).start()

ALL = (FACTS, STOCK)


@event.listens_for(Session, "before_flush", insert=True)
def _complete(session: Session, _context: Any, _instances: Any) -> None:
    """Cost or gross profit, currency and representative, before the rules look at a fact."""
    touched = [
        r for r in (*session.new, *session.dirty) if isinstance(r, SalesFact | CustomerStock)
    ]
    deleted = [r for r in session.deleted if isinstance(r, SalesFact | CustomerStock)]
    if not touched and not deleted:
        return
    with session.no_autoflush:
        for sums in ALL:
            if any(isinstance(r, sums.record) for r in (*touched, *deleted)):
                sums.lock_out_other_writers(session.connection())
        currency = settings.get("sales_currency")
        for record in touched:
            _follow_relations(record)
            if not record.currency:
                record.currency = currency
            if isinstance(record, SalesFact):
                record.complete()
        _name_representatives(
            session, [r for r in touched if isinstance(r, SalesFact) and r in session.new]
        )


def _follow_relations(record: SalesFact | CustomerStock) -> None:
    """Who hangs another customer onto a fact has changed its customer_id, and that counts now."""
    for relation in ("customer", "product"):
        state: Any = inspect(record)
        history = state.attrs[relation].history
        if history.added and history.added[0] is not None and history.added[0].id is not None:
            setattr(record, f"{relation}_id", history.added[0].id)


def _name_representatives(session: Session, facts: list[SalesFact]) -> None:
    unnamed = [f for f in facts if f.rep_id is None and f.rep is None and f.customer_id]
    ids = sorted({f.customer_id for f in unnamed})
    found: dict[int, int | None] = {}
    for start in range(0, len(ids), 5000):
        query = select(Customer.id, Customer.responsible_rep_id).where(
            Customer.id.in_(ids[start : start + 5000])
        )
        found |= {row[0]: row[1] for row in session.execute(query)}
    for fact in unnamed:
        fact.rep_id = found.get(fact.customer_id)


def rebuild(connection: Connection) -> dict[str, int]:
    """Make all sums of sales and stock anew; says how many rows each table has."""
    return {table: many for sums in ALL for table, many in sums.rebuild(connection).items()}


def differences(connection: Connection) -> dict[str, int]:
    """How many sums differ from facts and statements, for each table."""
    return {table: many for sums in ALL for table, many in sums.differences(connection).items()}
