"""Numbers of records: gap-free within register and period, also when many write at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.records import clock

_FIELD = re.compile(r"{(\w+)(?::([^}]*))?}")


class NumberCounter(Base):
    """The last number given; a row for each register and period.

    The row is locked by the transaction that takes a number, so a number that was not kept comes
    back with the rollback, and no two writers ever hold the same one.
    """

    __tablename__ = "number_counter"
    __table_args__ = {}

    register: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


_TAKE = text(
    "INSERT INTO number_counter (register, period, last) VALUES (:register, :period, :many) "
    "ON CONFLICT (register, period) DO UPDATE SET last = number_counter.last + :many "
    "RETURNING last"
)


def period_of(pattern: str) -> str:
    """The part of the pattern that starts the count anew: year, month, or nothing."""
    day = clock.today()
    names = {name for name, _format in _FIELD.findall(pattern)}
    if "month" in names:
        return f"{day:%Y%m}"
    return f"{day:%Y}" if "year" in names else ""


def take(connection: Connection, register: str, pattern: str, many: int = 1) -> list[str]:
    """The next numbers of a register."""
    day = clock.today()
    last = connection.execute(
        _TAKE, {"register": register, "period": period_of(pattern), "many": many}
    ).scalar_one()
    return [
        pattern.format(year=day.year, month=day.month, seq=last - many + 1 + nth)
        for nth in range(many)
    ]


def number_records(connection: Connection, records: Iterable[Any]) -> None:
    """Give a number to those that have none and have left draft."""
    waiting: dict[type[Any], list[Any]] = defaultdict(list)
    for record in records:
        if record.numbered and not record.number and not record.is_draft:
            waiting[type(record)].append(record)
    # One order for everybody, else two clicks that number two registers could block each other.
    for cls in sorted(waiting, key=lambda cls: cls.__tablename__):
        given = take(connection, cls.__tablename__, cls.numbered, len(waiting[cls]))
        for record, number in zip(waiting[cls], given, strict=True):
            record.number = number


def keep_clear(
    connection: Connection, register: str, pattern: str, numbers: Iterable[str]
) -> None:
    """Numbers that came from outside and look like our own are not given a second time."""
    highest: dict[str, int] = {}
    shape = _shape(pattern)
    for number in numbers:
        if found := shape.fullmatch(number):
            parts = found.groupdict()
            period = parts.get("year") or ""
            if "month" in parts:
                period += f"{int(parts['month']):02}"
            highest[period] = max(highest.get(period, 0), int(parts["seq"]))
    for period, last in sorted(highest.items()):
        connection.execute(
            _KEEP_CLEAR, {"register": register, "period": period[:10], "last": last}
        )


_KEEP_CLEAR = text(
    "INSERT INTO number_counter (register, period, last) VALUES (:register, :period, :last) "
    "ON CONFLICT (register, period) DO UPDATE SET last = "
    "CASE WHEN number_counter.last < excluded.last THEN excluded.last ELSE number_counter.last END"
)


def _shape(pattern: str) -> re.Pattern[str]:
    """The pattern of a number, read backwards."""
    parts, at = [], 0
    for field in _FIELD.finditer(pattern):
        parts.append(re.escape(pattern[at : field.start()]))
        digits = {"year": r"\d{4}", "month": r"\d{1,2}"}.get(field[1], r"\d{1,9}")
        parts.append(f"(?P<{field[1]}>{digits})")
        at = field.end()
    return re.compile("".join(parts) + re.escape(pattern[at:]))
