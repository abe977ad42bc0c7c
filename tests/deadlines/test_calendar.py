"""Working days as the office counts them."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.deadlines import working_days
from app.deadlines.calendar import WorkCalendar
from app.deadlines.models import CalendarDay
from app.extensions import db
from app.records import clock, writing
from tests.clock import on

PLAIN = WorkCalendar()


@pytest.mark.catalogue("BR-017")
@pytest.mark.parametrize(
    ("n", "due"),
    [(2, "03-03"), (3, "03-04"), (10, "03-13"), (15, "03-20"), (20, "03-27")],
)
def test_the_day_of_receipt_counts_as_the_first_working_day(n, due):
    assert PLAIN.nth(date(2026, 3, 2), n) == date.fromisoformat(f"2026-{due}")


@pytest.mark.catalogue("BR-017")
def test_display_is_due_the_day_before_an_earlier_grading():
    received, grading = date(2026, 3, 2), date(2026, 3, 10)

    assert min(PLAIN.nth(received, 10), PLAIN.before(grading)) == date(2026, 3, 9)


def test_what_arrives_on_a_rest_day_begins_with_the_next_working_day():
    assert PLAIN.nth(date(2026, 3, 7), 1) == date(2026, 3, 9)


def test_a_make_up_saturday_counts_and_a_holiday_does_not():
    table = WorkCalendar({date(2026, 2, 14): "makeup", date(2026, 2, 16): "rest"})

    assert table.after(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert table.after(date(2026, 2, 14), 1) == date(2026, 2, 17)
    assert table.count(date(2026, 2, 13), date(2026, 2, 17)) == 3


def test_a_half_day_ends_with_its_half():
    day = date(2026, 2, 13)
    table = WorkCalendar({day: "morning"}, day_ends=time(17, 30))

    assert table.ends_at(day) == datetime(2026, 2, 13, 12, 0, tzinfo=clock.OFFICE)
    assert table.is_workday(day)
    assert WorkCalendar({day: "afternoon"}).ends_at(day).time() == time(17, 30)


kinds = st.dictionaries(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.sampled_from(["workday", "rest", "makeup", "morning", "afternoon"]),
    max_size=60,
)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(kinds, days, st.integers(1, 60))
def test_counting_on_and_counting_between_say_the_same(table, start, n):
    calendar = WorkCalendar(table)

    end = calendar.after(start, n)

    assert calendar.is_workday(end)
    assert calendar.count(start, end) - calendar.is_workday(start) == n
    assert calendar.before(calendar.after(end, 1)) == end


@given(kinds, days, st.integers(1, 30))
def test_wd_n_is_n_working_days_with_the_first_one_counted(table, start, n):
    calendar = WorkCalendar(table)

    assert calendar.count(start, calendar.nth(start, n)) == n


@pytest.mark.catalogue("R235")
def test_the_house_begins_with_the_tables_of_the_state_council(app):
    table = working_days.calendar()

    # 2026: the Spring Festival from 15 to 23 February, made up on the 14th and the 28th.
    assert table.kind_of(date(2026, 2, 14)) == "makeup"
    assert table.kind_of(date(2026, 2, 17)) == "rest"
    assert table.kind_of(date(2026, 2, 28)) == "makeup"
    assert table.count(date(2026, 2, 9), date(2026, 2, 28)) == 11
    assert table.knows(2026)
    assert not table.knows(2050)


@pytest.mark.catalogue("R235")
def test_a_changed_day_changes_what_is_due(app):
    with on("2026-03-06 10:00"):  # a Friday
        asked = clock.now()
        assert working_days.due_after(asked, 1).isoformat() == "2026-03-09T17:30:00+08:00"

        with writing("cli"):
            db.session.add(CalendarDay(day=date(2026, 3, 7), kind="makeup"))
        assert working_days.due_after(asked, 1).isoformat() == "2026-03-07T17:30:00+08:00"

        with writing("cli"):
            db.session.scalars(
                select(CalendarDay).where(CalendarDay.day == date(2026, 3, 7))
            ).one().kind = "morning"
        assert working_days.due_after(asked, 1).isoformat() == "2026-03-07T12:00:00+08:00"


@pytest.mark.catalogue("R235")
def test_the_year_is_seen_by_all_and_changed_by_the_administrator(people, as_):
    page = as_(people.alice).get("/calendar/2026")
    assert page.status_code == 200
    assert "调休上班" in page.text
    assert "录入" not in page.text
    assert "按周一至周五计算" in as_(people.alice).get("/calendar/2050").text
    assert as_(people.alice).post("/calendar/day", data={"day": "2026-03-07"}).status_code == 403

    assert "设置某一天" in as_(people.admin).get("/calendar/2026").text
    as_(people.admin).post("/calendar/day", data={"day": "2026-03-07", "kind": "makeup"})

    assert working_days.calendar().is_workday(date(2026, 3, 7))
