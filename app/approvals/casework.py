"""Every act on a case: one lock, one transaction, with its effect on the record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import or_, select

from app.approvals import asking, spec
from app.approvals.approvable import case_label, is_signed
from app.approvals.deciding import (
    NOBODY,
    Case,
    Command,
    Ended,
    Entered,
    Event,
    Moved,
    Opened,
    Passed,
    Seat,
    decide,
)
from app.approvals.models import ApprovalAction, ApprovalCase, ApprovalFlow, ApprovalTask
from app.approvals.telling import due_of, notify, urge
from app.approvals.words import step_title
from app.extensions import db
from app.organisation import standing_in
from app.records import (
    REGISTERED,
    Conflict,
    Kind,
    NotAllowed,
    Refusal,
    Refused,
    acting,
    check,
    clock,
    plain_value,
    settings,
    within,
)
from app.records.attachments import Attachment
from app.records.reading import Unreadable, read
from app.security import users

settings.declare(
    settings.Setting(
        "approval_preset",
        lazy_gettext("Whose regulations the flows follow where they differ"),
        "factory",
        Kind.CHOICE,
        source="A-28, A-60",
        options=(
            ("factory", lazy_gettext("Factory (device office)")),
            ("company", lazy_gettext("Company (general affairs department)")),
            ("hospital", lazy_gettext("Hospital (network information section)")),
        ),
        group=lazy_gettext("House"),
    ),
)

#: what the person of a task may do with it
ON_TASKS = (
    "approve",
    "reject",
    "return",
    "delegate",
    "transfer",
    "add_before",
    "add_after",
    "remove",
)
#: what goes to other people
TO_PEOPLE = frozenset({"delegate", "transfer", "add_before", "add_after", "assign", "escalate"})
#: what only an administrator does, with a reason
BY_FORCE = frozenset({"force_pass", "force_end", "assign"})


@dataclass(frozen=True)
class Done:
    """What an act led to.

    :param again: the same click had been carried out before; nothing was done a second time
    """

    case: ApprovalCase
    events: tuple[Event, ...] = ()
    again: bool = False


def submit(
    record: Any, *, key: str, chosen: Mapping[str, Iterable[int]] | None = None, note: str = ""
) -> Done:
    """Put a record before those who sign it; one that was returned goes on in the same case.

    :param key: names this click: the same one twice is one submission
    :param chosen: step → accounts, where the flow lets the requester choose
    :raises Refused: with every reason at its field
    """
    if not is_signed(record):
        raise Refused(Refusal(_("Nothing of this register is signed.")))
    register, actor = record.register_name(), acting().actor
    if actor.id is None:
        raise NotAllowed(Refusal(_("Only a person submits; the signatures need a requester.")))
    _lock_record(record)
    case = _unfinished(register, record.id)
    if case is not None and _known(case, key):
        return Done(case, again=True)
    if case is not None and case.status == "running":
        raise Refused(Refusal(_("%(record)s is under approval already.", record=record)))
    if record.is_void:
        raise Refused(Refusal(_("%(record)s is void.", record=record)))
    if record.state not in record.outcome.submitted_from:
        raise Refused(
            Refusal(
                _(
                    "%(record)s is “%(state)s”; only from “%(from_state)s” is it submitted.",
                    record=record,
                    state=_word(record, record.state),
                    from_state=_word(record, record.outcome.submitted_from[0]),
                ),
                "state",
            )
        )
    if refusals := [*check(record), *record.before_submission()]:
        raise Refused(refusals)
    people = {step: [int(i) for i in ids] for step, ids in (chosen or {}).items()}
    if case is None:
        case = ApprovalCase(
            flow=flow_for(record),
            register=register,
            record_id=record.id,
            record_label=case_label(record),
            requester_id=actor.id,
            submitted_at=clock.now(),
            chosen=people or None,
        )
        db.session.add(case)
        db.session.flush()
    elif people:
        case.chosen = people
    return _carry_out(case, record, Command("submit", actor.id), key=key, opinion=note)


def request_change(record: Any, values: Mapping[str, Any], *, key: str, reason: str) -> Done:
    """Ask for a change of a record that is approved already; it is written when it is signed.

    :param values: field → new value
    :raises Refused: where nothing changes, or the record would not take it
    """
    actor = acting().actor
    if actor.id is None:
        raise NotAllowed(Refusal(_("Only a person submits; the signatures need a requester.")))
    if not is_signed(record) or record.state not in record.changed_by_request:
        raise Refused(Refusal(_("In this state no change is asked for.")))
    if not reason.strip():
        raise Refused(Refusal(_("Say why it should change."), "reason"))
    _lock_record(record)
    running = _unfinished(record.register_name(), record.id)
    if running is not None:
        if _known(running, key):
            return Done(running, again=True)
        raise Refused(Refusal(_("%(record)s is under approval already.", record=record)))
    specs = record.specs()
    proposed = {
        name: plain_value(value)
        for name, value in values.items()
        if name in specs
        and specs[name].writable
        and plain_value(value) != plain_value(getattr(record, name))
    }
    if not proposed:
        raise Refused(Refusal(_("Nothing would change.")))
    _try(record, proposed)
    case = ApprovalCase(
        flow=flow_for(record),
        register=record.register_name(),
        record_id=record.id,
        record_label=case_label(record),
        kind="change",
        proposed=proposed,
        requester_id=actor.id,
        submitted_at=clock.now(),
    )
    db.session.add(case)
    db.session.flush()
    return _carry_out(case, record, Command("submit", actor.id), key=key, opinion=reason.strip())


def act(
    task_id: int,
    name: str,
    *,
    key: str,
    opinion: str = "",
    people: Iterable[int] = (),
    to: str = "",
    values: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Done:
    """Do something with a task of one's own, or of whom one stands in for.

    :param name: one of ON_TASKS
    :param key: names this click: the same one twice is one act
    :param people: to whom it goes
    :param to: the step it is returned to; "" for the requester
    :param values: fields that the step fills in
    :param seen: the version of the record that was before his eyes
    :raises Refused: in words; NotAllowed where it is not his to decide
    :raises Conflict: where the record is another one than he saw
    """
    if name not in ON_TASKS:
        raise Refused(Refusal(_("There is no such act.")))
    case_id = db.session.scalar(select(ApprovalTask.case_id).where(ApprovalTask.id == task_id))
    if case_id is None:
        raise NotAllowed(Refusal(_("There is no such task.")))
    case = lock(case_id)
    if _known(case, key):
        return Done(case, again=True)
    task = next(t for t in case.tasks if t.id == task_id)
    actor = acting().actor
    by = _for_whom(task if name != "remove" else _asker(case, task), actor.id)
    record = record_of(case)
    if seen is not None and record.version != seen and name in ("approve", "reject"):
        raise Conflict(
            Refusal(
                _("%(record)s has changed since you opened it. Look at it again.", record=record)
            )
        )
    step = next((s for s in case.flow.spec() if s.key == task.step), None)
    wanted = name in ("reject", "return") or (name == "approve" and step and step.needs_opinion)
    if wanted and not opinion.strip():
        raise Refused(Refusal(_("Say why: an opinion is required here."), "opinion"))
    details: dict[str, Any] = {}
    if name == "approve" and step is not None and step.needs_signature:
        details["signature"] = _signature_of(actor.id)
    if name in ("approve", "reject") and not asking.may_sign(by, case.register):
        raise NotAllowed(Refusal(_("The right to sign in this register was taken back.")))
    if values:
        with within(deciding=True, **_in_the_name_of(Command(name, by))):
            details["filled"] = _fill(record, case, step, values)
            db.session.flush()  # in here: outside of the act the record rests
    if name in TO_PEOPLE:
        people = _known_people(people)
        details["people"] = [users.display_name(users.by_id(i)) for i in people]
    if to:
        details["to"] = to
    command = Command(name, by, seat=task.no, hand=actor.id or 0, people=tuple(people), to=to)
    return _carry_out(case, record, command, key=key, opinion=opinion, details=details)


def withdraw(case_id: int, *, key: str, reason: str = "") -> Done:
    """The requester takes back what he submitted; the record is his to edit again."""
    case = lock(case_id)
    if _known(case, key):
        return Done(case, again=True)
    actor = acting().actor
    return _carry_out(
        case, record_of(case), Command("withdraw", actor.id or 0), key=key, opinion=reason
    )


def force(
    case_id: int, name: str, *, key: str, reason: str, person: int = 0, task_no: int = 0
) -> Done:
    """An administrator moves a case that is stuck; never one of his own, always with a reason."""
    if name not in BY_FORCE:
        raise Refused(Refusal(_("There is no such act.")))
    if not reason.strip():
        raise Refused(Refusal(_("Say why: this goes past the signatures."), "reason"))
    case = lock(case_id)
    if _known(case, key):
        return Done(case, again=True)
    actor = acting().actor
    people = _known_people([person]) if name == "assign" else ()
    if people and not asking.may_sign(people[0], case.register):
        raise Refused(Refusal(_("He has no right to sign in this register."), "people"))
    command = Command(name, actor.id or 0, seat=task_no, people=tuple(people))
    return _carry_out(case, record_of(case), command, key=key, opinion=reason)


def remind(case_id: int, *, key: str) -> Done:
    """The requester reminds those who are asked; once a day is enough."""
    case = lock(case_id)
    if _known(case, key):
        return Done(case, again=True)
    actor = acting().actor
    if case.requester_id != actor.id:
        raise NotAllowed(Refusal(_("Who asked for it may remind.")))
    if case.status != "running":
        raise Refused(Refusal(_("The case has ended.")))
    day_ago = clock.now() - timedelta(days=1)
    if any(a.command == "remind" and a.at > day_ago for a in case.actions):
        raise Refused(Refusal(_("They were reminded within the last day.")))
    _enter(case, Command("remind", actor.id or 0), key, step=case.step)
    db.session.flush()
    urge(case, [t for t in case.tasks if t.status == "open"], once=f"remind:{key}")
    return Done(case)


def by_the_clock(
    case_id: int, name: str, task_no: int, *, key: str, people: Iterable[int] = ()
) -> Done:
    """What the machine does: escalate what is overdue, hand on what a leaver left behind."""
    case = lock(case_id)
    if _known(case, key):
        return Done(case, again=True)
    command = Command(name, 0, seat=task_no, people=tuple(people))
    return _carry_out(case, record_of(case), command, key=key)


# -- one lock ------------------------------------------------------------------------------------


def lock(case_id: int) -> ApprovalCase:
    """The case, locked until the end of the transaction, as it stands now and not as it was read."""
    query = (
        select(ApprovalCase)
        .where(ApprovalCase.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    case = db.session.scalar(query)
    if case is None:
        raise NotAllowed(Refusal(_("There is no such case.")))
    tasks = select(ApprovalTask).where(ApprovalTask.case_id == case_id).order_by(ApprovalTask.no)
    list(db.session.scalars(tasks.execution_options(populate_existing=True)))
    db.session.expire(case, ["tasks", "actions"])
    return case


def _lock_record(record: Any) -> None:
    """Two who submit the same record at once must meet: there is no case yet to lock."""
    cls = type(record)
    db.session.execute(select(cls.id).where(cls.id == record.id).with_for_update())
    db.session.refresh(record)


def _unfinished(register: str, record_id: int) -> ApprovalCase | None:
    found = db.session.scalar(
        select(ApprovalCase.id).where(
            ApprovalCase.register == register,
            ApprovalCase.record_id == record_id,
            ApprovalCase.status.in_(("running", "returned")),
        )
    )
    return None if found is None else lock(found)


def _known(case: ApprovalCase, key: str) -> bool:
    query = select(ApprovalAction.id).where(
        ApprovalAction.case_id == case.id, ApprovalAction.key == key
    )
    return db.session.scalar(query) is not None


def record_of(case: ApprovalCase) -> Any:
    cls: Any = REGISTERED[case.register]
    record = db.session.get(cls, case.record_id, populate_existing=True)
    if record is None:
        raise Refused(Refusal(_("The record of this case is gone.")))
    return record


def flow_for(record: Any) -> ApprovalFlow:
    """The published flow that fits the record: the first by order whose conditions hold.

    Flows of the preset that the house has chosen come before those of none; other presets do not serve.
    """
    firm = asking.Firm(record, 0, {})
    preset = settings.get("approval_preset")
    query = select(ApprovalFlow).where(
        ApprovalFlow.register == record.register_name(),
        ApprovalFlow.state == "published",
        or_(ApprovalFlow.preset.is_(None), ApprovalFlow.preset == preset),
    )
    order = (ApprovalFlow.preset.is_(None), ApprovalFlow.priority, ApprovalFlow.id)
    for flow in db.session.scalars(query.order_by(*order)):
        if spec.holds(flow.applies_when or "", firm.value):
            return flow
    raise Refused(
        Refusal(_("No published flow fits this record. An administrator publishes one."))
    )


# -- who -------------------------------------------------------------------------------------------


def _for_whom(task: ApprovalTask, actor_id: int | None) -> int:
    """Whose task it is, where the actor is that person or his B today.

    :raises NotAllowed: where it is somebody else's
    """
    asked = task.assignee_id
    if actor_id and asked and (asked == actor_id or asked in standing_in.for_whom(actor_id)):
        return asked
    raise NotAllowed(Refusal(_("This is somebody else's task.")))


def _asker(case: ApprovalCase, task: ApprovalTask) -> ApprovalTask:
    return next((t for t in case.tasks if t.no == task.parent_no), task)


def _known_people(ids: Iterable[int]) -> tuple[int, ...]:
    found = tuple(dict.fromkeys(int(one) for one in ids))
    for one in found:
        user = users.by_id(one)
        if user is None or not user.active:
            raise Refused(Refusal(_("There is no such person with an account."), "people"))
    if not found:
        raise Refused(Refusal(_("Say to whom."), "people"))
    return found


def _signature_of(user_id: int | None) -> str:
    """The hash of the signature image a person has on file."""
    from app.organisation.people import employee_of

    employee = employee_of(user_id)
    image = None
    if employee is not None:
        image = db.session.scalar(
            select(Attachment)
            .where(
                Attachment.register == "employee",
                Attachment.record_id == employee.id,
                Attachment.field == "signature_image",
            )
            .order_by(Attachment.id.desc())
        )
    if image is None:
        raise Refused(
            Refusal(
                _(
                    "This step needs your signature image, and none is on file with your employee record."
                ),
                "signature",
            )
        )
    return image.digest


# -- one transaction ---------------------------------------------------------------------------------


def _fill(
    record: Any, case: ApprovalCase, step: spec.StepSpec | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Write what the step fills in; nothing else of the record moves."""
    if case.kind == "change":
        raise Refused(Refusal(_("In a change nothing else is filled in.")))
    allowed = set(step.edits) if step else set()
    specs, written = record.specs(), {}
    for name, value in values.items():
        if name not in allowed:
            raise NotAllowed(Refusal(_("This field is not filled in at this step."), name))
        setattr(record, name, value)
        written[name] = plain_value(value)
        if specs[name].kind.value == "choices":
            written[name] = list(value or ())
    return written


