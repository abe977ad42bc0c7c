"""Sums kept beside a register, in the transaction that changes it; held against it, made anew from it.

A figure of ten million rows is answered in milliseconds because nobody adds ten million rows: the
sums of each month, quarter, year and of all time stand there already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from app.analytics.months import Month, periods_of
from app.records import when_flushed
from app.records.flush import Flushed

Key = tuple[int, Any]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class KeptSums:
    """Sums of a register by period and one key each: (customer, month), (product, month).

    :param figures: column of the sums → column of the record that is added up
    :param counters: column of the sums → SQL that is 1 where the record counts, and the same in Python;
        the last one counts the records themselves: where it falls to 0 the row goes
    :param tables: table → (its key, the record's column that gives it)
    :param living: SQL and Python that say whether a record counts at all
    :param months_only: neither quarters nor years nor all time are kept
    :param lock: PostgreSQL's lock of those who write; loads touch thousands of sums in their own
        order, and two at once would wait for each other
    """

    record: Any
    figures: dict[str, str]
    counters: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]]
    tables: dict[str, tuple[str, str]]
    lock: int
    living: tuple[str, Callable[[dict[str, Any]], bool]] = ("1 = 1", lambda _values: True)
    months_only: bool = False
    #: columns besides that `counters` and `living` look at
    looked_at: tuple[str, ...] = ()

    @cached_property
    def sums(self) -> tuple[str, ...]:
        return (*self.figures, *self.counters)

    @cached_property
    def watched(self) -> tuple[str, ...]:
        keys = (attribute for _column, attribute in self.tables.values())
        return tuple(dict.fromkeys(("month", *keys, *self.figures.values(), *self.looked_at)))

    @cached_property
    def _scales(self) -> list[tuple[str, Any]]:
        columns = self.record.__table__.c
        return [(name, columns[name].type) for name in self.figures.values()]

    # -- following -----------------------------------------------------------------------------

    def start(self) -> KeptSums:
        """Follow the register from here on."""
        for name in self.watched:
            event.listen(
                getattr(self.record, name), "set", _know_the_former_value, active_history=True
            )
        when_flushed(self.follow)
        return self

    def lock_out_other_writers(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": self.lock})

    def follow(self, session: Session, flushed: Flushed) -> None:
        """What is confirmed is in every figure at once; what is rolled back never was."""
        deltas: dict[str, dict[Key, list[int]]] = {
            table: defaultdict(lambda: [0] * len(self.sums)) for table in self.tables
        }
        touched = False
        for sign, values in self._movements(flushed):
            touched = True
            self._add(deltas, sign, values)
        if touched:
            self._apply(session.connection(), deltas)

    def _movements(self, flushed: Flushed) -> Iterator[tuple[int, dict[str, Any]]]:
        """What leaves the sums (−1) and what enters them (+1)."""
        for record in flushed.added:
            if isinstance(record, self.record):
                yield from self._one(1, self._values(record))
        for record, difference in flushed.changed:
            if isinstance(record, self.record) and any(n in difference for n in self.watched):
                now = self._values(record)
                before = now | {n: old for n, (old, _new) in difference.items() if n in now}
                yield from self._one(-1, before)
                yield from self._one(1, now)
        for record in flushed.deleted:
            if isinstance(record, self.record):
                yield from self._one(-1, self._values(record))

    def _one(self, sign: int, values: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        if self.living[1](values):
            yield sign, values

    def _values(self, record: Any) -> dict[str, Any]:
        return {name: getattr(record, name) for name in self.watched}

    def _add(
        self, deltas: dict[str, dict[Key, list[int]]], sign: int, values: dict[str, Any]
    ) -> None:
        # As the database rounds, so do the sums.
        amounts = [
            sign * (kind.process_bind_param(values[name], None) or 0)
            for name, kind in self._scales
        ]
        amounts += [sign * int(counts(values)) for _sql, counts in self.counters.values()]
        periods = periods_of(Month.of(values["month"]))
        for period in periods[:1] if self.months_only else periods:
            for table, (_column, attribute) in self.tables.items():
                sums = deltas[table][period, values[attribute]]
                for place, amount in enumerate(amounts):
                    sums[place] += amount

    def _apply(self, connection: Connection, deltas: dict[str, dict[Key, list[int]]]) -> None:
        """Always in the same order; whoever else adds is added to, never overwritten."""
        for table in self.tables:
            rows = [(*key, *sums) for key, sums in sorted(deltas[table].items()) if any(sums)]
            if rows:
                self._upsert(connection, table, rows)
                self._sweep(connection, table, [row[:2] for row in rows if row[-1] < 0])

    def _kind(self, column: str) -> str:
        return "text" if column == "currency" else "integer"

    def _upsert(self, connection: Connection, table: str, rows: list[Row]) -> None:
        column = self.tables[table][0]
        columns = ("period", column, *self.sums)
        added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in self.sums)
        conflict = f"ON CONFLICT (period, {column}) DO UPDATE SET {added}"
        head = f"INSERT INTO {table} ({', '.join(columns)})"
        if connection.dialect.name == "postgresql":
            # One statement for a thousand rows: a statement each is a hundred times slower.
            kinds = ["integer", self._kind(column), *["bigint"] * len(self.sums)]
            arrays = ", ".join(
                f"CAST(:{name} AS {kind}[])" for name, kind in zip(columns, kinds, strict=True)
            )
            values = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
            statement = f"{head} SELECT * FROM unnest({arrays}) {conflict}"  # noqa: S608 - names of ours
            connection.execute(text(statement), values)
            return
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"{head} VALUES ({marks}) {conflict}", rows)

    def _sweep(self, connection: Connection, table: str, keys: list[Row]) -> None:
        """Sums behind which there is no record any more."""
        if not keys:
            return
        column, counter = self.tables[table][0], self.sums[-1]
        if connection.dialect.name == "postgresql":
            connection.execute(
                text(
                    f"DELETE FROM {table} t USING unnest(CAST(:periods AS integer[]), "  # noqa: S608 - names of ours
                    f"CAST(:items AS {self._kind(column)}[])) AS k(period, item) "
                    f"WHERE t.period = k.period AND t.{column} = k.item AND t.{counter} = 0"
                ),
                {"periods": [k[0] for k in keys], "items": [k[1] for k in keys]},
            )
            return
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE period = ? AND {column} = ? AND {counter} = 0",  # noqa: S608 - names of ours
            keys,
        )

    # -- made anew, and held against the register -------------------------------------------------

    def _from_records(self, dialect: str, attribute: str) -> str:
        month = {
            "sqlite": "CAST(strftime('%Y%m', month) AS INTEGER)",
            "postgresql": "CAST(to_char(month, 'YYYYMM') AS integer)",
        }[dialect]
        sums = [f"SUM(COALESCE({source}, 0)) AS {name}" for name, source in self.figures.items()]
        sums += [f"SUM({sql}) AS {name}" for name, (sql, _counts) in self.counters.items()]
        return (
            f"SELECT {month} AS period, {attribute} AS item, {', '.join(sums)} "  # noqa: S608 - names of ours
            f"FROM {self.record.__tablename__} WHERE {self.living[0]} GROUP BY 1, 2"
        )

    @property
    def _above(self) -> tuple[str, ...]:
        """From a month's number to that of its quarter, of its year, of all time."""
        if self.months_only:
            return ()
        return (
            "period / 100 * 100 + 20 + (period % 100 + 2) / 3",
            "period / 100 * 100",
            "0",
        )

    def rebuild(self, connection: Connection) -> dict[str, int]:
        """Make all sums anew from the register; says how many rows each table has."""
        self.lock_out_other_writers(connection)
        counts = {}
        for table, (column, attribute) in self.tables.items():
            head = f"INSERT INTO {table} (period, {column}, {', '.join(self.sums)})"
            sums = ", ".join(f"SUM({name})" for name in self.sums)
            statements = [
                f"DELETE FROM {table}",  # noqa: S608 - names of ours
                f"{head} {self._from_records(connection.dialect.name, attribute)}",
            ]
            statements += [
                f"{head} SELECT {above}, {column}, {sums} FROM {table} "  # noqa: S608 - names of ours
                f"WHERE period > 0 AND period % 100 BETWEEN 1 AND 12 GROUP BY 1, {column}"
                for above in self._above
            ]
            for statement in statements:
                connection.execute(text(statement))
            counts[table] = int(
                connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()  # noqa: S608 - names of ours
            )
        return counts

    def differences(self, connection: Connection) -> dict[str, int]:
        """How many sums are not those of the register: 0 everywhere, or something is wrong."""
        return {table: self._different(connection, table) for table in self.tables}

    def _different(self, connection: Connection, table: str) -> int:
        column, attribute = self.tables[table]
        # The cast makes PostgreSQL's numeric sums comparable with what is kept.
        whole = ", ".join(f"CAST(SUM({name}) AS bigint)" for name in self.sums)
        levels = [
            f"SELECT {level} AS period, item, {whole} FROM m GROUP BY 1, 2"  # noqa: S608 - names of ours
            for level in ("period", *self._above)
        ]
        names = ", ".join(self.sums)
        statement = (
            f"WITH m AS ({self._from_records(connection.dialect.name, attribute)}), "  # noqa: S608 - names of ours
            f"a AS ({' UNION ALL '.join(levels)}), "
            f"b AS (SELECT period, {column} AS item, {names} FROM {table}) "
            "SELECT COUNT(*) FROM (SELECT period, item FROM (SELECT * FROM a EXCEPT SELECT * FROM b) x "
            "UNION SELECT period, item FROM (SELECT * FROM b EXCEPT SELECT * FROM a) y) z"
        )
        return int(connection.execute(text(statement)).scalar_one())


def _know_the_former_value(*_anything: Any) -> None:
    """A listener that wants the former value makes SQLAlchemy load it before it is replaced."""
