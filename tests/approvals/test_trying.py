"""A flow is tried on a record before it is published: who would be asked, by when; nothing is written."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.approvals import publishing, trying
from app.approvals.models import ApprovalCase, ApprovalFlow, ApprovalTask
from app.extensions import db
from app.records import writing
from tests import people as persons
from tests.approvals.test_casework import FRIDAY, a_leave, act, submit, tasks
from tests.approvals.test_casework import boss as boss
from tests.clock import on


@pytest.fixture
def flow(app):
    return db.session.scalars(
        select(ApprovalFlow).where(
            ApprovalFlow.flow == "AF-60-R217", ApprovalFlow.state == "published"
        )
    ).one()


def met(result):
    return {one.step.key: (one.how, one.people) for one in result.trials}


def test_a_short_leave_asks_the_head_and_leaves_the_general_manager_out(people, boss, flow):
    with on(FRIDAY):
        result = trying.attempt(flow, a_leave(people.alice), people.alice.id)

    assert met(result) == {
        "head": ("signed", [people.bob.id]),
        "general_manager": ("left_out", []),
    }
    assert result.fits
    assert result.trials[0].due is not None


def test_a_long_one_asks_both_and_then_really_does(people, boss, flow):
    with on(FRIDAY):
        leave = a_leave(people.alice, "2026-03-09", "2026-03-20")
        result = trying.attempt(flow, leave, people.alice.id)
        case = submit(leave, people.alice)
        asked = [tasks(case)[0].assignee_id]
        act(case, people.bob)
        asked.append(tasks(case)[0].assignee_id)

    assert [one.people for one in result.trials] == [[asked[0]], [asked[1]]]


def test_the_head_himself_is_not_asked_about_his_own_and_the_trial_says_who_was_passed_over(
    people, boss, flow
):
    with on(FRIDAY):
        leave = a_leave(people.bob)
        result = trying.attempt(flow, leave, people.bob.id)

    assert result.trials[0].barred == [people.bob.id]
    assert people.bob.id not in result.trials[0].people


def test_nothing_is_written(people, boss, flow):
    with on(FRIDAY):
        leave = a_leave(people.alice)
        trying.attempt(flow, leave, people.alice.id)

    db.session.expire_all()
    assert leave.state == "draft"
    for table in (ApprovalCase, ApprovalTask):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_where_nobody_can_be_asked_the_trial_says_so_before_anybody_waits(people, flow):
    with writing("cli"):
        draft = publishing.new_version(flow)
        draft.steps[0].who, draft.steps[0].roles = "role", ("archivist",)
        draft.steps[0].on_empty, draft.steps[0].instead = "admin", None
    with on(FRIDAY):
        result = trying.attempt(draft, a_leave(people.alice), people.alice.id)

    assert result.trials[0].how == "stuck"


def test_the_page_draws_it_and_names_who_would_be_asked(people, boss, flow, as_):
    with on(FRIDAY):
        leave = a_leave(people.alice)
        with writing("cli"):
            reader = persons.hire(
                "rita", "文静", people.office, people.alice.employee.post, "auditor"
            )
        page = as_(reader).get(f"/flows/{flow.id}?record={leave.id}").text
        show = as_(reader).get(f"/approval_flow/show/{flow.id}").text

        assert f"/flows/{flow.id}" in show
        assert "王强" in page
        assert "天数 &gt; 3" in page or "工作日 &gt; 3" in page
        assert "条件不成立" in page
        assert as_(reader).get("/flows/9999").status_code == 404
        hidden = as_(people.carol).get(f"/flows/{flow.id}?record={leave.id}")
        assert "李雯" not in hidden.text, "who may not read the record tries nothing on it"
