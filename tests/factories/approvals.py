"""Flows, tasks, notices and days of the calendar."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from app.approvals.models import ApprovalCase, ApprovalFlow, ApprovalStep, ApprovalTask
from app.deadlines.models import CalendarDay, DutyOccurrence
from app.extensions import db
from app.notices.models import Notification
from app.records import clock
from app.security import users
from tests.factories import makes

_next = itertools.count(1)


@makes("approval_flow")
def a_flow(**values: Any) -> ApprovalFlow:
    flow = ApprovalFlow(
        **{"flow": f"test-{next(_next)}", "name": "请假", "register": "leave_request"} | values
    )
    flow.steps = [
        ApprovalStep(
            order_no=1, key="head", title="部门负责人", who="head", mode="any", on_empty="admin",
            on_self="skip", on_repeat="other", on_reject="end", levels=1,
        )
    ]  # fmt: skip
    return flow


@makes("approval_task")
def a_task(**values: Any) -> ApprovalTask:
    admin = users.find("admin")
    case = values.pop("case", None) or ApprovalCase(
        flow=a_flow(),
        register="leave_request",
        record_id=next(_next) + 10_000,
        record_label="请假单",
        requester_id=admin.id,
        status="approved",
        submitted_at=clock.now(),
    )
    db.session.add(case)
    return ApprovalTask(
        **{"case": case, "no": next(_next), "step": "head", "assignee_id": admin.id} | values
    )


@makes("notification")
def a_notice(**values: Any) -> Notification:
    admin = users.find("admin")
    return Notification(
        **{"user_id": admin.id, "kind": "test", "message": "Saved.", "once": f"once-{next(_next)}"}
        | values
    )


@makes("work_calendar")
def a_calendar_day(**values: Any) -> CalendarDay:
    return CalendarDay(
        **{"day": date(2051, 1, 1) + timedelta(days=next(_next)), "kind": "rest"} | values
    )


@makes("reminder")
def a_duty(**values: Any) -> DutyOccurrence:
    return DutyOccurrence(
        **{"duty": "DL-18", "period": f"1999-H{next(_next)}", "due_at": clock.now()} | values
    )
