"""Several people at the same moment, each in a process of his own, on both databases."""

from __future__ import annotations

import os
import signal
from datetime import date

import pytest
from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalAction, ApprovalFlow, ApprovalStep, ApprovalTask
from app.domains.directory.leave import LeaveRequest
from app.extensions import db
from app.records import Actor, writing
from tests import people as persons
from tests.house.processes import Other, two_of

ROUNDS = 4


@pytest.fixture(scope="module")
def signers(app, database, data_dir):
    yield from two_of("tests.approvals.signer", database, data_dir)


@pytest.fixture(autouse=True)
def _others_write_too(database):
    """What other processes write is put back as well: these tables, besides those written here."""
    database.written |= set(db.metadata.tables)


@pytest.fixture
def managers(people):
    with writing("cli"):
        post = people.alice.employee.post
        return [
            persons.hire(f"manager{n}", f"经理{n}", people.office, post, "general_manager")
            for n in range(3)
        ]


def a_flow(mode, percent=None, **more):
    """A flow of one step that all general managers sign, in this manner."""
    with writing("cli"):
        flow = ApprovalFlow(
            flow=f"test-{mode}",
            name="试验",
            register="leave_request",
            priority=1,
            state="published",
        )
        flow.steps = [
            ApprovalStep(
                order_no=1, key="gm", title="总经理", who="role", roles=("general_manager",),
                mode=mode, percent=percent, **more,
            )
        ]  # fmt: skip
        db.session.add(flow)


def a_case(people, day=9):
    with writing("ui", Actor(people.alice.id, "李雯")):
        leave = LeaveRequest(
            employee_id=people.alice.employee.id,
            kind="annual",
            from_on=date(2026, 3, day),
            to_on=date(2026, 3, day),
            reason="探亲",
        )
        db.session.add(leave)
        db.session.flush()
        return casework.submit(leave, key=f"s{day}").case


def tasks(case, status="open"):
    db.session.rollback()
    query = select(ApprovalTask).where(
        ApprovalTask.case_id == case.id, ApprovalTask.status == status
    )
    return {task.assignee_id: task.id for task in db.session.scalars(query)}


def status(case):
    db.session.rollback()
    db.session.refresh(case)
    return case.status


def both(signers, *asked):
    for signer, one in zip(signers, asked, strict=True):
        signer.send(**one)
    return [signer.answer() for signer in signers]


def approvals_of(case):
    db.session.rollback()
    query = select(ApprovalAction).where(
        ApprovalAction.case_id == case.id, ApprovalAction.command == "approve"
    )
    return len(list(db.session.scalars(query)))


def test_of_two_who_sign_at_once_where_one_is_enough_one_signs_and_the_other_is_told(
    people, managers, signers
):
    a_flow("any")
    for day in range(9, 9 + ROUNDS):
        case = a_case(people, day)
        open_tasks = tasks(case)
        answers = both(
            signers,
            *(
                {"act": "approve", "user": m.id, "task": open_tasks[m.id], "key": f"k{m.id}"}
                for m in managers[:2]
            ),
        )

        assert sorted(next(iter(a)) for a in answers) == ["done", "no"], answers
        assert (status(case), approvals_of(case)) == ("approved", 1)


def test_of_two_who_sign_at_once_where_all_must_both_signatures_stand(people, managers, signers):
    a_flow("all")
    for day in range(9, 9 + ROUNDS):
        case = a_case(people, day)
        open_tasks = tasks(case)
        answers = both(
            signers,
            *(
                {"act": "approve", "user": m.id, "task": open_tasks[m.id], "key": f"k{m.id}"}
                for m in managers[:2]
            ),
        )

        assert all(a.get("done") == "running" for a in answers), answers
        assert (status(case), approvals_of(case), len(tasks(case))) == ("running", 2, 1)


def test_a_share_is_reached_once_when_two_sign_at_once(people, managers, signers):
    a_flow("ratio", percent=60)
    for day in range(9, 9 + ROUNDS):
        case = a_case(people, day)
        open_tasks = tasks(case)
        answers = both(
            signers,
            *(
                {"act": "approve", "user": m.id, "task": open_tasks[m.id], "key": f"k{m.id}"}
                for m in managers[:2]
            ),
        )

        assert sorted(a["done"] for a in answers) == ["approved", "running"], answers
        assert (status(case), tasks(case)) == ("approved", {})


def test_a_signature_and_a_withdrawal_at_once_leave_one_of_them(people, managers, signers):
    a_flow("any")
    for day in range(9, 9 + ROUNDS):
        case = a_case(people, day)
        one = managers[0]
        answers = both(
            signers,
            {"act": "approve", "user": one.id, "task": tasks(case)[one.id], "key": "a"},
            {"act": "withdraw", "user": people.alice.id, "case": case.id, "key": "w"},
        )

        assert sorted(next(iter(a)) for a in answers) == ["done", "no"], answers
        now = status(case)
        leave = db.session.get(LeaveRequest, case.record_id)
        db.session.refresh(leave)
        assert (now, leave.state) in (("approved", "approved"), ("withdrawn", "draft"))


def test_a_double_click_that_reaches_two_processes_is_one_signature(people, managers, signers):
    a_flow("any")
    for day in range(9, 9 + ROUNDS):
        case = a_case(people, day)
        one = managers[0]
        asked = {"act": "approve", "user": one.id, "task": tasks(case)[one.id], "key": "same"}
        answers = both(signers, asked, asked)

        assert [a.get("done") for a in answers] == ["approved", "approved"], answers
        assert sorted(a["again"] for a in answers) == [False, True]
        assert approvals_of(case) == 1


def test_a_record_submitted_twice_at_once_has_one_case(people, managers, signers):
    a_flow("any")
    for day in range(9, 9 + ROUNDS):
        with writing("ui", Actor(people.alice.id, "李雯")):
            leave = LeaveRequest(
                employee_id=people.alice.employee.id,
                kind="annual",
                from_on=date(2026, 3, day),
                to_on=date(2026, 3, day),
                reason="探亲",
            )
            db.session.add(leave)
        answers = both(
            signers,
            *(
                {
                    "act": "submit",
                    "user": people.alice.id,
                    "register": "leave_request",
                    "record": leave.id,
                    "key": key,
                }
                for key in ("x", "y")
            ),
        )

        assert sorted(next(iter(a)) for a in answers) == ["done", "no"], answers


def test_who_is_killed_while_he_signs_has_signed_nothing(
    people, managers, app, database, data_dir
):
    a_flow("any")
    case = a_case(people)
    one = managers[0]
    signer = Other("tests.approvals.signer", data_dir, database.url)
    assert signer.answer() == {"ready": True}

    signer.send(act="approve", user=one.id, task=tasks(case)[one.id], key="k", dawdle=60)
    assert signer.answer() == {"holding": True}
    os.kill(signer.process.pid, signal.SIGKILL)
    signer.end()

    assert (status(case), approvals_of(case)) == ("running", 0)
    with writing("ui", Actor(one.id, "经理")):
        casework.act(tasks(case)[one.id], "approve", key="k")
    assert status(case) == "approved"
