"""Who is told what happens to a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from app import notices
from app.approvals.deciding import Command, Ended, Event, Moved, Opened
from app.approvals.spec import StepSpec
from app.deadlines import working_days
from app.organisation import standing_in
from app.security import users
from app.security.roles import ADMINISTRATOR


def due_of(step: StepSpec, asked_at: datetime) -> datetime | None:
    """By when a signature is due: so many working days after it was asked for, end of the shift."""
    return working_days.due_after(asked_at, step.within) if step.within else None


def notify(case: Any, record: Any, events: Iterable[Event], command: Command) -> None:
    """Put the notices into the outbox, in the same transaction as the act itself."""
    place = f"/approvals/case/{case.id}"
    seats = {task.no: task for task in case.tasks}
    asked: dict[int, int] = {}
    for event in events:
        if isinstance(event, Opened) and event.seat.status == "open":
            asked[event.seat.no] = event.seat.who
        elif isinstance(event, Moved) and event.status == "open":
            asked[event.no] = seats[event.no].assignee_id or 0
        elif isinstance(event, Moved):
            asked.pop(event.no, None)
    deputies = standing_in.deputies_of(asked.values())
    for number, person in asked.items():
        once = f"task:{case.id}:{number}:{case.round}"
        if not person:
            notices.tell(
                users.holding(ADMINISTRATOR),
                "approval_stuck",
                _("Nobody can sign “%(record)s”: name somebody.", record=case.record_label),
                place,
                once=once,
            )
            continue
        notices.tell(
            {person, deputies.get(person, person)},
            "approval_task",
            _("“%(record)s” waits for your signature.", record=case.record_label),
            place,
            once=once,
        )
    for event in events:
        if isinstance(event, Ended) and event.status != "withdrawn":
            notices.tell([case.requester_id], "approval_ended", _ended(event.status, case), place)


def urge(case: Any, tasks: Iterable[Any], once: str) -> None:
    """Remind those who are asked, and who stands in for them."""
    people = [task.assignee_id for task in tasks if task.assignee_id]
    deputies = standing_in.deputies_of(people)
    notices.tell(
        {*people, *deputies.values()},
        "approval_reminder",
        _("“%(record)s” still waits for your signature.", record=case.record_label),
        f"/approvals/case/{case.id}",
        once=once,
    )


def _ended(status: str, case: Any) -> Any:
    label = case.record_label
    return {
        "approved": _("“%(record)s” is approved.", record=label),
        "rejected": _("“%(record)s” is rejected.", record=label),
        "returned": _("“%(record)s” came back to you.", record=label),
        "ended": _("“%(record)s” was ended by an administrator.", record=label),
    }[status]
