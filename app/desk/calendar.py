"""The working calendar of a year on one page, and its register."""

from __future__ import annotations

import calendar as almanac
from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, render_template, request
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.deadlines.models import CalendarDay, DayKind
from app.deadlines.working_days import calendar
from app.extensions import db
from app.records import Refused, clock
from app.registers.declare import Section, View
from app.registers.page import Page, asks_for, expose
from app.registers.saving import saving
from app.registers.view import RegisterView
from app.security import scopes


class CalendarDayView(RegisterView):
    record = CalendarDay
    title = _l("Working calendar")
    icon = "calendar"
    kind = "lookup"
    list_columns = ("number", "day", "kind", "name")
    layout = (Section(_l("Day"), "day", "kind", "name", article="D8§7.1"),)
    order = "-day"
    views = (
        View("makeup", _l("Make-up workdays"), (("kind", "is", "makeup"),)),
        View("half", _l("Half days"), (("kind", "is", "morning,afternoon"),)),
    )


class CalendarPages(Page):
    """Twelve months at a glance; who may edit the calendar sets a day with two clicks."""

    route_base = "/calendar"
    default_view = "index"

    @expose("/")
    @asks_for("r", "work_calendar")
    def index(self) -> Any:
        return self.year(clock.today().year)

    @expose("/<int:year>")
    @asks_for("r", "work_calendar")
    def year(self, year: int) -> Any:
        if not 1990 <= year <= 2200:
            abort(404)
        table = calendar()
        names = dict(
            db.session.execute(
                select(CalendarDay.day, CalendarDay.name).where(
                    CalendarDay.day >= date(year, 1, 1),
                    CalendarDay.day <= date(year, 12, 31),
                    CalendarDay.voided_at.is_(None),
                )
            ).all()
        )
        words = dict(DayKind.options())
        months = [
            (
                format_date(date(year, month, 1), "LLLL"),
                [
                    [
                        (day, table.kind_of(day), names.get(day) or "", day in table.days)
                        if day.month == month
                        else None
                        for day in week
                    ]
                    for week in almanac.Calendar(0).monthdatescalendar(year, month)
                ],
            )
            for month in range(1, 13)
        ]
        return render_template(
            "desk/calendar.html",
            year=year,
            months=months,
            known=table.knows(year),
            today=clock.today(),
            words=words,
            weekdays=[format_date(date(2024, 1, day), "EEEEE") for day in range(1, 8)],
            count=table.count(date(year, 1, 1), date(year, 12, 31)),
            may_edit=scopes.may(g.person, "e", "work_calendar"),
        )

    @expose("/day", methods=["POST"])
    @asks_for("e", "work_calendar")
    def set_day(self) -> Any:
        """Give a day its kind; "" gives it back to the week."""
        try:
            day = date.fromisoformat(request.form.get("day", ""))
        except ValueError:
            abort(404)
        kind = request.form.get("kind", "")
        row = db.session.scalar(select(CalendarDay).where(CalendarDay.day == day))
        try:
            with saving():
                if not kind:
                    if row is not None:
                        db.session.delete(row)
                elif row is None:
                    db.session.add(
                        CalendarDay(day=day, kind=kind, name=request.form.get("name") or None)
                    )
                else:
                    row.kind = kind
                    row.name = request.form.get("name") or row.name
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(_("The calendar is changed; deadlines are counted anew."), "success")
        return redirect(f"/calendar/{day.year}")
