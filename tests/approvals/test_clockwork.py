"""What the clock does to cases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.approvals import clockwork
from app.approvals.models import ApprovalTask
from app.deadlines.models import CalendarDay
from app.extensions import db
from app.notices.models import Notification
from app.records import writing
from tests import people as persons
from tests.approvals.test_casework import a_leave, submit, tasks
from tests.clock import on


@pytest.fixture
def boss(people):
    with writing("cli"):
        gina = persons.hire(
            "gina",
            "高敏",
            people.office,
            people.alice.employee.post,
            "general_manager",
            "department_head",
        )
        people.office.head_id = gina.employee.id
        people.sales.parent_id = people.office.id
    return gina


def told(somebody):
    return [
        n.kind
        for n in db.session.scalars(
            select(Notification)
            .where(Notification.user_id == somebody.id)
            .order_by(Notification.id)
        )
    ]


def test_who_is_asked_is_told_and_who_asked_learns_the_end(people):
    from tests.approvals.test_casework import act

    with on("2026-03-05 10:00"):
        case = submit(a_leave(people.alice), people.alice)
        assert told(people.bob) == ["approval_task"]
        act(case, people.bob)

    assert told(people.alice) == ["approval_ended"]


def test_a_task_is_reminded_of_once_before_it_is_due(people, boss):
    with on("2026-03-05 10:00"):
        submit(a_leave(people.alice), people.alice)  # two working days: due Monday 17:30
    with on("2026-03-09 10:00"):
        assert clockwork.run().reminded == 0
    with on("2026-03-09 14:00"):
        assert clockwork.run().reminded == 1
        assert clockwork.run().reminded == 0

    assert told(people.bob) == ["approval_task", "approval_reminder"]


def test_what_is_overdue_goes_to_the_superior_once(people, boss):
    with on("2026-03-05 10:00"):
        case = submit(a_leave(people.alice), people.alice)
    with on("2026-03-09 17:31"):
        assert clockwork.run().escalated == 1
        assert clockwork.run().escalated == 0

    (task,) = tasks(case)
    assert (task.assignee_id, task.kind, task.first_id) == (boss.id, "escalated", people.bob.id)


def test_a_make_up_saturday_brings_the_escalation_forward(people, boss):
    with writing("cli"):
        from datetime import date

        db.session.add(CalendarDay(day=date(2026, 3, 7), kind="makeup", name="调休"))
    with on("2026-03-05 10:00"):
        submit(a_leave(people.alice), people.alice)
    with on("2026-03-07 17:29"):
        assert clockwork.run().escalated == 0
    with on("2026-03-07 17:31"):
        assert clockwork.run().escalated == 1


def test_what_a_leaver_left_behind_goes_to_his_superior(people, boss):
    with on("2026-03-05 10:00"):
        case = submit(a_leave(people.alice), people.alice)
        with writing("cli"):
            people.bob.user.active = False

        assert clockwork.run().handed_on == 1
        assert clockwork.run().handed_on == 0

    assert [t.assignee_id for t in tasks(case)] == [boss.id]


def test_flask_remind_says_what_it_did(app, people):
    done = app.test_cli_runner().invoke(args=["remind"])

    assert done.exit_code == 0
    assert "escalated 0" in done.output
    assert db.session.scalar(select(ApprovalTask.id)) is None
