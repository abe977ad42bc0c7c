"""The periods that reports and checks are about: 2026-03, 2026Q1, 2026H1, 2026."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

PERIODS = {
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
    "quarter": re.compile(r"\d{4}Q[1-4]"),
    "year": re.compile(r"\d{4}"),
}
HALF_YEAR = re.compile(r"(\d{4})H([12])")


def days_of_period(period: str) -> tuple[date, date] | None:
    """The first and last day of 2026-05, 2026Q2, 2026H1 or 2026; None for anything else.

    >>> days_of_period("2026Q2")
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    year, rest = int(period[:4]) if period[:4].isdecimal() else 0, period[4:]
    if not year:
        return None
    if not rest and PERIODS["year"].fullmatch(period):
        first, last = 1, 12
    elif PERIODS["month"].fullmatch(period):
        first = last = int(rest[1:])
    elif PERIODS["quarter"].fullmatch(period):
        last = int(rest[1:]) * 3
        first = last - 2
    elif HALF_YEAR.fullmatch(period):
        last = int(rest[1:]) * 6
        first = last - 5
    else:
        return None
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
