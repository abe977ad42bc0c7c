"""Sums of the facts by period, kept in the transaction that changes a fact.

A figure of ten million facts is answered in milliseconds because nobody adds ten million rows: a
customer's or product's sales of each month, quarter, year and of all time stand here already, and a
period of any length is a few of them added and subtracted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Integer, String, event, inspect, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.analytics.months import Month, periods_of
from app.domains.directory.models import Customer
from app.domains.sales.models import SalesFact
from app.extensions import Base
from app.records import settings, when_flushed
from app.records.fields import ExactMoneyAmount, QuantityAmount
from app.records.flush import Flushed


class _Sums:
    """Four exact sums; integers of their scale, so that SQL may add them."""

    sales: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    cost: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    gross_profit: Mapped[int] = mapped_column(ExactMoneyAmount(), nullable=False, default=0)
    quantity: Mapped[int] = mapped_column(QuantityAmount(), nullable=False, default=0)
    #: facts behind the sums; a row that has none is deleted
    facts: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)


class SalesByCustomer(_Sums, Base):
    """A customer's sales of a period."""

    __tablename__ = "sales_by_customer"
    __table_args__ = (
        # A ranking of a million customers is read from this index as it stands.
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


#: table → its second key, and the attribute of the fact that gives it
_KEPT = {
    "sales_by_customer": ("customer_id", "customer_id"),
    "sales_by_product": ("product_id", "product_id"),
    "sales_total": ("currency", "currency"),
}
_SUMS = ("sales", "cost", "gross_profit", "quantity", "facts")
#: what a fact adds to the sums, and under which keys
_FIGURES = ("sales_amount", "cost", "gross_profit", "quantity")
_TYPES = tuple(SalesFact.__table__.c[name].type for name in _FIGURES)
_KEYS = ("customer_id", "product_id", "currency", "month")
#: PostgreSQL's lock of those who write facts: any number, as long as it is always this one
_FACTS = 7_210_052

Key = tuple[int, Any]
Deltas = dict[str, dict[Key, list[int]]]


def _always_know_the_former_value(*_anything: Any) -> None:
    """A listener that wants the former value makes SQLAlchemy load it before it is replaced."""


for _name in (*_KEYS, *_FIGURES):
    event.listen(
        getattr(SalesFact, _name), "set", _always_know_the_former_value, active_history=True
    )


@event.listens_for(Session, "before_flush", insert=True)
def _complete_facts(session: Session, _context: Any, _instances: Any) -> None:
    """Cost or gross profit, currency and representative, before the rules look at the facts."""
    facts = [f for f in (*session.new, *session.dirty) if isinstance(f, SalesFact)]
    if not facts and not any(isinstance(f, SalesFact) for f in session.deleted):
        return
    with session.no_autoflush:
        _one_writer_of_facts(session.connection())
        currency = settings.get("sales_currency")
        for fact in facts:
            _follow_relations(fact)
            fact.complete()
            if not fact.currency:
                fact.currency = currency
        _name_representatives(session, [f for f in facts if f in session.new])


def _follow_relations(fact: SalesFact) -> None:
    """Who hangs another customer onto a fact has changed its customer_id, and that counts now."""
    for relation in ("customer", "product"):
        history = inspect(fact).attrs[relation].history
        if history.added and history.added[0] is not None and history.added[0].id is not None:
            setattr(fact, f"{relation}_id", history.added[0].id)


def _one_writer_of_facts(connection: Connection) -> None:
    """Loads touch thousands of sums in their own order: two at once would wait for each other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FACTS})


def _name_representatives(session: Session, facts: list[SalesFact]) -> None:
    unnamed = [f for f in facts if f.rep_id is None and f.rep is None and f.customer_id]
    ids = sorted({f.customer_id for f in unnamed})
    found: dict[int, int | None] = {}
    for start in range(0, len(ids), 5000):
        query = select(Customer.id, Customer.responsible_rep_id)
        found |= dict(
            session.execute(query.where(Customer.id.in_(ids[start : start + 5000]))).all()
        )
    for fact in unnamed:
        fact.rep_id = found.get(fact.customer_id)


@when_flushed
def keep_sums(session: Session, flushed: Flushed) -> None:
    """The sums follow in the same transaction: what is confirmed is in every figure at once."""
    deltas: Deltas = {table: defaultdict(lambda: [0] * len(_SUMS)) for table in _KEPT}
    touched = False
    for sign, values in _movements(flushed):
        touched = True
        _add(deltas, sign, values)
    if touched:
        apply(session.connection(), deltas)


def _movements(flushed: Flushed) -> Iterator[tuple[int, dict[str, Any]]]:
    """What leaves the sums (−1) and what enters them (+1)."""
    for record in flushed.added:
        if isinstance(record, SalesFact):
            yield 1, _values(record)
    for record, difference in flushed.changed:
        if isinstance(record, SalesFact) and any(n in difference for n in (*_KEYS, *_FIGURES)):
            now = _values(record)
            yield -1, now | {n: old for n, (old, _new) in difference.items() if n in now}
            yield 1, now
    for record in flushed.deleted:
        if isinstance(record, SalesFact):
            yield -1, _values(record)


def _values(fact: SalesFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in (*_KEYS, *_FIGURES)}


def _add(deltas: Deltas, sign: int, values: dict[str, Any]) -> None:
    amounts = [
        sign * (kind.process_bind_param(values[name], None) or 0)
        for name, kind in zip(_FIGURES, _TYPES, strict=True)
    ]
    amounts.append(sign)
    for period in periods_of(Month.of(values["month"])):
        for table, (_column, attribute) in _KEPT.items():
            sums = deltas[table][period, values[attribute]]
            for place, amount in enumerate(amounts):
                sums[place] += amount


def apply(connection: Connection, deltas: Deltas) -> None:
    """Add to the sums, always in the same order; whoever else adds is added to, never overwritten."""
    for table in _KEPT:
        rows = [(*key, *sums) for key, sums in sorted(deltas[table].items()) if any(sums)]
        if rows:
            _upsert(connection, table, rows)
            _sweep(connection, table, [row[:2] for row in rows if row[-1] < 0])


def _upsert(connection: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    column = _KEPT[table][0]
    columns = ("period", column, *_SUMS)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUMS)
    conflict = f"ON CONFLICT (period, {column}) DO UPDATE SET {added}"
    head = f"INSERT INTO {table} ({', '.join(columns)})"
    if connection.dialect.name == "postgresql":
        # One statement for a thousand rows: a statement each is a hundred times slower.
        kinds = ["integer", "text" if column == "currency" else "integer", *["bigint"] * 5]
        arrays = ", ".join(
            f"CAST(:{name} AS {kind}[])" for name, kind in zip(columns, kinds, strict=True)
        )
        values = {
            name: list(value) for name, value in zip(columns, zip(*rows, strict=True), strict=True)
        }
        statement = f"{head} SELECT * FROM unnest({arrays}) {conflict}"  # noqa: S608 - names of ours
        connection.execute(text(statement), values)
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"{head} VALUES ({marks}) {conflict}", rows)


def _sweep(connection: Connection, table: str, keys: list[Key]) -> None:
    """Sums behind which there is no fact any more."""
    if not keys:
        return
    column = _KEPT[table][0]
    kind = "text" if column == "currency" else "integer"
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                f"DELETE FROM {table} t USING unnest(CAST(:periods AS integer[]), CAST(:items AS {kind}[])) "  # noqa: S608 - names of ours
                f"AS k(period, item) WHERE t.period = k.period AND t.{column} = k.item AND t.facts = 0"
            ),
            {"periods": [k[0] for k in keys], "items": [k[1] for k in keys]},
        )
        return
    connection.exec_driver_sql(
        f"DELETE FROM {table} WHERE period = ? AND {column} = ? AND facts = 0",  # noqa: S608 - names of ours
        keys,
    )


# -- made anew, and held against the facts ----------------------------------------------------------

_MONTH = {
    "sqlite": "CAST(strftime('%Y%m', month) AS INTEGER)",
    "postgresql": "CAST(to_char(month, 'YYYYMM') AS integer)",
}
#: a month's number → the number of its quarter, its year, all time
_ABOVE = (
    "period / 100 * 100 + 20 + (period % 100 + 2) / 3",
    "period / 100 * 100",
    "0",
)


def _from_facts(dialect: str, column: str) -> str:
    return (
        f"SELECT {_MONTH[dialect]} AS period, {column}, SUM(sales_amount) AS sales, "  # noqa: S608 - names of ours
        "SUM(COALESCE(cost, 0)) AS cost, SUM(COALESCE(gross_profit, 0)) AS gross_profit, "
        "SUM(COALESCE(quantity, 0)) AS quantity, COUNT(*) AS facts "
        f"FROM sales_fact GROUP BY 1, {column}"
    )


def rebuild(connection: Connection) -> dict[str, int]:
    """Make all sums anew from the facts; says how many rows each table has."""
    _one_writer_of_facts(connection)
    counts = {}
    for table, (column, _attribute) in _KEPT.items():
        columns = f"(period, {column}, {', '.join(_SUMS)})"
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of ours
        connection.execute(
            text(f"INSERT INTO {table} {columns} {_from_facts(connection.dialect.name, column)}")
        )
        sums = ", ".join(f"SUM({name})" for name in _SUMS)
        for above in _ABOVE:
            connection.execute(
                text(
                    f"INSERT INTO {table} {columns} SELECT {above}, {column}, {sums} FROM {table} "  # noqa: S608 - names of ours
                    f"WHERE period > 0 AND period % 100 BETWEEN 1 AND 12 GROUP BY 1, {column}"
                )
            )
        counts[table] = int(
            connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()  # noqa: S608 - names of ours
        )
    return counts


def differences(connection: Connection) -> dict[str, int]:
    """How many sums of each table are not those of the facts: 0 everywhere, or something is wrong."""
    found = {}
    for table, (column, _attribute) in _KEPT.items():
        months = _from_facts(connection.dialect.name, column)
        names = ", ".join(_SUMS)
        sums = ", ".join(f"SUM({name})" for name in _SUMS)
        # The cast makes PostgreSQL's numeric sums comparable with what is kept.
        whole = ", ".join(f"CAST({name} AS bigint)" for name in _SUMS)
        levels = [f"SELECT period, {column}, {names} FROM m"]  # noqa: S608 - names of ours
        levels += [
            f"SELECT {above}, {column}, {sums} FROM m GROUP BY 1, {column}"  # noqa: S608 - names of ours
            for above in _ABOVE
        ]
        right = (
            f"SELECT period, {column}, {whole} FROM "  # noqa: S608 - names of ours
            f"({' UNION ALL '.join(levels)}) AS r(period, {column}, {names})"
        )
        if connection.dialect.name == "sqlite":
            right = f"SELECT * FROM ({' UNION ALL '.join(levels)})"  # noqa: S608 - names of ours
        kept = f"SELECT period, {column}, {names} FROM {table}"  # noqa: S608 - names of ours
        found[table] = int(
            connection.execute(
                text(
                    f"WITH m AS ({months}), a AS ({right}), b AS ({kept}) "  # noqa: S608 - names of ours
                    "SELECT (SELECT COUNT(*) FROM (SELECT * FROM a EXCEPT SELECT * FROM b) x) "
                    "+ (SELECT COUNT(*) FROM (SELECT * FROM b EXCEPT SELECT * FROM a) y)"
                )
            ).scalar_one()
        )
    return found
