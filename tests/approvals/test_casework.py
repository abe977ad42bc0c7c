"""Cases on the database: who is asked, who may act, what follows from it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.approvals import casework, publishing
from app.approvals.models import ApprovalAction, ApprovalCase, ApprovalFlow, ApprovalTask
from app.audit import AuditEntry
from app.domains.directory.leave import LeaveRequest
from app.extensions import db
from app.organisation import operations, standing_in
from app.organisation.models import AbHandover, AbPost
from app.records import Actor, Conflict, NotAllowed, Refused, void, writing
from tests import people as persons
from tests.clock import on

FRIDAY = "2026-03-06"


def as_person(somebody, **more):
    """One click of a person."""
    return writing("ui", Actor(somebody.id, somebody.employee.name), **more)


def a_leave(somebody, first="2026-03-09", last="2026-03-10", **values):
    with as_person(somebody):
        leave = LeaveRequest(
            **{
                "employee_id": somebody.employee.id,
                "kind": "annual",
                "from_on": date.fromisoformat(first),
                "to_on": date.fromisoformat(last),
                "reason": "探亲",
            }
            | values
        )
        db.session.add(leave)
    return leave


def submit(record, somebody, key="s"):
    with as_person(somebody):
        return casework.submit(record, key=key).case


def tasks(case, status="open"):
    query = select(ApprovalTask).where(
        ApprovalTask.case_id == case.id, ApprovalTask.status == status
    )
    return list(db.session.scalars(query.order_by(ApprovalTask.no)))


def act(case, somebody, name="approve", key="", **more):
    (task,) = tasks(case)
    with as_person(somebody):
        return casework.act(task.id, name, key=key or f"{name}-{task.id}", **more)


@pytest.fixture
def boss(people):
    """The general manager."""
    with writing("cli"):
        return persons.hire(
            "gina", "高敏", people.office, people.alice.employee.post, "general_manager"
        )


def test_a_short_leave_is_signed_by_the_head_of_the_department(people):
    leave = a_leave(people.alice)

    case = submit(leave, people.alice)
    assert (leave.state, leave.current_step, leave.number is not None) == (
        "submitted",
        "head",
        True,
    )
    assert [task.assignee_id for task in tasks(case)] == [people.bob.id]
    act(case, people.bob)

    assert (leave.state, leave.current_step, case.status) == ("approved", None, "approved")
    assert leave.decided_at is not None


@pytest.mark.catalogue("AF-60")
@pytest.mark.parametrize(("last", "steps"), [("2026-03-11", 1), ("2026-03-12", 2)])
def test_from_four_working_days_up_the_general_manager_signs_too(people, boss, last, steps):
    leave = a_leave(people.alice, last=last)
    case = submit(leave, people.alice)

    act(case, people.bob)

    assert (leave.state == "approved") == (steps == 1)
    if steps == 2:
        act(case, boss)
        assert leave.state == "approved"


@pytest.mark.catalogue("BR-157")
def test_the_head_himself_is_signed_for_by_who_stands_above_him(people, boss):
    leave = a_leave(people.bob)

    case = submit(leave, people.bob)

    assert [task.assignee_id for task in tasks(case)] == [boss.id]


def test_where_nobody_can_sign_an_administrator_names_somebody(people):
    leave = a_leave(people.carol)
    case = submit(leave, people.carol)
    (task,) = tasks(case)
    assert task.assignee_id is None

    with writing("ui", Actor(people.admin.id, "admin")):
        casework.force(
            case.id,
            "assign",
            key="f",
            reason="行政部没有负责人",
            person=people.bob.id,
            task_no=task.no,
        )
    act(case, people.bob)

    assert leave.state == "approved"


def test_a_record_under_approval_rests(people):
    leave = a_leave(people.alice)
    submit(leave, people.alice)

    for change in ({"reason": "改了"}, {"state": "approved"}, {"state": "draft"}):
        with pytest.raises(Refused), as_person(people.alice):
            for name, value in change.items():
                setattr(leave, name, value)
    with pytest.raises(Refused), as_person(people.alice):
        void(leave, "不要了")
    with pytest.raises(Refused), as_person(people.alice):
        db.session.delete(leave)

    db.session.refresh(leave)
    assert (leave.reason, leave.state, leave.is_void) == ("探亲", "submitted", False)


def test_no_state_that_signatures_give_is_written_by_hand(people):
    leave = a_leave(people.alice)

    for state in ("submitted", "approved"):
        with pytest.raises(Refused), as_person(people.alice):
            leave.state = state
        db.session.refresh(leave)
    with pytest.raises(Refused):
        a_leave(people.alice, state="approved")


def test_the_database_refuses_an_approval_nobody_decided(people):
    leave = a_leave(people.alice)

    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(
            text("UPDATE leave_request SET state = 'approved' WHERE id = :id"), {"id": leave.id}
        )


def test_what_was_done_is_never_changed(people):
    case = submit(a_leave(people.alice), people.alice)

    for statement in (
        "UPDATE approval_action SET opinion = 'x'",
        "DELETE FROM approval_action",
    ):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(statement))
    assert db.session.scalar(
        select(ApprovalAction.command).where(ApprovalAction.case_id == case.id)
    )


def test_the_same_click_twice_is_one_act(people):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice, key="once")
    again = submit(leave, people.alice, key="once")
    assert again.id == case.id

    (task,) = tasks(case)
    with as_person(people.bob):
        casework.act(task.id, "approve", key="b")
    with as_person(people.bob):
        assert casework.act(task.id, "approve", key="b").again

    many = select(ApprovalAction).where(ApprovalAction.case_id == case.id)
    assert [a.command for a in db.session.scalars(many)] == ["submit", "approve"]


def test_somebody_else_decides_nothing(people):
    case = submit(a_leave(people.alice), people.alice)
    (task,) = tasks(case)

    for other in (people.carol, people.alice, people.erin):
        with pytest.raises(NotAllowed), as_person(other):
            casework.act(task.id, "approve", key=f"x{other.id}")


def test_a_refusal_needs_its_reason_and_ends_the_case(people):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)

    with pytest.raises(Refused):
        act(case, people.bob, "reject", opinion=" ")
    act(case, people.bob, "reject", opinion="月底盘点，请改期", key="r2")

    assert (leave.state, case.status) == ("rejected", "rejected")
    assert leave.decision_note == "月底盘点，请改期"


def test_what_came_back_is_corrected_and_goes_on_in_the_same_case(people):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)

    act(case, people.bob, "return", opinion="写明去向")
    assert (leave.state, case.status) == ("draft", "returned")
    with as_person(people.alice):
        leave.reason = "回成都探亲"
    assert submit(leave, people.alice, key="s2").id == case.id
    act(case, people.bob, key="b2")

    assert leave.state == "approved"


def test_who_asked_withdraws_and_edits_again(people):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)

    with pytest.raises(Refused), as_person(people.bob):
        casework.withdraw(case.id, key="w0")
    with as_person(people.alice):
        casework.withdraw(case.id, key="w")
    with as_person(people.alice):
        leave.reason = "改期"

    assert (leave.state, case.status, tasks(case)) == ("draft", "withdrawn", [])
    assert submit(leave, people.alice, key="s3").id != case.id, "a new case begins"


def test_who_decides_decides_about_what_he_saw(people):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)
    seen = leave.version - 1

    with pytest.raises(Conflict):
        act(case, people.bob, seen=seen)


def test_a_case_keeps_the_version_of_the_flow_it_began_with(people, boss):
    case = submit(a_leave(people.alice), people.alice)
    flow = case.flow

    with writing("ui", Actor(people.admin.id, "admin")):
        draft = publishing.new_version(flow)
        draft.steps.append(
            publishing.ApprovalStep(
                order_no=9, key="third", title="总经理再批", who="role", roles=("general_manager",)
            )
        )
    with writing("ui", Actor(people.admin.id, "admin")):
        publishing.publish(draft)
    other = submit(a_leave(people.alice, "2026-04-07", "2026-04-07"), people.alice, key="t")

    act(case, people.bob)
    act(other, people.bob)

    assert (case.status, other.status, other.step) == ("approved", "running", "third")
    assert flow.state == "retired"


def test_a_published_flow_never_changes(people):
    flow = db.session.scalars(
        select(ApprovalFlow).where(ApprovalFlow.register == "leave_request")
    ).one()

    with pytest.raises(Refused), writing("ui", Actor(people.admin.id, "admin")):
        flow.name = "别的"
    with pytest.raises(Refused), writing("ui", Actor(people.admin.id, "admin")):
        flow.steps[0].title = "别的"


def test_flows_of_the_house_are_published_once_and_never_over_what_an_office_changed(people):
    with writing("cli"):
        assert publishing.publish_shipped() == 0


def test_the_book_shows_every_station_and_who_gave_it(people):
    leave = a_leave(people.alice)
    case = submit(leave, people.alice)
    act(case, people.bob)

    entries = list(
        db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.register == "leave_request", AuditEntry.record_id == leave.id)
            .order_by(AuditEntry.id)
        )
    )
    states = [
        e.details["state"] for e in entries if "state" in (e.details or {}) and e.action == "edit"
    ]
    assert states == [["draft", "submitted"], ["submitted", "approved"]]
    assert entries[-1].actor_id == people.bob.id


# -- A and B -----------------------------------------------------------------------------------------


@pytest.fixture
def pair(people):
    """bob's post has carol as B."""
    with writing("cli"):
        ab = AbPost(
            post_id=people.bob.employee.post_id,
            a_person_id=people.bob.employee.id,
            b_person_id=people.carol.employee.id,
        )
        db.session.add(ab)
    return ab


