"""Counting in Chinese working days: holidays, make-up days (调休) and half days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from app.records import clock

WORKDAY, REST, MAKEUP, MORNING, AFTERNOON = "workday", "rest", "makeup", "morning", "afternoon"
_DAY = timedelta(days=1)
#: nobody counts further: a table of nothing but rest days must not run for ever
_FAR = 3660


@dataclass(frozen=True)
class WorkCalendar:
    """The days that are not what their weekday says, by date; and when the shifts end.

    :param days: date → workday, rest, makeup (a weekend day that is worked), morning or afternoon
        (only that half is worked)
    :param years: years for which a table was entered; another one counts Monday to Friday
    """

    days: Mapping[date, str] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    morning_ends: time = time(12)
    day_ends: time = time(17, 30)

    def kind_of(self, day: date) -> str:
        return self.days.get(day) or (WORKDAY if day.weekday() < 5 else REST)

    def is_workday(self, day: date) -> bool:
        return self.kind_of(day) != REST

    def nth(self, start: date, n: int) -> date:
        """WDn: the n-th working day, the day of receipt counted as the first (BR-017).

        >>> WorkCalendar().nth(date(2026, 3, 2), 10)
        datetime.date(2026, 3, 13)
        """
        day = start
        while not self.is_workday(day):
            day += _DAY
        return self.after(day, n - 1)

    def after(self, start: date, n: int) -> date:
        """So many working days after a day, which itself is not counted."""
        day, left, walked = start, n, 0
        while left > 0:
            day, walked = day + _DAY, walked + 1
            if walked > _FAR:
                raise ValueError("the calendar has no working days")
            left -= self.is_workday(day)
        return day

    def before(self, day: date) -> date:
        """The last working day before a day."""
        for _back in range(_FAR):
            day -= _DAY
            if self.is_workday(day):
                return day
        raise ValueError("the calendar has no working days")

    def count(self, first: date, last: date) -> int:
        """Working days from the one to the other, both counted; a half day is one."""
        return sum(self.is_workday(first + _DAY * step) for step in range((last - first).days + 1))

    def ends_at(self, day: date, *, morning: bool = False) -> datetime:
        """When the shift of a day ends, on the office's clock; a half day ends with its half."""
        early = morning or self.kind_of(day) == MORNING
        return datetime.combine(day, self.morning_ends if early else self.day_ends, clock.OFFICE)

    def knows(self, year: int) -> bool:
        """Whether a table of this year was entered."""
        return year in self.years
