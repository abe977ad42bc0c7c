"""A case on a page: how far it is, who said what, what changes, and what one may do."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict

from app.approvals import asking, casework
from app.approvals.approvable import is_signed
from app.approvals.models import ApprovalAction, ApprovalCase, ApprovalFlow, ApprovalTask
from app.approvals.spec import StepSpec
from app.approvals.words import asked_of, command_word, mode_word, step_title
from app.extensions import db
from app.records import REGISTERED, Refused
from app.records.fields import FieldSpec, Kind
from app.records.reading import Unreadable, read
from app.registers.cells import moment
from app.registers.pages import Action, ApprovalPanel, Chip, Difference, Happening, Station
from app.registers.timeline import said
from app.security import scopes, users

_STATUS = {
    "running": "run",
    "returned": "warn",
    "approved": "ok",
    "rejected": "bad",
    "withdrawn": "mute",
    "ended": "mute",
}
#: so many names of people who may be asked; the rest is counted
_NAMES = 3


def new_key() -> str:
    """Names one click: a form that is sent twice carries the same one."""
    return secrets.token_hex(16)


def chosen_from(form: MultiDict[str, str]) -> dict[str, list[int]]:
    """Whom the requester named for which step: fields called `chosen-<step>`."""
    found: dict[str, list[int]] = {}
    for name, value in form.items(multi=True):
        if name.startswith("chosen-") and str(value).isdecimal():
            found.setdefault(name.removeprefix("chosen-"), []).append(int(value))
    return found


def status_chip(case: ApprovalCase) -> Chip:
    words = {
        "running": _("waits for: %(step)s", step=step_title(case, case.step)),
        "returned": _("came back"),
        "approved": _("approved"),
        "rejected": _("rejected"),
        "withdrawn": _("withdrawn"),
        "ended": _("ended by an administrator"),
    }
    return Chip(words.get(case.status, case.status), _STATUS.get(case.status, "mute"))  # type: ignore[arg-type]


def cases_of(record: Any) -> list[ApprovalCase]:
    """All cases about a record, the newest first, with their tasks and acts."""
    query = (
        select(ApprovalCase)
        .where(
            ApprovalCase.register == record.register_name(), ApprovalCase.record_id == record.id
        )
        .options(
            selectinload(ApprovalCase.tasks),
            selectinload(ApprovalCase.actions),
            selectinload(ApprovalCase.flow).selectinload(ApprovalFlow.steps),
        )
        .order_by(ApprovalCase.id.desc())
    )
    return list(db.session.scalars(query))


def panel(record: Any, person: scopes.Person) -> ApprovalPanel | None:
    """What the record's own page shows of its signatures."""
    if not is_signed(record):
        return None
    cases = cases_of(record)
    actions = actions_for(record, cases, person)
    if not cases:
        return ApprovalPanel(_("Approval"), (), actions=actions) if actions else None
    case = cases[0]
    return ApprovalPanel(
        _("Change asked for") if case.kind == "change" else _("Approval"),
        stations(case, record),
        opinions=[one for c in cases for one in opinions(c)],
        url=f"/approvals/case/{case.id}",
        chip=status_chip(case),
        actions=actions,
        differences=differences(case, record, person),
    )


def actions_for(record: Any, cases: Sequence[ApprovalCase], person: scopes.Person) -> list[Action]:
    """Submit or withdraw, where this person may."""
    register = record.register_name()
    found = []
    open_case = next((c for c in cases if c.status in ("running", "returned")), None)
    if why_not_submit(record, person) is None and (
        open_case is None or open_case.requester_id == person.user_id
    ):
        found.append(
            Action(
                "submit",
                _("Submit again") if open_case else str(record.submit_label),
                f"/{register}/submit/{record.id}?key={new_key()}",
                icon="send",
                method="get" if steps_to_choose(record) else "post",
                primary=True,
                key="S",
            )
        )
    if open_case is None and why_not_ask_change(record, person) is None:
        found.append(
            Action(
                "change", _("Ask for a change…"), f"/{register}/change/{record.id}", icon="edit"
            )
        )
    if open_case and open_case.requester_id == person.user_id and open_case.status == "running":
        found.append(
            Action(
                "withdraw",
                _("Withdraw…"),
                f"/approvals/case/{open_case.id}/withdraw?key={new_key()}",
                icon="arrow-back-up",
                method="post",
                confirm=_("Withdraw %(record)s? It is then yours to edit again.", record=record),
            )
        )
    return found


