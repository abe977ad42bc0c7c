"""Signing over REST: the same acts, rights and refusals as on the pages."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, jsonify, request
from flask_appbuilder.api import BaseApi, expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.approvals import casework, inbox
from app.approvals.models import ApprovalCase, ApprovalTask
from app.approvals.words import step_title
from app.extensions import db
from app.organisation import people
from app.records import REGISTERED, Refusal, Refused
from app.registers import approving, query
from app.registers.api import Answer, answers
from app.registers.saving import saving
from app.security import scopes, users

#: word of the address → act
_ACTS = {
    "approve": "approve",
    "reject": "reject",
    "return": "return",
    "delegate": "delegate",
    "transfer": "transfer",
}
_MAX = 200


class ApprovalsApi(BaseApi):
    """`/api/v1/approvals/…` and `/api/v1/<register>/<id>/submit`.

    Every act may carry a header `Idempotency-Key`: the same one twice is one act.
    """

    route_base = "/api/v1"
    resource_name = "approvals"
    base_permissions: list[str] = []
    csrf_exempt = True  # tokens only: no browser session opens this door
    openapi_spec_tag = "Approvals"

    @expose("/approvals/tasks/", methods=["GET"])
    @answers
    def tasks(self) -> Any:
        """Tasks that wait for who asks, for himself and for whom he stands in."""
        person = g.person
        size = min(_whole(request.args.get("page_size")) or 50, _MAX)
        page = _whole(request.args.get("page")) or 0
        ids = ({person.user_id} - {None}) | person.stands_for
        found = inbox.tasks(ids, size, page * size)
        return jsonify(count=inbox.count(ids), result=[_task(task, person) for task in found])

    @expose("/approvals/tasks/<int:pk>/<string:word>", methods=["POST"])
    @answers
    def act(self, pk: int, word: str) -> Any:
        body = _body()
        if word == "add-signer":
            name = "add_after" if body.get("when") == "after" else "add_before"
        elif word in _ACTS:
            name = _ACTS[word]
        else:
            raise Answer(404, _("There is no such act."))
        task = db.session.get(ApprovalTask, pk)
        if task is None or not _sees(task.case):
            raise Answer(404, _("There is no such task."))
        values = body.get("values")
        with saving():
            done = casework.act(
                pk,
                name,
                key=_key(),
                opinion=str(body.get("opinion") or ""),
                people=_accounts(body.get("people")),
                to=str(body.get("to") or ""),
                values=_read(task, values) if isinstance(values, dict) else None,
                seen=body.get("version") if isinstance(body.get("version"), int) else None,
            )
            answer = _case(done.case)
        return jsonify(result=answer, again=done.again)

    @expose("/approvals/cases/<int:pk>", methods=["GET"])
    @answers
    def case(self, pk: int) -> Any:
        case = db.session.get(ApprovalCase, pk)
        if case is None or not _sees(case):
            raise Answer(404, _("There is no such case."))
        return jsonify(result=_case(case))

    @expose("/approvals/cases/<int:pk>/<string:word>", methods=["POST"])
    @answers
    def on_case(self, pk: int, word: str) -> Any:
        case = db.session.get(ApprovalCase, pk)
        if word not in ("withdraw", "remind") or case is None or not _sees(case):
            raise Answer(404, _("There is no such case."))
        with saving():
            if word == "withdraw":
                done = casework.withdraw(pk, key=_key(), reason=str(_body().get("reason") or ""))
            else:
                done = casework.remind(pk, key=_key())
            answer = _case(done.case)
        return jsonify(result=answer, again=done.again)

    @expose("/<string:register>/<int:pk>/submit", methods=["POST"])
    @answers
    def submit(self, register: str, pk: int) -> Any:
        view = current_app.extensions["registers"].get(register)
        if view is None:
            raise Answer(404, _("There is no register “%(name)s”.", name=register))
        if not scopes.may(g.person, "r", register):
            raise Answer(
                403,
                _("Your roles give you no right to this in “%(register)s”.", register=view.title),
            )
        cls: Any = REGISTERED[register]
        record = (
            db.session.scalars(query.scoped(cls, g.person).where(cls.id == pk)).unique().first()
        )
        if record is None:
            raise Answer(404, _("There is no such entry among yours."))
        if (no := approving.why_not_submit(record, g.person)) is not None:
            raise Answer(422, {"": [no]})
        body = _body()
        named = body.get("chosen")
        chosen: dict[Any, Any] = named if isinstance(named, dict) else {}
        with saving():
            done = casework.submit(
                record,
                key=_key(),
                chosen={str(k): _accounts(v) for k, v in chosen.items()},
                note=str(body.get("note") or ""),
            )
            answer = _case(done.case)
        return jsonify(result=answer, again=done.again), 201


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _key() -> str:
    return (request.headers.get("Idempotency-Key") or approving.new_key())[:64]


def _whole(word: str | None) -> int | None:
    return int(word) if word and word.isdecimal() and len(word) < 10 else None


def _accounts(ids: Any) -> list[int]:
    """Accounts of the employees that are named."""
    wanted = [one for one in ids if isinstance(one, int)] if isinstance(ids, list) else []
    known = people.users_of(wanted)
    missing = [one for one in wanted if one not in known]
    if missing:
        raise Refused(Refusal(_("There is no such person with an account."), "people"))
    return [known[one] for one in wanted]


def _read(task: ApprovalTask, values: dict[str, Any]) -> dict[str, Any]:
    """Values of the step's fields, read as the register's own API reads them."""
    from app.records.reading import Unreadable, read

    cls: Any = REGISTERED[task.case.register]
    specs, found = cls.specs(), {}
    for name, value in values.items():
        if name not in specs:
            raise Refused(Refusal(_("There is no such field."), name))
        try:
            found[name] = read(specs[name], value)
        except Unreadable as error:
            raise Refused(Refusal(str(error), name)) from None
    return found


def _sees(case: ApprovalCase) -> bool:
    """Who takes part, and who reads the record anyway."""
    person = g.person
    ids = ({person.user_id} - {None}) | person.stands_for
    if case.requester_id in ids or any(
        {t.assignee_id, t.first_id, t.hand_id} & ids for t in case.tasks
    ):
        return True
    cls: Any = REGISTERED[case.register]
    if not scopes.may(person, "r", case.register):
        return False
    statement = scopes.narrow(select(cls.id).where(cls.id == case.record_id), person, "r", cls)
    return db.session.scalar(statement) is not None


def _task(task: ApprovalTask, person: scopes.Person) -> dict[str, Any]:
    case = task.case
    return {
        "id": task.id,
        "case": case.id,
        "register": case.register,
        "record": case.record_id,
        "label": case.record_label,
        "step": task.step,
        "step_title": step_title(case, task.step),
        "kind": case.kind,
        "requester": users.display_name(users.by_id(case.requester_id)),
        "for": users.display_name(users.by_id(task.assignee_id))
        if task.assignee_id != person.user_id
        else "",
        "asked_at": task.opened_at.isoformat() if task.opened_at else None,
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "proposed": case.proposed,
    }


def _case(case: ApprovalCase) -> dict[str, Any]:
    db.session.flush()
    return {
        "id": case.id,
        "register": case.register,
        "record": case.record_id,
        "label": case.record_label,
        "kind": case.kind,
        "status": case.status,
        "step": case.step if case.status == "running" else "",
        "round": case.round,
        "waiting_for": [
            users.display_name(users.by_id(t.assignee_id))
            for t in case.tasks
            if t.status == "open" and t.assignee_id
        ],
        "acts": [
            {
                "who": act.actor_name,
                "for": act.for_name,
                "what": act.command,
                "step": act.step_title,
                "opinion": act.opinion,
                "at": act.at.isoformat(),
            }
            for act in case.actions
        ],
    }
