"""What time it is. Every date and instant of the house comes from here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: The office's clock: working days and "today" are those of the company.
OFFICE = ZoneInfo("Asia/Shanghai")

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The instant, in UTC."""
    return _told.get() or datetime.now(UTC)


def today() -> date:
    """The day it is in the office."""
    return in_office(now()).date()


@contextmanager
def telling_of(instant: datetime) -> Iterator[None]:
    """It is this instant. For the demonstration alone, which tells of days gone by (a house test sees to it)."""
    token = _told.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)


def in_office(instant: datetime) -> datetime:
    """The same instant on the office's clock."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(OFFICE)
