"""What waits for a signature: the list on the left, the case on the right, the decision at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _

from app.approvals import asking, casework, clockwork, inbox
from app.approvals.models import ApprovalCase, ApprovalTask
from app.approvals.words import command_word, mode_word, step_title
from app.audit import record_event
from app.extensions import db
from app.jobs import timer
from app.organisation import people
from app.records import NotAllowed, Refusal, Refused, clock
from app.registers import approving, pages, showing
from app.registers.cells import moment
from app.registers.declare import Section
from app.registers.form import Filling
from app.registers.page import Page, expose, signed_in, turned_away
from app.registers.saving import saving
from app.security import scopes, users
from app.security.roles import ADMINISTRATOR

_PAGE = 50
#: so many tasks may be signed by one click
_MANY = 100


@dataclass(frozen=True)
class InboxRow:
    """One line of the list on the left."""

    task_id: int
    url: str
    register: str
    subject: str
    requester: str
    step: str
    due: str
    tone: str
    for_whom: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Sheet:
    """One case before the eyes of one person."""

    case: ApprovalCase
    title: str
    register_title: str
    number: str
    panel: pages.ApprovalPanel
    sections: list[pages.ValueSection]
    tables: list[pages.Table]
    files: list[pages.StoredFile]
    #: the task this person decides here; None: he only looks
    task: ApprovalTask | None = None
    acts_as: str = ""
    version: int = 0
    key: str = ""
    #: (step, title) to which it may be returned
    earlier: tuple[tuple[str, str], ...] = ()
    fields: Sequence[pages.FormSection] = ()
    opinion_required: bool = False
    why_not: str = ""
    record_url: str = ""
    opinion: str = ""
    actions: tuple[pages.Action, ...] = ()
    #: tasks without a signer, which an administrator may give to somebody
    unassigned: tuple[ApprovalTask, ...] = ()
    may_force: bool = False


class Signing(Page):
    """The inbox, and the page of one case."""

    route_base = "/approvals"
    default_view = "index"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        tab = request.args.get("tab", "mine")
        if tab in ("mine", "deputy"):
            rows = _rows(g.person, tab, 0)
            first = rows[0].task_id if rows else None
            return _page(tab, rows, _sheet_of_task(first) if first else None)
        return _page(tab, [], None)

    @expose("/task/<int:task_id>")
    @signed_in
    def task(self, task_id: int) -> Any:
        sheet = _sheet_of_task(task_id)
        tab = "deputy" if sheet.task and sheet.task.assignee_id != g.person.user_id else "mine"
        return _page(tab, _rows(g.person, tab, task_id), sheet, one=True)

    @expose("/task/<int:task_id>", methods=["POST"])
    @signed_in
    def decide(self, task_id: int) -> Any:
        act = request.form.get("act", "")
        task = db.session.get(ApprovalTask, task_id)
        if task is None:
            abort(404)
        label, tab = task.case.record_label, request.form.get("tab", "mine")
        try:
            with saving():
                casework.act(
                    task_id,
                    act,
                    key=request.form.get("key") or approving.new_key(),
                    opinion=request.form.get("opinion", ""),
                    people=_people(request.form.getlist("people")),
                    to=request.form.get("to", ""),
                    values=_filled(task) if act == "approve" else None,
                    seen=_whole(request.form.get("version")),
                )
        except NotAllowed as no:
            return turned_away(str(no), label)
        except Refused as no:
            flash(str(no), "danger")
            sheet = _sheet_of_task(task_id, opinion=request.form.get("opinion", ""))
            return _page(tab, _rows(g.person, tab, task_id), sheet, one=True), 422
        flash(_said(act, label), "success")
        rows = _rows(g.person, tab, 0)
        if rows:
            return redirect(rows[0].url)
        return redirect(f"/approvals/?tab={tab}")

    @expose("/sign", methods=["POST"])
    @signed_in
    def sign_many(self) -> Any:
        """Many at once: a transaction and a result for each."""
        done, refused = 0, []
        key = request.form.get("key") or approving.new_key()
        for word in dict.fromkeys(request.form.getlist("ids")[:_MANY]):
            task = db.session.get(ApprovalTask, int(word)) if word.isdecimal() else None
            if task is None:
                continue
            label, url = task.case.record_label, f"/approvals/task/{task.id}"
            try:
                with saving():
                    casework.act(
                        int(word),
                        "approve",
                        key=f"{key}-{word}",
                        opinion=request.form.get("opinion", ""),
                    )
            except Refused as no:
                refused.append((label, url, str(no)))
            else:
                done += 1
        result = pages.BulkResult(_("Agree"), done, refused, back_url="/approvals/")
        return render_template("registers/bulk_result.html", page=result)

    @expose("/case/<int:case_id>")
    @signed_in
    def case(self, case_id: int) -> Any:
        case = db.session.get(ApprovalCase, case_id)
        if case is None:
            abort(404)
        mine = _task_for(case, g.person)
        if mine is not None:
            return redirect(f"/approvals/task/{mine.id}")
        if not _may_see(case, g.person):
            abort(404)
        return _page("case", [], _sheet(case, None), one=True)

    @expose("/case/<int:case_id>/withdraw", methods=["POST"])
    @signed_in
    def withdraw(self, case_id: int) -> Any:
        try:
            with saving():
                done = casework.withdraw(
                    case_id,
                    key=request.args.get("key") or approving.new_key(),
                    reason=request.form.get("reason", ""),
                )
                label = done.case.record_label
        except Refused as no:
            flash(str(no), "danger")
            return redirect(f"/approvals/case/{case_id}")
        flash(_("%(record)s is withdrawn.", record=label), "success")
        return redirect(f"/{done.case.register}/show/{done.case.record_id}")

    @expose("/case/<int:case_id>/remind", methods=["POST"])
    @signed_in
    def remind(self, case_id: int) -> Any:
        try:
            with saving():
                casework.remind(case_id, key=request.args.get("key") or approving.new_key())
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(_("Who is asked has been reminded."), "success")
        return redirect(f"/approvals/case/{case_id}")

    @expose("/case/<int:case_id>/force", methods=["POST"])
    @signed_in
    def force(self, case_id: int) -> Any:
        """Past the signatures, by an administrator: with a reason, in the book, never on his own case."""
        if not _is_administrator(g.person):
            return turned_away()
        chosen = _people(request.form.getlist("people"))
        try:
            with saving():
                done = casework.force(
                    case_id,
                    request.form.get("act", ""),
                    key=request.form.get("key") or approving.new_key(),
                    reason=request.form.get("reason", ""),
                    person=chosen[0] if chosen else 0,
                    task_no=_whole(request.form.get("task")) or 0,
                )
                record_event(
                    "force",
                    register=done.case.register,
                    record_id=done.case.record_id,
                    label=done.case.record_label,
                    details={
                        "act": request.form.get("act", ""),
                        "reason": request.form.get("reason", "").strip(),
                    },
                )
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(_("Done; it stands in the audit book."), "success")
        return redirect(f"/approvals/case/{case_id}")


@timer("remind", minute="*/15")
def _remind() -> None:
    clockwork.run()


# -- the list ------------------------------------------------------------------------------------------


def _people_of(person: scopes.Person, tab: str) -> frozenset[int]:
    if tab == "deputy":
        return person.stands_for
    return frozenset({person.user_id}) if person.user_id is not None else frozenset()


def _rows(person: scopes.Person, tab: str, current: int) -> list[InboxRow]:
    found = []
    for task in inbox.tasks(_people_of(person, tab), _PAGE):
        case = task.case
        view = current_app.extensions["registers"].get(case.register)
        due, tone = due_words(task.due_at)
        title = str(view.title) if view is not None else case.register
        if case.kind == "change":
            title = _("%(register)s: change", register=title)
        found.append(
            InboxRow(
                task.id,
                f"/approvals/task/{task.id}",
                title,
                case.record_label,
                users.display_name(users.by_id(case.requester_id)),
                step_title(case, task.step),
                due,
                tone,
                for_whom=users.display_name(users.by_id(task.assignee_id))
                if task.assignee_id and task.assignee_id != person.user_id
                else "",
                is_current=task.id == current,
            )
        )
    return found


def due_words(due: datetime | None) -> tuple[str, str]:
    """When it is due, and how that looks: overdue is bad, today is warn."""
    if due is None:
        return "", ""
    day, today = clock.in_office(due).date(), clock.today()
    if due < clock.now():
        return _("overdue since %(when)s", when=moment(due)), "bad"
    if day == today:
        return _("today %(time)s", time=f"{clock.in_office(due):%H:%M}"), "warn"
    return _("due %(when)s", when=moment(due)), "t3"


def work_for(person: scopes.Person, limit: int = 8) -> pages.WorkList:
    """The desk's first list: what this person signs, for himself and for whom he stands in."""
    both = _people_of(person, "mine") | person.stands_for
    rows = []
    for task in inbox.tasks(both, limit):
        case = task.case
        view = current_app.extensions["registers"].get(case.register)
        _words, tone = due_words(task.due_at)
        chips = []
        if task.assignee_id != person.user_id:
            name = users.display_name(users.by_id(task.assignee_id))
            chips.append(pages.Chip(_("for %(whom)s", whom=name), "dep"))
        rows.append(
            pages.WorkRow(
                case.record_label,
                f"/approvals/task/{task.id}",
                meta=(
                    str(view.title) if view is not None else case.register,
                    step_title(case, task.step),
                    users.display_name(users.by_id(case.requester_id)),
                ),
                chips=chips,
                action=pages.Action(
                    "sign", _("Sign"), f"/approvals/task/{task.id}", icon="signature"
                ),
                due=moment(task.due_at) if task.due_at else "",
                due_note=_("overdue") if tone == "bad" else "",
                tone=tone if tone in ("bad", "warn") else "mute",  # type: ignore[arg-type]
            )
        )
    many = inbox.count(both)
    return pages.WorkList(
        _("Waits for my signature"),
        rows,
        count=str(many) if many else "",
        url="/approvals/" if many else "",
        empty=_("Nothing waits for your signature."),
    )


