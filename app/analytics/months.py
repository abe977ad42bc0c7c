"""Months of the calendar, and how a period of any length is made of a few kept ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Self

_WRITTEN = re.compile(r"^(\d{4})-(\d{1,2})(?:-\d{1,2})?$")
#: the kept sums of all time
ALL_TIME = 0


@dataclass(frozen=True, order=True)
class Month:
    """A month; months are counted, so that one may add to them and take the distance."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> Self:
        """:raises ValueError: when it is no month: `2026-03`"""
        match = _WRITTEN.match(text.strip())
        if not match or not 1 <= int(match[2]) <= 12 or int(match[1]) < 1:
            raise ValueError(text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def of_place(cls, place: int) -> Self:
        return cls(place // 12, place % 12 + 1)

    @classmethod
    def of_period(cls, period: int) -> Self:
        return cls(period // 100, period % 100)

    @property
    def place(self) -> int:
        return self.year * 12 + self.month - 1

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def quarter(self) -> int:
        return (self.month + 2) // 3

    @property
    def period(self) -> int:
        """The number under which its sums are kept: 202603."""
        return self.year * 100 + self.month

    def plus(self, months: int) -> Self:
        return self.of_place(self.place + months)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Both ends included."""
    for place in range(first.place, last.place + 1):
        yield Month.of_place(place)


def periods_of(month: Month) -> tuple[int, int, int, int]:
    """The kept periods that a month belongs to: itself, its quarter, its year, all time."""
    year = month.year * 100
    return year + month.month, year + 20 + month.quarter, year, ALL_TIME


def pieces(first: Month, last: Month, known_from: Month, known_to: Month) -> dict[int, int]:
    """The kept periods whose signed sum is the period from `first` to `last`: {period: +1 or −1}.

    Nothing is known before `known_from` and after `known_to`, so a year that has only begun is
    already the whole year. From February on, a year is itself less January.
    """
    first, last = max(first, known_from), min(last, known_to)
    if first > last:
        return {}
    if (first, last) == (known_from, known_to):
        return {ALL_TIME: 1}
    found: dict[int, int] = {}
    for year in range(first.year, last.year + 1):
        found |= _of_a_year(
            year * 100,
            _places(year, first, last),
            _places(year, known_from, known_to),
        )
    return found


def _places(year: int, first: Month, last: Month) -> frozenset[int]:
    """The months of this year that lie between the two."""
    return frozenset(m for m in range(1, 13) if first <= Month(year, m) <= last)


def _of_a_year(year: int, wanted: frozenset[int], known: frozenset[int]) -> dict[int, int]:
    if not wanted:
        return {}
    direct = _of_quarters(year, wanted, known)
    less = {period: -sign for period, sign in _of_quarters(year, known - wanted, known).items()}
    return direct if len(direct) <= len(less) + 1 and wanted != known else {year: 1, **less}


def _of_quarters(year: int, wanted: frozenset[int], known: frozenset[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for quarter in range(1, 5):
        months = frozenset(range(quarter * 3 - 2, quarter * 3 + 1)) & known
        here = months & wanted
        if not here:
            continue
        others = months - here
        if len(here) <= len(others) + 1 and others:
            found |= {year + month: 1 for month in sorted(here)}
        else:
            found |= {year + 20 + quarter: 1} | {year + month: -1 for month in sorted(others)}
    return found
