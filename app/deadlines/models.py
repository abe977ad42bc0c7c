"""The days that are not what their weekday says, and what is due on which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.records import Choice, Choices, Kept, Record, Title, Word, field


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


class DutyOccurrence(Kept):
    """One time a periodic duty is due: when, what proves it, who was told."""

    __tablename__ = "reminder"
    __table_args__: Any = (
        UniqueConstraint("duty", "period"),
        Index("ix_reminder_open", "done_at", "due_at"),
    )
    catalogue_code = "R234"
    sources = ("D2",)
    deletable = "never"
    in_the_book = False
    titled_by = "duty"
    common = True

    duty: Mapped[Word] = field(_("Duty"), machine=True, sortable=True)
    period: Mapped[Word] = field(_("Period"), machine=True, sortable=True)
    article: Mapped[Word | None] = field(_("Article"), machine=True)
    first_on: Mapped[date | None] = field(_("May be done from"), machine=True)
    last_on: Mapped[date | None] = field(_("Concerns the time to"), machine=True)
    due_at: Mapped[datetime] = field(_("Due"), machine=True, sortable=True)
    done_at: Mapped[datetime | None] = field(_("Done at"), machine=True, sortable=True)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    note: Mapped[Title | None] = field(lazy_pgettext("duty", "Proof"), machine=True)
    evidence_register: Mapped[str | None] = mapped_column(String(60))
    evidence_id: Mapped[int | None] = mapped_column(Integer)
    reminded_at: Mapped[datetime | None] = field(_("Reminded at"), machine=True)
    escalated_at: Mapped[datetime | None] = field(_("Escalated at"), machine=True)
