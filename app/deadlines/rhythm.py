"""How often something is due: each kind of duty of the regulations as a list of periods in a year."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.deadlines.calendar import WorkCalendar


@dataclass(frozen=True)
class Period:
    """One time a duty is due.

    :param key: names it: "2026-Q1", "2026-03", "2026-03-02"
    :param first: from this day on it may be done
    :param last: the last day of what it is about (a month that is reported on)
    :param due: the moment it is late
    """

    key: str
    first: date
    last: date
    due: datetime


Rhythm = Callable[[int, WorkCalendar], list[Period]]


def every_workday(year: int, table: WorkCalendar) -> list[Period]:
    """Each working day, until its shift ends."""
    day, found = date(year, 1, 1), []
    while day.year == year:
        if table.is_workday(day):
            found.append(Period(day.isoformat(), day, day, table.ends_at(day)))
        day += timedelta(days=1)
    return found


def weekly(year: int, table: WorkCalendar) -> list[Period]:
    """Each week, until its last working day ends; a week of holidays asks for nothing."""
    monday, found = date.fromisocalendar(year, 1, 1), []
    while monday.isocalendar().year == year:
        week = [monday + timedelta(days=n) for n in range(7)]
        worked = [day for day in week if table.is_workday(day)]
        if worked:
            number = monday.isocalendar().week
            found.append(
                Period(f"{year}-W{number:02}", week[0], week[-1], table.ends_at(worked[-1]))
            )
        monday += timedelta(days=7)
    return found


def month_after(workday: int) -> Rhythm:
    """What concerns a month, until the n-th working day of the next one."""

    def months(year: int, table: WorkCalendar) -> list[Period]:
        found = []
        for month in range(1, 13):
            last = date(year, month, monthrange(year, month)[1])
            due = table.after(last, workday)
            found.append(
                Period(f"{year}-{month:02}", date(year, month, 1), last, table.ends_at(due))
            )
        return found

    return months


def quarter_after(workday: int) -> Rhythm:
    """What concerns a quarter, until the n-th working day after its end."""

    def quarters(year: int, table: WorkCalendar) -> list[Period]:
        return [
            Period(p.key, p.first, p.last, table.ends_at(table.after(p.last, workday)))
            for p in quarterly(year, table)
        ]

    return quarters


def quarterly(year: int, table: WorkCalendar) -> list[Period]:
    """Once each quarter, before it ends."""
    found = []
    for number in range(4):
        last = date(year, 3 * number + 3, monthrange(year, 3 * number + 3)[1])
        first = date(year, 3 * number + 1, 1)
        found.append(Period(f"{year}-Q{number + 1}", first, last, table.ends_at(last)))
    return found


def half_yearly(year: int, table: WorkCalendar) -> list[Period]:
    """Once each half-year: by 30 June, by 31 December."""
    halves = (date(year, 1, 1), date(year, 6, 30)), (date(year, 7, 1), date(year, 12, 31))
    return [
        Period(f"{year}-H{n}", first, last, table.ends_at(last))
        for n, (first, last) in enumerate(halves, start=1)
    ]


def within(first: tuple[int, int], last: tuple[int, int]) -> Rhythm:
    """Once a year between two days: (month, day) each."""

    def once(year: int, table: WorkCalendar) -> list[Period]:
        start, end = date(year, *first), date(year, *last)
        return [Period(str(year), start, end, table.ends_at(end))]

    return once


def yearly_by(month: int, day: int) -> Rhythm:
    """Once a year, by this day."""
    return within((1, 1), (month, day))


def last_days_of(days: int, *months: int) -> Rhythm:
    """Within the last calendar days of certain months (月末5日)."""

    def ends(year: int, table: WorkCalendar) -> list[Period]:
        found = []
        for month in months:
            last = date(year, month, monthrange(year, month)[1])
            first = last - timedelta(days=days - 1)
            found.append(Period(f"{year}-{month:02}", first, last, table.ends_at(last)))
        return found

    return ends