def awaited_by(person: scopes.Person, limit: int = 6) -> list[pages.WorkList]:
    """The desk's narrow column: what came back, and what one waits for."""
    lists = []
    for title, statuses in (
        (_("Came back to me"), ("returned",)),
        (_("I wait for"), ("running",)),
    ):
        rows = []
        for case in inbox.asked_by(person.user_id or 0, statuses, limit):
            chip = approving.status_chip(case)
            url = (
                f"/{case.register}/show/{case.record_id}"
                if case.status == "returned"
                else f"/approvals/case/{case.id}"
            )
            rows.append(
                pages.WorkRow(case.record_label, url, meta=(chip.label, moment(case.submitted_at)))
            )
        if rows:
            lists.append(
                pages.WorkList(title, rows, count=str(len(rows)), url="/approvals/?tab=awaited")
            )
    return lists


# -- one case --------------------------------------------------------------------------------------------


def _task_for(case: ApprovalCase, person: scopes.Person) -> ApprovalTask | None:
    people_ids = _people_of(person, "mine") | person.stands_for
    return next(
        (t for t in case.tasks if t.status == "open" and t.assignee_id in people_ids), None
    )


def _may_see(case: ApprovalCase, person: scopes.Person) -> bool:
    """Who takes or took part, and who may read the record anyway."""
    if case.requester_id == person.user_id or _is_administrator(person):
        return True
    ids = _people_of(person, "mine") | person.stands_for
    if any({t.assignee_id, t.first_id, t.hand_id} & ids for t in case.tasks):
        return True
    record = approving.record_of(case)
    if record is None or not scopes.may(person, "r", case.register):
        return False
    return bool(scopes.held_in_full(person, type(record), [record.id], "r"))