def why_not_submit(record: Any, person: scopes.Person) -> str | None:
    """Why this person cannot submit this record now; None: he can."""
    if not is_signed(record):
        return _("Nothing of this register is signed.")
    if record.is_void:
        return _("It is void.")
    if record.state not in record.outcome.submitted_from or record.is_under_approval:
        return _("It is not a draft any more.")
    if person.unlimited:
        return None
    register = record.register_name()
    own = scopes.may(person, "a", register) and record.created_by_id == person.user_id
    if own or _reaches(record, person, "a") or _reaches(record, person, "e"):
        return None
    return _("Your roles do not let you submit this record.")


def steps_to_choose(record: Any) -> list[StepSpec]:
    """The steps of its flow for which the requester names the signer."""
    try:
        flow = casework.flow_for(record)
    except Refused:
        return []
    firm = asking.Firm(record, 0, {})
    return [step for step in flow.spec() if step.who.kind == "chosen" and firm.applies(step)]


def why_not_ask_change(record: Any, person: scopes.Person) -> str | None:
    """Why this person cannot ask for a change of this record now; None: he can."""
    if not is_signed(record) or record.is_void or record.is_under_approval:
        return _("In this state no change is asked for.")
    if record.state not in record.changed_by_request:
        return _("In this state no change is asked for.")
    if person.unlimited or _reaches(record, person, "a") or _reaches(record, person, "e"):
        return None
    return _("Your roles do not let you ask for a change of this record.")


def _reaches(record: Any, person: scopes.Person, verb: str) -> bool:
    cls = type(record)
    if not scopes.may(person, verb, record.register_name()):
        return False
    condition = scopes.rows(person, verb, cls)
    if condition is None:
        return True
    return db.session.scalar(select(cls.id).where(cls.id == record.id, condition)) is not None


# -- the way it goes -------------------------------------------------------------------------------


def stations(case: ApprovalCase, record: Any) -> list[Station]:
    """Done, now and later: names first, role and rule second, time third."""
    firm = asking.Firm(
        record,
        case.requester_id,
        case.chosen or {},
        case.proposed if case.kind == "change" else None,
    )
    acts = {(a.task_no, a.command): a for a in case.actions}
    first = next((a for a in reversed(case.actions) if a.command == "submit"), None)
    found = [
        Station(
            first.actor_name if first else "",
            "done",
            note=_("submitted"),
            when=moment(first.at) if first else "",
            for_whom=first.for_name if first else "",
        )
    ]
    running = case.status == "running"
    reached = False
    for step in case.flow.spec():
        seats = [t for t in case.tasks if t.step == step.key]
        last = max((t.round for t in seats), default=0)
        signed = [t for t in seats if t.round == last and t.decided_at is not None]
        title = step_title(case, step.key)
        if running and step.key == case.step:
            reached = True
            found += _signed(signed, acts, title)
            found.append(_now(case, step, title))
        elif not reached and signed:
            found += _signed(signed, acts, title)
        elif running and reached and firm.applies(step):
            people = [p for p in firm.candidates(step) if p not in firm.barred]
            found.append(
                Station(
                    _names(people) or asked_of(step), "later", note=f"{title} · {mode_word(step)}"
                )
            )
    if running:
        found.append(Station(_("takes effect"), "later"))
    elif case.status != "returned":
        chip = status_chip(case)
        found.append(
            Station(
                chip.label,
                "done",
                when=moment(case.ended_at) if case.ended_at else "",
                tone=chip.tone,
            )
        )
    return found


def _signed(
    tasks: Sequence[ApprovalTask], acts: dict[tuple[int, str], ApprovalAction], title: str
) -> list[Station]:
    found = []
    for task in tasks:
        act = next(
            (acts[task.no, c] for c in ("approve", "reject", "return") if (task.no, c) in acts),
            None,
        )
        if act is None:
            continue
        found.append(
            Station(
                act.actor_name,
                "done",
                note=f"{title} · {command_word(act.command)}",
                when=moment(act.at),
                for_whom=act.for_name,
                tone="ok" if act.command == "approve" else "bad",
            )
        )
    return found


