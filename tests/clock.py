"""The clock stands still by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import time_machine

OFFICE = ZoneInfo("Asia/Shanghai")


@contextmanager
def on(day: str) -> Iterator[datetime]:
    """`with on("2026-03-01"):` is nine in the morning at the office; `on("2026-03-01 16:30")` is then."""
    moment = datetime.fromisoformat(day if len(day) > len("2026-03-01") else f"{day} 09:00")
    moment = moment.replace(tzinfo=OFFICE)
    with time_machine.travel(moment, tick=False):
        yield moment
