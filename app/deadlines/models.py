"""The days that are not what their weekday says."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped

from app.records import Choice, Choices, Record, Title, field


class DayKind(Choices):
    WORKDAY = "workday", _("Workday")
    REST = "rest", _("Rest day")
    MAKEUP = "makeup", _("Make-up workday")
    MORNING = "morning", _("Half day: morning")
    AFTERNOON = "afternoon", _("Half day: afternoon")


class CalendarDay(Record):
    """Holidays, make-up workdays and half days: by them every deadline is counted."""

    __tablename__ = "work_calendar"
    catalogue_code = "R235"
    sources = ("D8§7.1", "D8§7.2")
    numbered = "RL-{year}-{seq:04}"
    deletable = "unused"
    common = True
    found_by = ("day",)

    day: Mapped[date] = field(lazy_pgettext("calendar", "Day"), unique=True, sortable=True)
    kind: Mapped[Choice] = field(lazy_pgettext("calendar", "Kind"), choices=DayKind, sortable=True)
    name: Mapped[Title | None] = field(
        lazy_pgettext("calendar", "Name"), searched=True, help=_("National Day, make-up day …")
    )
