"""How flows are read, drawn up and put into force, and the tasks they have put before people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, g, render_template, request
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.approvals import publishing, trying
from app.approvals.models import ApprovalFlow, ApprovalTask
from app.approvals.spec import StepSpec, parse
from app.approvals.words import asked_of, mode_word
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import REGISTERED
from app.registers import pages
from app.registers.cells import moment, state_chip
from app.registers.declare import Operation, Section, View
from app.registers.page import Page, asks_for, expose, row_or_404
from app.registers.view import RegisterView
from app.security import scopes, users


class ApprovalFlowView(RegisterView):
    record = ApprovalFlow
    title = _("Approval flows")
    icon = "git-merge"
    list_columns = (
        "number",
        "name",
        "flow",
        "version_no",
        "register",
        "preset",
        "priority",
        "state",
    )
    layout = (
        Section(
            _("Flow"), "flow", "version_no", "name", "register", "preset", "priority", "applies_when",
            "purpose",
        ),
        Section(_("Steps"), "step_lines"),
    )  # fmt: skip
    order = "name"
    operations = (
        Operation(
            "publish", _("Publish"), publishing.publish, icon="circle-check", to="published", bulk=False,
            confirm=_("Publish? The version before it retires; cases under way keep theirs."),
            why_not=publishing.why_not_publish,
        ),
        Operation(
            "new_version", lazy_pgettext("flow", "New version"), publishing.new_version, icon="copy", bulk=False,
        ),
        Operation(
            "retire", _("Take out of force"), publishing.retire, icon="ban", to="retired", grave=True, bulk=False,
            confirm=_("Take the flow out of force? Then nothing can be submitted by it."),
            why_not=publishing.why_not_retire,
        ),
    )  # fmt: skip
    views = (
        View("published", _("Published"), (("state", "is", "published"),)),
        View("drafts", _("Drafts"), (("state", "is", "draft"),)),
    )

    def show_head(self, record: Any, person: scopes.Person) -> pages.Head:
        head = super().show_head(record, person)
        look = pages.Action("try", gettext("Picture and trial"), f"/flows/{record.id}", "route")
        return replace(head, actions=[look, *head.actions])


class ApprovalTaskView(RegisterView):
    record = ApprovalTask
    title = _("Approval tasks")
    icon = "signature"
    kind = "calculated"
    list_columns = ("subject", "step", "opened_at", "due_at", "outcome", "decided_at")
    layout = (
        Section(
            _("Task"), "subject", "step", "person", "opened_at", "due_at", "outcome", "decided_at"
        ),
    )
    fixed_columns = ("subject",)


@dataclass(frozen=True)
class Box:
    """One step in the picture, and what the trial found there."""

    title: str
    who: str
    mode: str
    #: what is set besides: condition, deadline, what happens where nobody is found or somebody says no
    notes: Sequence[str]
    condition: str = ""
    state: str = ""
    #: names of who would be asked
    asked: Sequence[str] = ()
    barred: Sequence[str] = ()
    due: str = ""
    said: str = ""


class FlowTrials(Page):
    """`/flows/<id>`: the picture of a flow, and its trial on a record; nothing is written."""

    route_base = "/flows"
    default_view = "trial"

    @expose("/<int:pk>")
    @asks_for("r", "approval_flow")
    def trial(self, pk: int) -> Any:
        flow = row_or_404(ApprovalFlow, pk)
        record = self._sample(flow)
        requester, employee = self._requester(record)
        result = (
            trying.attempt(flow, record, requester) if record is not None and requester else None
        )
        met = {one.step.key: one for one in result.trials} if result else {}
        view = current_app.extensions["registers"].get(flow.register)
        return render_template(
            "desk/flow.html",
            head=pages.Head(
                "approval_flow",
                flow.name,
                chips=[chip] if (chip := state_chip(flow)) else [],
                facts=[
                    pages.Cell("word", flow.flow),
                    pages.Cell("line", gettext("version %(no)d", no=flow.version_no)),
                    pages.Cell("line", str(view.title) if view else flow.register),
                ],
                trail=[
                    pages.Link(gettext("Approval flows"), "/approval_flow/list/"),
                    pages.Link(flow.name, f"/approval_flow/show/{flow.id}"),
                ],
                actions=[
                    pages.Action(
                        "show",
                        gettext("The flow itself"),
                        f"/approval_flow/show/{flow.id}",
                        "edit",
                    )
                ],
            ),
            boxes=[_box(step, met.get(step.key), flow.register) for step in flow.spec()],
            applies_when=_condition(flow.applies_when or "", flow.register),
            result=result,
            record=record,
            employee=employee,
            options_url=f"/options/{flow.register}",
            url=f"/flows/{flow.id}",
        )

    @staticmethod
    def _sample(flow: ApprovalFlow) -> Any:
        """The record that was chosen, or the newest that this person may read."""
        cls: Any = REGISTERED.get(flow.register)
        if cls is None:
            return None
        query = scopes.narrow(select(cls), g.person, "r", cls)
        word = request.args.get("record", "")
        if word.isdecimal() and int(word) < 2**31:
            return db.session.scalar(query.where(cls.id == int(word)))
        return db.session.scalars(query.order_by(cls.id.desc()).limit(1)).first()

    @staticmethod
    def _requester(record: Any) -> tuple[int, Employee | None]:
        """The account that would submit it: who was chosen, else the author."""
        word = request.args.get("requester", "")
        if word.isdecimal() and int(word) < 2**31:
            employee = db.session.get(Employee, int(word))
        else:
            employee = people.employee_of(getattr(record, "created_by_id", None))
        return (employee.user_id or 0, employee) if employee is not None else (0, None)


def _names(ids: Sequence[int]) -> list[str]:
    return [users.display_name(user) for pk in dict.fromkeys(ids) if (user := users.by_id(pk))]


def _condition(text: str, register: str) -> str:
    """Conditions with the labels of the fields instead of their names."""
    cls: Any = REGISTERED.get(register)
    specs = cls.specs() if cls is not None else {}
    said = [
        gettext(" and ").join(
            f"{specs[t.field].label if t.field in specs else t.field} {t.relation} {t.value}".strip()
            for t in group
        )
        for group in parse(text)
    ]
    return gettext(" or ").join(said)


def _box(step: StepSpec, met: trying.Trial | None, register: str) -> Box:
    notes = []
    if step.within:
        notes.append(gettext("%(days)d working days", days=step.within))
    if step.on_reject == "requester":
        notes.append(gettext("a refusal sends it back to the requester"))
    elif step.on_reject == "previous":
        notes.append(gettext("a refusal sends it back one step"))
    if step.needs_opinion:
        notes.append(gettext("opinion required"))
    if step.needs_signature:
        notes.append(gettext("signature required"))
    said = ""
    if met is not None:
        said = {
            "signed": "",
            "left_out": gettext("The condition does not hold: left out."),
            "nobody": gettext("Nobody can be asked: it goes on without."),
            "stuck": gettext("The requester names them.")
            if step.who.kind == "chosen"
            else gettext("Nobody can be asked: it waits for an administrator."),
        }[met.how]
    return Box(
        step.title,
        asked_of(step),
        mode_word(step),
        notes,
        condition=_condition(step.when, register),
        state=met.how if met else "",
        asked=_names(met.people) if met else (),
        barred=_names(met.barred) if met else (),
        due=moment(met.due, full=True) if met and met.due else "",
        said=said,
    )