def _try(record: Any, proposed: Mapping[str, Any]) -> None:
    """Ask the rules about the record as it would be, and leave it as it is."""
    with db.session.no_autoflush, within(deciding=True):
        _set(record, proposed)
        refusals = check(record)
        db.session.refresh(record)
    if refusals:
        raise Refused(refusals)


def _set(record: Any, proposed: Mapping[str, Any]) -> None:
    specs = record.specs()
    for name, value in proposed.items():
        try:
            setattr(record, name, read(specs[name], value))
        except Unreadable as error:
            raise Refused(Refusal(str(error), name)) from None


def _carry_out(
    case: ApprovalCase,
    record: Any,
    command: Command,
    *,
    key: str,
    opinion: str = "",
    details: dict[str, Any] | None = None,
) -> Done:
    steps = case.flow.spec()
    state = Case(
        case.requester_id,
        steps,
        tuple(_seat(task) for task in case.tasks),
        case.step,
        case.round,
        case.status,
    )
    firm = asking.Firm(
        record,
        case.requester_id,
        case.chosen or {},
        case.proposed if case.kind == "change" else None,
    )
    step, round_no = case.step, case.round
    events = decide(state, command, firm)
    if command.name == "submit":
        step = next((e.step for e in events if isinstance(e, Entered)), "")
    _enter(case, command, key, step=step, round_no=round_no, opinion=opinion, details=details)
    with within(deciding=True, **_in_the_name_of(command)):
        _write(case, record, command, events, opinion)
        case.record_label = case_label(record)  # a draft had no number when it was submitted
    notify(case, record, events, command)
    return Done(case, tuple(events))


