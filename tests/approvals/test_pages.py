"""Signing over pages and over REST: the same acts, the same noes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.approvals.models import ApprovalAction, ApprovalCase, ApprovalTask
from app.audit import AuditEntry
from app.domains.directory.leave import LeaveRequest
from app.extensions import db
from app.records import writing
from tests import people as persons
from tests.approvals.test_casework import FRIDAY, a_leave, hand_over, submit, tasks
from tests.approvals.test_casework import pair as pair
from tests.clock import on


def the_case():
    db.session.expire_all()
    return db.session.scalars(select(ApprovalCase).order_by(ApprovalCase.id.desc())).first()


def status_of(leave):
    db.session.expire_all()
    return db.session.get(LeaveRequest, leave.id).state


def test_who_wrote_it_submits_it_by_a_click_and_the_page_shows_the_way_it_goes(people, as_):
    leave = a_leave(people.alice)
    browser = as_(people.alice)
    page = browser.get(f"/leave_request/show/{leave.id}").text
    assert f"/leave_request/submit/{leave.id}" in page

    browser.post(f"/leave_request/submit/{leave.id}?key=k")

    page = browser.get(f"/leave_request/show/{leave.id}").text
    assert status_of(leave) == "submitted"
    assert "待部门负责人" in page
    assert "王强" in page
    assert "撤回" in page


def test_two_clicks_from_the_desk_to_the_signature(people, as_):
    leave = a_leave(people.alice)
    submit(leave, people.alice)
    browser = as_(people.bob)

    desk = browser.get("/").text
    (address,) = set(re.findall(r'href="(/approvals/task/\d+)"', desk))
    page = browser.get(address).text
    assert "探亲" in page, "what is signed stands before the eyes"
    key = re.search(r'name="key" value="(\w+)"', page[page.index('id="decide"') :])[1]
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    answer = browser.post(address, data={"act": "approve", "key": key, "version": version})

    assert answer.status_code == 302
    assert status_of(leave) == "approved"


def test_refusing_without_a_word_keeps_the_page_and_says_so(people, as_):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)
    (task,) = tasks(case)

    answer = as_(people.bob).post(f"/approvals/task/{task.id}", data={"act": "reject", "key": "k"})

    assert answer.status_code == 422
    assert "请写明意见" in answer.text
    assert status_of(leave) == "submitted"


def test_what_is_somebody_elses_is_not_there(people, as_):
    case = submit(a_leave(people.alice), people.alice)
    (task,) = tasks(case)

    assert as_(people.carol).get(f"/approvals/task/{task.id}").status_code == 404
    assert as_(people.carol).get(f"/approvals/case/{case.id}").status_code == 404
    assert as_(people.alice).get(f"/approvals/case/{case.id}").status_code == 200
    assert (
        as_(people.carol).post(f"/approvals/task/{task.id}", data={"act": "approve"}).status_code
        == 403
    )
    assert status_of(db.session.get(LeaveRequest, case.record_id)) == "submitted"


def test_a_task_is_handed_on_to_a_colleague(people, as_):
    case = submit(a_leave(people.alice), people.alice)
    (task,) = tasks(case)
    with writing("cli"):
        hugo = persons.hire(
            "hugo", "何国", people.sales, people.alice.employee.post, "department_head"
        )

    as_(people.bob).post(
        f"/approvals/task/{task.id}",
        data={"act": "transfer", "key": "k", "people": str(hugo.employee.id)},
    )

    assert [t.assignee_id for t in tasks(the_case())] == [hugo.id]


def test_many_are_signed_at_once_with_a_result_for_each(people, as_):
    leaves = [a_leave(people.alice, f"2026-04-0{n}", f"2026-04-0{n}") for n in (7, 8, 9)]
    ids = [tasks(submit(leave, people.alice, key=f"s{leave.id}"))[0].id for leave in leaves]
    with writing("cli"):
        db.session.get(ApprovalTask, ids[1]).assignee_id = people.carol.id

    page = as_(people.bob).post("/approvals/sign", data={"ids": [*map(str, ids)], "key": "k"}).text

    assert [status_of(leave) for leave in leaves] == ["approved", "submitted", "approved"]
    assert "这是别人的待办" in page


def test_as_deputy_the_page_says_for_whom_it_will_stand(people, as_, pair):
    with on(FRIDAY):
        hand_over(people, pair, FRIDAY, "2026-03-10")
        case = submit(a_leave(people.alice, "2026-03-16", "2026-03-16"), people.alice)
        (task,) = tasks(case)
        browser = as_(people.carol)

        assert "代签" in browser.get("/approvals/").text
        assert "赵静 代 王强" in browser.get(f"/approvals/task/{task.id}").text
        browser.post(f"/approvals/task/{task.id}", data={"act": "approve", "key": "k"})

        leave = db.session.get(LeaveRequest, case.record_id)
        assert status_of(leave) == "approved"
        assert "代" in as_(people.alice).get(f"/leave_request/show/{leave.id}").text
        entry = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.register == "leave_request", AuditEntry.record_id == leave.id)
            .order_by(AuditEntry.id.desc())
        ).first()
        assert (entry.actor_id, entry.for_id) == (people.carol.id, people.bob.id)


def test_an_administrator_ends_a_case_with_a_reason_and_it_stands_in_the_book(people, as_):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)

    as_(people.bob).post(
        f"/approvals/case/{case.id}/force", data={"act": "force_end", "reason": "x"}
    )
    as_(people.admin).post(
        f"/approvals/case/{case.id}/force", data={"act": "force_end", "reason": " "}
    )
    assert status_of(leave) == "submitted"
    as_(people.admin).post(
        f"/approvals/case/{case.id}/force", data={"act": "force_end", "reason": "员工已离职"}
    )

    assert status_of(leave) == "rejected"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "force")).one()
    assert entry.details["reason"] == "员工已离职"


def test_the_requester_reminds_once_a_day(people, as_):
    case = submit(a_leave(people.alice), people.alice)
    browser = as_(people.alice)

    browser.post(f"/approvals/case/{case.id}/remind?key=a")
    browser.post(f"/approvals/case/{case.id}/remind?key=b")

    commands = db.session.scalars(select(ApprovalAction.command)).all()
    assert commands.count("remind") == 1


def test_the_printed_form_carries_who_signed_and_for_whom(people, as_, pair):
    from app.registers.signatures import blocks

    with on(FRIDAY):
        handover = hand_over(people, pair, FRIDAY, "2026-03-10")
        case = submit(a_leave(people.alice, "2026-03-16", "2026-03-16"), people.alice)
        (task,) = tasks(case)
        leave = db.session.get(LeaveRequest, case.record_id)
        (printout,) = LeaveRequest.printed_as
        assert [b.is_signed for b in blocks(leave, printout)] == [False, False]

        as_(people.carol).post(
            f"/approvals/task/{task.id}", data={"act": "approve", "key": "k", "opinion": "同意"}
        )
        db.session.expire_all()
        (block,) = [b for b in blocks(leave, printout) if b.is_signed]

    assert (block.name, block.for_name, block.opinion) == ("赵静", "王强", "同意")
    assert block.note == handover.number


# -- REST --------------------------------------------------------------------------------------------


@pytest.fixture
def token(app):
    def token(somebody):
        client = app.test_client()
        answer = client.post(
            "/api/v1/security/login",
            json={
                "username": somebody.user.username,
                "password": persons.PASSWORD,
                "provider": "db",
            },
        )
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    return token


def test_programs_submit_and_sign_by_the_same_law(people, client, token):
    leave = a_leave(people.alice)
    alice, bob, carol = token(people.alice), token(people.bob), token(people.carol)

    assert (
        client.post(f"/api/v1/leave_request/{leave.id}/submit", headers=carol).status_code == 404
    )
    answer = client.post(
        f"/api/v1/leave_request/{leave.id}/submit", headers=alice | {"Idempotency-Key": "k"}
    )
    assert answer.status_code == 201
    assert answer.json["result"]["waiting_for"] == ["王强"]
    again = client.post(
        f"/api/v1/leave_request/{leave.id}/submit", headers=alice | {"Idempotency-Key": "z"}
    )
    assert again.status_code == 422

    inbox = client.get("/api/v1/approvals/tasks/", headers=bob).json
    assert inbox["count"] == 1
    (task,) = inbox["result"]
    assert (task["register"], task["record"], task["step"]) == ("leave_request", leave.id, "head")
    url = f"/api/v1/approvals/tasks/{task['id']}"
    assert client.post(f"{url}/approve", headers=carol).status_code == 404
    assert client.post(f"{url}/approve", headers=alice).status_code == 403
    refused = client.post(f"{url}/reject", headers=bob)
    assert refused.status_code == 422
    assert "opinion" in refused.json["message"]
    assert client.post(f"{url}/dance", headers=bob).status_code == 404
    done = client.post(f"{url}/approve", headers=bob, json={"opinion": "好"})

    assert done.json["result"]["status"] == "approved"
    assert status_of(leave) == "approved"
    assert client.get("/api/v1/approvals/tasks/", headers=bob).json["count"] == 0


def test_programs_withdraw_remind_and_add_signers(people, client, token):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)
    alice, bob = token(people.alice), token(people.bob)
    (task,) = tasks(case)
    with writing("cli"):
        hugo = persons.hire(
            "hugo", "何国", people.sales, people.alice.employee.post, "department_head"
        )

    added = client.post(
        f"/api/v1/approvals/tasks/{task.id}/add-signer",
        headers=bob,
        json={"people": [hugo.employee.id], "when": "before"},
    )
    assert added.json["result"]["waiting_for"] == ["何国"]
    assert (
        client.post(f"/api/v1/approvals/cases/{case.id}/remind", headers=alice).status_code == 200
    )
    gone = client.post(f"/api/v1/approvals/cases/{case.id}/withdraw", headers=alice)

    assert gone.json["result"]["status"] == "withdrawn"
    assert status_of(leave) == "draft"


def test_no_state_that_signatures_give_comes_in_by_rest_or_by_a_sheet(people, client, token):
    leave = a_leave(people.alice)
    answer = client.put(
        f"/api/v1/leave_request/{leave.id}",
        headers=token(people.alice),
        json={"state": "approved", "version": leave.version},
    )

    assert answer.status_code == 422
    assert status_of(leave) == "draft"
