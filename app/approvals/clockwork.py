"""What the clock does to cases: remind, escalate, and hand on what a leaver left behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from app.approvals import asking, casework
from app.approvals.models import ApprovalCase, ApprovalTask
from app.approvals.telling import urge
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee, EmployeeState
from app.records import REGISTERED, Refused, clock, writing
from app.security.models import User

#: a task is reminded of so long before it is due
_BEFORE = timedelta(hours=4)


@dataclass
class Done:
    reminded: int = 0
    escalated: int = 0
    handed_on: int = 0


def run() -> Done:
    """Everything that is due now. Called twice it does nothing twice: what was done stands in the rows."""
    done = Done()
    for case_id, task_no in _of_leavers():
        done.handed_on += _once(case_id, "vacate", task_no)
    for case_id, task_no in _overdue():
        done.escalated += _escalate(case_id, task_no)
    done.reminded = _remind()
    return done


def _of_leavers() -> list[tuple[int, int]]:
    """Tasks of accounts that are closed, or whose people have left."""
    query = (
        select(ApprovalTask.case_id, ApprovalTask.no)
        .join(User, User.id == ApprovalTask.assignee_id)
        .outerjoin(Employee, Employee.user_id == User.id)
        .where(
            ApprovalTask.status.in_(("open", "waiting", "queued")),
            or_(User.active.is_(False), Employee.state == EmployeeState.LEFT),
        )
    )
    return [(row.case_id, row.no) for row in db.session.execute(query)]


def _overdue() -> list[tuple[int, int]]:
    query = select(ApprovalTask.case_id, ApprovalTask.no).where(
        ApprovalTask.status == "open",
        ApprovalTask.assignee_id.is_not(None),
        ApprovalTask.due_at < clock.now(),
    )
    return [(row.case_id, row.no) for row in db.session.execute(query)]


def _escalate(case_id: int, task_no: int) -> int:
    """Give an overdue task to whom its step names; where it names nobody it is only reminded of."""
    case = db.session.get(ApprovalCase, case_id)
    task = next((t for t in case.tasks if t.no == task_no), None) if case else None
    if case is None or task is None or task.kind == "escalated":
        return 0
    step = next((s for s in case.flow.spec() if s.key == task.step), None)
    if step is None or not step.escalates_to or task.assignee_id is None:
        return 0
    if step.escalates_to == "superior":
        above = people.superior_of(task.assignee_id)
        wanted = [above] if above else []
    else:
        wanted = asking.holders([step.escalates_to], REGISTERED[case.register], case.record_id)
    for person in wanted:
        if _once(case_id, "escalate", task_no, person):
            return 1
    return 0


def _once(case_id: int, act: str, task_no: int, *who: int) -> int:
    try:
        with writing("job"):
            key = casework.click_key(act, case_id, task_no)
            done = casework.by_the_clock(case_id, act, task_no, key=key, people=who)
    except Refused:
        return 0  # somebody was faster, or this one may not sign the case
    return 0 if done.again else 1


def _remind() -> int:
    """Once for each task: shortly before it is due, or as soon as it is overdue."""
    many = 0
    ids = list(
        db.session.scalars(
            select(ApprovalTask.id).where(
                ApprovalTask.status == "open",
                ApprovalTask.reminded_at.is_(None),
                ApprovalTask.due_at < clock.now() + _BEFORE,
            )
        )
    )
    for one in ids:
        with writing("job"):
            task = db.session.scalar(
                select(ApprovalTask)
                .where(ApprovalTask.id == one, ApprovalTask.reminded_at.is_(None))
                .with_for_update()
            )
            if task is None or task.status != "open":
                continue
            task.reminded_at = clock.now()
            urge(task.case, [task], once=f"due:{task.id}")
            many += 1
    return many
