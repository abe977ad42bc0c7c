"""What time it is. Every date and instant of the house comes from here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: The office's clock: working days and "today" are those of the company.
OFFICE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in the office."""
    return datetime.now(OFFICE).date()


def in_office(instant: datetime) -> datetime:
    """The same instant on the office's clock."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(OFFICE)
