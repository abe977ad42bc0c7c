"""Sums of the facts by period, kept in the transaction that changes a fact.

A figure of ten million facts is answered in milliseconds because nobody adds ten million rows: a
customer's or product's sales of each month, quarter, year and of all time stand here already, and a
period of any length is a few of them added and subtracted.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.records.fields import ExactMoneyAmount, QuantityAmount


class _Sums:
    """Four exact sums; integers of their scale, so that SQL may add them."""

    sales: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    cost: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    gross_profit: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    quantity: Mapped[int] = mapped_column(QuantityAmount(), nullable=False, default=0)
    #: facts behind the sums; at 0 the row says nothing any more
    facts: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)


class SalesByCustomer(_Sums, Base):
    """A customer's sales of a period."""

    __tablename__ = "sales_by_customer"
    __table_args__ = (
        Index("ix_sales_by_customer_sales", "period", "sales"),
        {"sqlite_with_rowid": False},
    )

    #: 0 all time, 202600 a year, 202621…24 its quarters, 202601…12 its months
    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class SalesByProduct(_Sums, Base):
    """A product's sales of a period."""

    __tablename__ = "sales_by_product"
    __table_args__ = ({"sqlite_with_rowid": False},)

    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class SalesTotal(_Sums, Base):
    """The company's sales of a period in each currency."""

    __tablename__ = "sales_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(String(64), primary_key=True)
