"""What is due for one record on a day of its own: half days and make-up Saturdays move it, nobody is told twice."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.deadlines import dates
from app.deadlines.models import CalendarDay
from app.domains.infosec.models import PermissionReview
from app.extensions import db
from app.notices.models import Notification
from app.records import writing
from tests import people as persons
from tests.approvals.test_casework import hand_over
from tests.approvals.test_casework import pair as pair
from tests.clock import on


@pytest.fixture
def boss(people):
    with writing("cli"):
        return persons.hire(
            "gina", "高敏", people.office, people.alice.employee.post, "general_manager"
        )


@pytest.fixture
def review(people):
    """bob has to sign it by Friday, 6 March."""
    with writing("cli"):
        row = PermissionReview(
            name="2026 · 销售部",
            system="台账",
            reviewer=people.bob.employee,
            due_on=date(2026, 3, 6),
        )
        db.session.add(row)
    return row


def told(somebody, kind):
    db.session.rollback()
    query = select(Notification).where(
        Notification.user_id == somebody.id, Notification.kind == kind
    )
    return db.session.scalars(query).all()


def test_who_has_to_do_it_is_told_three_working_days_before_and_only_once(people, review):
    with on("2026-03-02"):
        assert dates.run().reminded == 0
    with on("2026-03-03"):
        assert dates.run().reminded == 1
        assert dates.run().reminded == 0

    [notice] = told(people.bob, "due_soon")
    assert notice.link == f"/permission_review/show/{review.id}"


def test_late_is_it_when_the_shift_of_the_day_has_ended_and_then_his_superior_reads_it_too(
    people, review, boss
):
    with on("2026-03-06 17:29"):
        dates.run()
        assert told(boss, "due_late") == []
    with on("2026-03-06 17:31"):
        assert dates.run().escalated == 2

    assert len(told(boss, "due_late")) == 1
    assert len(told(people.bob, "due_late")) == 1


def test_a_half_day_ends_at_noon_and_so_does_what_is_due_on_it(people, review, boss):
    with writing("cli"):
        db.session.add(CalendarDay(day=date(2026, 3, 6), kind="morning", name="半日"))

    with on("2026-03-06 12:01"):
        dates.run()

    assert len(told(boss, "due_late")) == 1


def test_a_make_up_saturday_counts_when_the_reminder_is_reckoned(people, review):
    """Due on Monday 9 March, and Saturday 7 is worked: three days before is Thursday 5, not Wednesday 4."""
    with writing("cli"):
        db.session.add(CalendarDay(day=date(2026, 3, 7), kind="makeup", name="调休"))
        review.due_on = date(2026, 3, 9)

    with on("2026-03-04"):
        assert dates.run().reminded == 0
    with on("2026-03-05"):
        assert dates.run().reminded == 1


def test_a_day_that_is_put_off_is_told_of_anew(people, review):
    with on("2026-03-05"):
        dates.run()
        with writing("cli"):
            review.due_on = date(2026, 3, 20)
        assert dates.run().reminded == 0
    with on("2026-03-18"):
        assert dates.run().reminded == 1


def test_what_is_done_or_void_is_late_for_nobody(people, review, boss):
    with writing("cli"):
        review.state = "done"

    with on("2026-03-09"):
        done = dates.run()

    assert (done.reminded, done.escalated) == (0, 0)


def test_the_page_the_list_and_the_start_page_say_that_it_is_late(people, review, boss, as_):
    with on("2026-03-09"):
        show = as_(boss).get(f"/permission_review/show/{review.id}").text
        late = as_(boss).get("/permission_review/list/?view=overdue").text
        desk = as_(people.bob).get("/").text
        duties = as_(people.bob).get("/duties/").text

    assert "已逾期" in show
    assert "2026 · 销售部" in late
    assert "2026 · 销售部" in desk
    assert "2026 · 销售部" in duties
    with on("2026-03-06 09:00"):
        assert "2026 · 销售部" not in as_(boss).get("/permission_review/list/?view=overdue").text
        assert "到期" in as_(boss).get(f"/permission_review/show/{review.id}").text


def test_the_clock_and_the_command_both_look_after_it(app, people, review):
    with on("2026-03-05"):
        done = app.test_cli_runner().invoke(args=["remind"])

    assert done.exit_code == 0
    assert "records: reminded 1, late 0" in done.output


@pytest.mark.catalogue("BR-015")
def test_b_is_told_and_sees_what_a_has_to_do_while_he_stands_in(people, review, pair, as_):
    with on("2026-03-02"):
        hand_over(people, pair, "2026-03-03", "2026-03-04")
    with on("2026-03-03"):
        assert dates.run().reminded == 2
        assert len(told(people.carol, "due_soon")) == 1
        assert "2026 · 销售部" in as_(people.carol).get("/").text
    with on("2026-03-05"):
        assert "2026 · 销售部" not in as_(people.carol).get("/").text