def hand_over(people, pair, first, last):
    with as_person(people.bob):
        handover = AbHandover(
            ab_post_id=pair.id,
            leave_from=date.fromisoformat(first),
            leave_to=date.fromisoformat(last),
            items_handed="客户台账",
        )
        db.session.add(handover)
    for who in (people.bob, people.carol):
        with as_person(who):
            operations.sign(handover)
    return handover


@pytest.mark.catalogue("R194", "BR-015")
def test_b_signs_for_a_between_the_dates_and_not_a_minute_longer(people, pair):
    with on("2026-03-06 17:00"):
        hand_over(people, pair, "2026-03-09", "2026-03-10")
        case = submit(a_leave(people.alice, "2026-03-16", "2026-03-16"), people.alice)
        with pytest.raises(NotAllowed):
            act(case, people.carol)
    with on("2026-03-08 23:59"), pytest.raises(NotAllowed):
        act(case, people.carol)
    with on("2026-03-11 00:00"), pytest.raises(NotAllowed):
        act(case, people.carol)
    with on("2026-03-09 00:00"):
        act(case, people.carol)

    done = db.session.scalars(
        select(ApprovalAction).where(ApprovalAction.command == "approve")
    ).one()
    assert (done.actor_id, done.for_id, done.for_name) == (people.carol.id, people.bob.id, "王强")


