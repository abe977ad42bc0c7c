"""The calendar of the house as it stands, and questions to it."""

from __future__ import annotations

from datetime import date, datetime, time

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.deadlines.calendar import WorkCalendar
from app.deadlines.models import CalendarDay
from app.extensions import db
from app.records import Flushed, clock, settings, when_flushed
from app.security import scopes

settings.declare(
    settings.Setting(
        "morning_ends",
        _("Morning shift ends at"),
        "12:00",
        group=_("Working hours"),
        source="DL-10",
        check=lambda value: _bad_time(value),
    ),
    settings.Setting(
        "day_ends",
        _("Afternoon shift ends at"),
        "17:30",
        group=_("Working hours"),
        source="DL-03, DL-04",
        help=_("The regulation says “before the end of the afternoon shift” and no time."),
        check=lambda value: _bad_time(value),
    ),
)


def _bad_time(value: str) -> str | None:
    try:
        time.fromisoformat(value)
    except ValueError:
        return str(_("Write a time: 17:30"))
    return None


_kept: dict[int, WorkCalendar] = {}


def calendar() -> WorkCalendar:
    """The calendar as it stands; read again after every change of a day or a setting."""
    epoch = scopes.epoch()
    if epoch not in _kept:
        rows = db.session.execute(
            select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.voided_at.is_(None))
        ).all()
        days = {row.day: row.kind for row in rows}
        _kept.clear()
        _kept[epoch] = WorkCalendar(
            days,
            frozenset(day.year for day in days),
            time.fromisoformat(settings.get("morning_ends")),
            time.fromisoformat(settings.get("day_ends")),
        )
    return _kept[epoch]


@when_flushed
def _another_calendar(session: Session, flushed: Flushed) -> None:
    touched = [*flushed.added, *flushed.deleted, *(record for record, _change in flushed.changed)]
    if any(isinstance(record, CalendarDay) for record in touched):
        scopes.rights_changed(session.connection())


def due_after(asked_at: datetime, days: int) -> datetime:
    """The end of the shift, so many working days after the day it was asked for."""
    table = calendar()
    return table.ends_at(table.after(clock.in_office(asked_at).date(), days))


def workdays_between(first: date, last: date) -> int:
    return calendar().count(first, last)


def fill() -> int:
    """The tables of the State Council, as far as the package knows them: what differs from the week."""
    import chinese_calendar

    many = 0
    for day, what in sorted(chinese_calendar.holidays.items()):
        if day.weekday() < 5:
            many += _enter(day, "rest", _holiday_name(what))
    for day, what in sorted(chinese_calendar.workdays.items()):
        if day.weekday() >= 5:
            many += _enter(day, "makeup", _holiday_name(what))
    db.session.flush()
    return many


#: years before that nobody's deadline lies in
_FROM_YEAR = 2024

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def _holiday_name(what: object) -> str:
    word = str(getattr(what, "value", what))
    return _NAMES.get(word, word)


def _enter(day: date, kind: str, name: str) -> int:
    if day.year < _FROM_YEAR:
        return 0
    db.session.add(CalendarDay(day=day, kind=kind, name=name))
    return 1