def _in_the_name_of(command: Command) -> dict[str, Any]:
    """Where B acts for A, the audit book names both."""
    actor = acting().actor
    if not command.by or command.by == actor.id:
        return {}
    behind = users.by_id(command.by)
    both = replace(actor, for_id=behind.id, for_name=users.display_name(behind))
    return {"who": lambda: both}


def _enter(
    case: ApprovalCase,
    command: Command,
    key: str,
    *,
    step: str,
    round_no: int = 0,
    opinion: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Write the act down: who, for whom, what, with which words. It is never changed."""
    context = acting()
    actor = context.actor
    behind = users.by_id(command.by) if command.by and command.by != actor.id else None
    case.actions.append(
        ApprovalAction(
            key=key,
            task_no=command.seat,
            command=command.name,
            step=step,
            step_title=step_title(case, step),
            round=round_no or case.round or 1,
            actor_id=actor.id,
            actor_name=actor.name,
            for_id=behind.id if behind else None,
            for_name=users.display_name(behind) if behind else "",
            opinion=opinion.strip(),
            at=clock.now(),
            ip=context.ip,
            details=details or None,
        )
    )


def _seat(task: ApprovalTask) -> Seat:
    return Seat(
        task.no,
        task.step,
        task.round,
        task.assignee_id or NOBODY,
        task.first_id or NOBODY,
        task.kind,
        task.status,
        task.place,
        task.parent_no,
        task.hand_id or 0,
    )


def _write(
    case: ApprovalCase, record: Any, command: Command, events: Iterable[Event], opinion: str
) -> None:
    now, steps = clock.now(), {step.key: step for step in case.flow.spec()}
    tasks = {task.no: task for task in case.tasks}
    approves = case.kind == "approval"
    for event in events:
        match event:
            case Opened(seat):
                task = tasks[seat.no] = ApprovalTask(
                    no=seat.no,
                    step=seat.step,
                    round=seat.round,
                    assignee_id=seat.who or None,
                    first_id=seat.first or None,
                    kind=seat.kind,
                    status=seat.status,
                    place=seat.place,
                    parent_no=seat.parent,
                    opened_at=now,
                    due_at=due_of(steps[seat.step], now),
                )
                case.tasks.append(task)
            case Moved(no, status, hand):
                task = tasks[no]
                if task.status == "queued" and status == "open":
                    task.opened_at, task.due_at = now, due_of(steps[task.step], now)
                task.status = status
                if status in ("approved", "rejected", "returned"):
                    task.decided_at, task.hand_id = now, hand or None
            case Entered(step, round_no):
                case.step, case.round, case.status = step, round_no, "running"
                if approves and record.state in record.outcome.submitted_from:
                    _set_state(record, record.outcome.submitted)
                    record.submitted_at, record.decided_at = now, None
                    record.decision_note = None
                record.current_step = step
            case Passed(step, _how):
                if approves and steps[step].sets_state:
                    _set_state(record, steps[step].sets_state)
            case Ended(status):
                _end(case, record, status, opinion)
    db.session.flush()


def _set_state(record: Any, state: str) -> None:
    """Each state is written for itself: the book shows every station, and each move must exist."""
    record.state = state
    db.session.flush()


def _end(case: ApprovalCase, record: Any, status: str, opinion: str) -> None:
    now = clock.now()
    case.status = status
    record.current_step = None
    if status == "returned":
        if case.kind == "change":
            case.status = status = "rejected"  # a change that comes back is asked for anew
        else:
            _set_state(record, record.outcome.returned)
            return
    case.ended_at = now
    if case.kind == "change":
        if status == "approved":
            _set(record, case.proposed)
            db.session.flush()
            record.changed_by(case)
        return
    record.decision_note = opinion.strip() or None
    if status == "approved":
        record.decided_at = now
        _set_state(record, record.outcome.approved)
        record.approved(case)
    elif status in ("rejected", "ended"):
        record.decided_at = now
        _set_state(record, record.outcome.rejected)
        record.rejected(case)
    else:
        _set_state(record, record.outcome.returned)


def _word(record: Any, state: str) -> str:
    return str(dict(record.states.words.options()).get(state, state))


def click_key(*parts: Any) -> str:
    """A key for an act that has no click of its own: the same parts are the same act."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