def _now(case: ApprovalCase, step: Any, title: str) -> Station:
    waiting = [t for t in case.tasks if t.status == "open"]
    people = [t.assignee_id for t in waiting if t.assignee_id]
    due = min((t.due_at for t in waiting if t.due_at), default=None)
    return Station(
        _names(people, any_one=step.mode == "any")
        or _("nobody found: an administrator names somebody"),
        "now",
        note=f"{title} · {mode_word(step)}" if len(people) > 1 else title,
        when=_("due %(when)s", when=moment(due, full=True)) if due else "",
    )


def _names(ids: Sequence[int], *, any_one: bool = True) -> str:
    names = [users.display_name(user) for i in ids[:_NAMES] if (user := users.by_id(i))]
    if len(ids) > _NAMES:
        names.append(_("%(count)d more", count=len(ids) - _NAMES))
    return (_(" or ") if any_one else "、").join(names)


def opinions(case: ApprovalCase) -> list[Happening]:
    """Every act and what was said with it, the newest first."""
    found = []
    for act in reversed(case.actions):
        tone = {"approve": "ok", "reject": "bad", "return": "warn"}.get(act.command, "mute")
        people = "、".join((act.details or {}).get("people", ()))
        what = command_word(act.command)
        found.append(
            Happening(
                who=act.actor_name or _("the system"),
                what=f"{what}：{people}" if people else what,
                when=moment(act.at),
                when_exact=moment(act.at, full=True),
                icon={"submit": "send", "approve": "check", "reject": "x"}.get(
                    act.command, "arrow-forward-up"
                ),
                tone=tone,  # type: ignore[arg-type]
                for_whom=act.for_name,
                quote=act.opinion,
                channel=act.step_title,
            )
        )
    return found


# -- what changes ----------------------------------------------------------------------------------


def differences(case: ApprovalCase, record: Any, person: scopes.Person) -> list[Difference]:
    """Field by field: what stands now and what is asked for. Hidden and masked fields stay so."""
    register = record.register_name()
    specs = record.specs()
    if case.kind == "change":
        pairs = [
            (specs[name], getattr(record, name), _value(specs[name], value))
            for name, value in (case.proposed or {}).items()
            if name in specs
        ]
        if case.status == "approved":
            return []
    else:
        former = record.compared_with()
        if former is None:
            return []
        pairs = [
            (spec, getattr(former, name), getattr(record, name))
            for name, spec in specs.items()
            if spec.writable
            and spec.kind not in (Kind.FILE, Kind.LINES)
            and getattr(former, name) != getattr(record, name)
        ]
    found = []
    for spec, old, new in pairs:
        right = scopes.field_right(person, register, spec.name)
        if right == "hidden":
            continue
        shown = [said(spec, _plain(one)) for one in (old, new)]
        if right == "masked":
            shown = [scopes.mask(one) if one else "" for one in shown]
        moved = "" if right else _moved(old, new)
        found.append(Difference(str(spec.label), shown[0], shown[1], moved))
    return found


def _plain(value: Any) -> Any:
    from app.records import plain_value

    return plain_value(value)


def _value(spec: FieldSpec, value: Any) -> Any:
    try:
        return read(spec, value)
    except Unreadable:
        return value


def _moved(old: Any, new: Any) -> str:
    """+40,000 (+50 %)"""
    figures = (int, Decimal)
    if isinstance(old, bool) or not isinstance(old, figures) or not isinstance(new, figures):
        return ""
    change = Decimal(new) - Decimal(old)
    text = f"{change:+,}"
    return f"{text} ({change / Decimal(old):+.0%})" if old else text


def record_of(case: ApprovalCase) -> Any:
    cls: Any = REGISTERED[case.register]
    return db.session.get(cls, case.record_id)


__all__ = [
    "actions_for",
    "cases_of",
    "differences",
    "new_key",
    "opinions",
    "panel",
    "record_of",
    "stations",
    "status_chip",
    "steps_to_choose",
    "why_not_ask_change",
    "why_not_submit",
]