def _is_administrator(person: scopes.Person) -> bool:
    return users.role_id(ADMINISTRATOR) in person.role_ids


def _sheet_of_task(task_id: int, opinion: str = "") -> Sheet:
    task = db.session.get(ApprovalTask, task_id)
    if task is None or not _may_see(task.case, g.person):
        abort(404)
    ids = _people_of(g.person, "mine") | g.person.stands_for
    mine = task if task.status == "open" and task.assignee_id in ids else None
    return _sheet(task.case, mine, opinion)


def _sheet(case: ApprovalCase, task: ApprovalTask | None, opinion: str = "") -> Sheet:
    person, record = g.person, approving.record_of(case)
    view = current_app.extensions["registers"][case.register]
    sections, tables = showing.contents(view, record, person)
    if record.reads_logged:
        record_event("read", register=case.register, record_id=record.id, label=record.title)
    spec = next((s for s in case.flow.spec() if task and s.key == task.step), None)
    acts_as, why_not = "", ""
    if task is not None:
        me = users.display_name(users.by_id(person.user_id))
        if task.assignee_id != person.user_id:
            other = users.display_name(users.by_id(task.assignee_id))
            acts_as = _("It will stand as “%(me)s for %(other)s”.", me=me, other=other)
        firm = asking.Firm(record, case.requester_id, case.chosen or {})
        if person.user_id in firm.barred:
            why_not = _("Nobody decides what he asked for or wrote himself.")
    earlier = []
    if task is not None:
        for step in case.flow.spec():
            if step.key == task.step:
                break
            if any(t.step == step.key for t in case.tasks):
                earlier.append((step.key, step_title(case, step.key)))
    panel = pages.ApprovalPanel(
        _("Approval"),
        approving.stations(case, record),
        approving.opinions(case),
        chip=approving.status_chip(case),
        differences=approving.differences(case, record, person),
    )
    fields: list[pages.FormSection] = []
    if task is not None and spec is not None and spec.edits and case.kind == "approval":
        fields = _filling(task, record, spec).from_record().sections()
    actions = []
    if case.requester_id == person.user_id and case.status == "running":
        actions.append(
            pages.Action(
                "remind", _("Remind"), f"/approvals/case/{case.id}/remind?key={approving.new_key()}",
                icon="bell", method="post",
            )
        )  # fmt: skip
        actions += [
            a for a in approving.actions_for(record, [case], person) if a.name == "withdraw"
        ]
    return Sheet(
        case,
        case.record_label,
        str(view.title),
        getattr(record, "number", None) or "",
        panel,
        sections,
        tables,
        showing.stored_files(record, person),
        task=task,
        acts_as=acts_as,
        version=record.version,
        key=approving.new_key(),
        earlier=tuple(earlier),
        fields=fields,
        opinion_required=bool(spec and spec.needs_opinion),
        why_not=why_not,
        record_url=f"/{case.register}/show/{record.id}"
        if scopes.held_in_full(person, type(record), [record.id], "r")
        and scopes.may(person, "r", case.register)
        else "",
        opinion=opinion,
        actions=tuple(actions),
        unassigned=tuple(t for t in case.tasks if t.status == "open" and t.assignee_id is None),
        may_force=_is_administrator(person) and case.status == "running",
    )