@pytest.mark.catalogue("BR-157")
def test_b_never_decides_what_he_asked_for_or_wrote_himself(people, pair):
    with on(FRIDAY):
        hand_over(people, pair, FRIDAY, "2026-03-10")
        leave = a_leave(people.carol, employee_id=people.alice.employee.id)
        case = submit(leave, people.alice)
        with pytest.raises(Refused):
            act(case, people.carol)


@pytest.mark.catalogue("R194")
def test_a_and_b_sign_their_handover_themselves_and_b_gives_it_back(people, pair):
    with on(FRIDAY):
        with as_person(people.bob):
            handover = AbHandover(
                ab_post_id=pair.id,
                leave_from=date(2026, 3, 6),
                leave_to=date(2026, 3, 10),
                items_handed="钥匙",
            )
            db.session.add(handover)
        with pytest.raises(NotAllowed), as_person(people.alice):
            operations.sign(handover)
        with as_person(people.bob):
            operations.sign(handover)
        assert standing_in.for_whom(people.carol.id) == frozenset()
        with as_person(people.carol):
            operations.sign(handover)
        assert standing_in.for_whom(people.carol.id) == {people.bob.id}

        with as_person(people.carol):
            operations.give_back(handover, "全部交回")
        assert standing_in.for_whom(people.carol.id) == frozenset()
        assert str(handover.returned_on) == FRIDAY


@pytest.mark.catalogue("R193", "BR-015")
def test_a_and_b_are_two_persons_and_a_post_has_one_pair(people, pair):
    for values in (
        {"b_person_id": people.bob.employee.id},
        {"b_person_id": people.alice.employee.id},
    ):
        with pytest.raises(Refused), writing("cli"):
            db.session.add(
                AbPost(
                    post_id=pair.post_id,
                    **({"a_person_id": people.bob.employee.id} | values),
                )
            )


@pytest.mark.catalogue("R217", "BR-015")
def test_leave_of_an_a_person_needs_the_handover_first(people, pair, boss):
    with on(FRIDAY):
        leave = a_leave(people.bob)
        with pytest.raises(Refused):
            submit(leave, people.bob)
        hand_over(people, pair, "2026-03-09", "2026-03-10")

        assert submit(leave, people.bob, key="again").status == "running"


def test_one_case_at_a_time_for_one_record(people):
    leave = a_leave(people.alice)
    submit(leave, people.alice)

    with pytest.raises(Refused):
        submit(leave, people.alice, key="other")
    assert len(list(db.session.scalars(select(ApprovalCase)))) == 1


def test_nobody_is_asked_who_may_not_sign_in_the_register(people, boss):
    """The general manager reads every request for files and signs none: no step may ask him."""
    from app.approvals import asking
    from app.domains.customers.access import CustomerAccessRequest

    assert asking.holders(["general_manager"], CustomerAccessRequest, None) == []
    assert asking.holders(["general_manager"], LeaveRequest, None) == [boss.id]
