"""A change of what is approved is asked for, seen field by field, signed, and only then written."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalCase, ApprovalFlow
from app.domains.directory.leave import LeaveRequest
from app.extensions import db
from app.records import Refused, writing
from tests.approvals.test_casework import FRIDAY, a_leave, act, as_person, submit, tasks
from tests.clock import on

pytestmark = pytest.mark.catalogue("AF-02")


@pytest.fixture
def leave(people, monkeypatch):
    """alice's approved leave, in a house where approved leave is changed by request."""
    monkeypatch.setattr(LeaveRequest, "changed_by_request", ("approved",))
    with on(FRIDAY):
        leave = a_leave(people.alice)
        act(submit(leave, people.alice), people.bob)
    return leave


def stored(leave):
    db.session.expire_all()
    return db.session.get(LeaveRequest, leave.id)


def the_case():
    db.session.expire_all()
    return db.session.scalars(select(ApprovalCase).order_by(ApprovalCase.id.desc())).first()


def ask(browser, leave, **values):
    form = {
        "employee_id": str(leave.employee_id),
        "kind": leave.kind,
        "from_on": leave.from_on.isoformat(),
        "to_on": leave.to_on.isoformat(),
        "reason": leave.reason,
        "change_reason": "航班改期",
        "key": "k1",
    }
    return browser.post(f"/leave_request/change/{leave.id}", data=form | values)


def test_the_page_of_what_is_approved_offers_to_ask_for_a_change(people, leave, as_):
    with on(FRIDAY):
        page = as_(people.alice).get(f"/leave_request/show/{leave.id}").text
        form = as_(people.alice).get(f"/leave_request/change/{leave.id}").text

        assert f"/leave_request/change/{leave.id}" in page
        assert "探亲" in form
        assert "变更理由" in form
        assert as_(people.erin).get(f"/leave_request/change/{leave.id}").status_code == 403


def test_nothing_is_written_before_it_is_signed_and_who_signs_sees_what_differs(
    people, leave, as_
):
    with on(FRIDAY):
        answer = ask(as_(people.alice), leave, to_on="2026-03-11")

        assert answer.status_code == 302
        assert stored(leave).to_on == date(2026, 3, 10)
        case = the_case()
        assert case.proposed == {"to_on": "2026-03-11"}
        (task,) = tasks(case)
        page = as_(people.bob).get(f"/approvals/task/{task.id}").text
        assert "<del>2026-03-10</del>" in page
        assert "<ins>2026-03-11</ins>" in page
        assert "航班改期" in page

        act(case, people.bob)

        assert stored(leave).to_on == date(2026, 3, 11)
        assert stored(leave).state == "approved"


def test_a_change_that_is_refused_leaves_all_as_it_was(people, leave, as_):
    with on(FRIDAY):
        ask(as_(people.alice), leave, to_on="2026-03-11")
        act(the_case(), people.bob, "reject", opinion="不同意改期")

    assert stored(leave).to_on == date(2026, 3, 10)
    assert stored(leave).state == "approved"
    assert not stored(leave).is_under_approval


def test_without_a_reason_without_a_difference_or_against_a_rule_it_is_not_asked_for(
    people, leave, as_
):
    with on(FRIDAY):
        browser = as_(people.alice)
        mute = ask(browser, leave, to_on="2026-03-11", change_reason="")
        same = ask(browser, leave)
        wrong = ask(browser, leave, to_on="2026-03-01")

    assert (mute.status_code, same.status_code, wrong.status_code) == (422, 422, 422)
    assert "2026-03-11" in mute.text, "what was typed stands there again"
    assert db.session.scalars(select(ApprovalCase)).all()[1:] == []


def test_a_draft_is_edited_and_not_asked_about(people, as_, leave):
    with on(FRIDAY):
        draft = a_leave(people.alice, "2026-04-06", "2026-04-07")

        assert as_(people.alice).get(f"/leave_request/change/{draft.id}").status_code == 403
        with as_person(people.alice), pytest.raises(Refused):
            casework.request_change(draft, {"reason": "x"}, key="k", reason="x")


# -- where the requester chooses who signs -------------------------------------------------------------


@pytest.fixture
def chooses(app):
    """The flow of leave, with a first signer whom the requester names."""
    with writing("cli"):
        flow = db.session.scalars(
            select(ApprovalFlow).where(
                ApprovalFlow.flow == "AF-60-R217", ApprovalFlow.state == "published"
            )
        ).one()
        flow_id = flow.id
    from app.approvals import publishing

    with writing("cli"):
        made = publishing.new_version(db.session.get_one(ApprovalFlow, flow_id))
        step = made.steps[0]
        step.who, step.roles = "chosen", None
        db.session.flush()
        publishing.publish(made)
    return made


def test_the_requester_names_who_signs_and_only_he_is_asked(people, chooses, as_):
    with on(FRIDAY):
        leave = a_leave(people.alice)
        browser = as_(people.alice)
        url = f"/leave_request/submit/{leave.id}"
        assert "部门负责人" in browser.get(url).text

        nobody = browser.post(url, data={"key": "a"})
        assert nobody.status_code == 422
        assert "请选择签批人" in nobody.text

        key = chooses.steps[0].key
        browser.post(url, data={"key": "b", f"chosen-{key}": str(people.bob.employee.id)})

        (task,) = tasks(the_case())
        assert task.assignee_id == people.bob.id