def _filling(task: ApprovalTask, record: Any, spec: Any) -> Filling:
    """The fields that belong to the step: who signs fills them, without a right to edit."""
    layout = (Section(step_title(task.case, spec.key), *spec.edits),)
    return Filling(type(record), layout, g.person, "r", record)


def _filled(task: ApprovalTask) -> dict[str, Any] | None:
    spec = next((s for s in task.case.flow.spec() if s.key == task.step), None)
    if spec is None or not spec.edits or task.case.kind != "approval":
        return None
    filling = _filling(task, approving.record_of(task.case), spec).from_typed(request.form)
    if not filling.is_clean:
        raise Refused(
            [Refusal(text, name) for name, texts in filling.errors.items() for text in texts]
        )
    return filling.values()


def _people(words: list[str]) -> list[int]:
    """Accounts of the employees that were chosen."""
    ids = [int(word) for word in words if word.isdecimal()]
    accounts = people.users_of(ids)
    missing = [one for one in ids if one not in accounts]
    if missing:
        raise Refused(Refusal(_("There is no such person with an account."), "people"))
    return [accounts[one] for one in ids]


def _whole(word: str | None) -> int | None:
    return int(word) if word and word.isdecimal() else None


def _said(act: str, label: str) -> str:
    return {
        "approve": _("Agreed: %(record)s.", record=label),
        "reject": _("Refused: %(record)s.", record=label),
        "return": _("Sent back: %(record)s.", record=label),
    }.get(act, _("Done: %(record)s.", record=label))


def _page(tab: str, rows: list[InboxRow], sheet: Sheet | None, *, one: bool = False) -> Any:
    person = g.person
    tabs = [
        ("mine", _("To sign"), inbox.count(_people_of(person, "mine"))),
        *(
            [("deputy", _("As deputy"), inbox.count(person.stands_for))]
            if person.stands_for
            else []
        ),
        ("awaited", _("I wait for"), 0),
        ("done", _("Signed"), 0),
    ]
    if _is_administrator(person):
        stuck = inbox.without_signer(_PAGE)
        tabs.append(("stuck", _("Without a signer"), len(stuck)))
    return render_template(
        "desk/signing.html",
        tab=tab,
        tabs=tabs,
        rows=rows,
        sheet=sheet,
        one=one,
        others=_others(tab, person),
        key=approving.new_key(),
        mode_word=mode_word,
    )


def _others(tab: str, person: scopes.Person) -> pages.WorkList | None:
    """The tabs that are only read: what I await, what I decided, what is stuck."""
    if tab == "awaited":
        cases = inbox.asked_by(person.user_id or 0, ("running", "returned"), _PAGE)
        return pages.WorkList(
            _("I wait for"),
            [
                pages.WorkRow(
                    case.record_label,
                    f"/approvals/case/{case.id}",
                    meta=(approving.status_chip(case).label, moment(case.submitted_at)),
                )
                for case in cases
            ],
            empty=_("You wait for no signature."),
        )
    if tab == "done":
        return pages.WorkList(
            _("Signed"),
            [
                pages.WorkRow(
                    act.case.record_label,
                    f"/approvals/case/{act.case_id}",
                    meta=(
                        command_word(act.command),
                        *([_("for %(whom)s", whom=act.for_name)] if act.for_name else []),
                        moment(act.at),
                    ),
                )
                for act in inbox.decided_by(person.user_id or 0, _PAGE)
            ],
            empty=_("You have signed nothing yet."),
        )
    if tab == "stuck" and _is_administrator(person):
        return pages.WorkList(
            _("Without a signer"),
            [
                pages.WorkRow(
                    task.case.record_label,
                    f"/approvals/case/{task.case_id}",
                    meta=(step_title(task.case, task.step), moment(task.case.submitted_at)),
                )
                for task in inbox.without_signer(_PAGE)
            ],
            empty=_("Every task has its signer."),
        )
    return None
