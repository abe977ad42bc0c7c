"""What is due, for me and for the house; and how the regulations are kept, article by article."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.deadlines import dates, duties
from app.deadlines.models import DutyOccurrence
from app.extensions import db
from app.jobs import timer
from app.records import REGISTERED, Refused, clock
from app.registers import pages
from app.registers.articles import quote, source_of
from app.registers.cells import moment
from app.registers.declare import Section, View
from app.registers.page import Page, asks_for, expose, signed_in
from app.registers.saving import saving
from app.registers.view import RegisterView
from app.registers.words import role_word
from app.security import scopes

_SHOWN = 200
_ARTICLE = re.compile(r"^(D\d+[ab]?)(?:§(.*))?$")
_TONES: dict[str, pages.Tone] = {
    "done": "ok",
    "late": "warn",
    "open": "mute",
    "due": "warn",
    "overdue": "bad",
}


class DutyOccurrenceView(RegisterView):
    record = DutyOccurrence
    title = _l("Reminders")
    icon = "alarm"
    kind = "calculated"
    list_columns = ("duty", "period", "article", "due_at", "done_at", "escalated_at")
    fixed_columns = ("duty",)
    layout = (
        Section(
            _l("Duty"), "duty", "period", "article", "first_on", "last_on", "due_at", "done_at", "note",
            "reminded_at", "escalated_at",
        ),
    )  # fmt: skip
    order = "due_at"
    views = (View("open", _l("Open"), (("done_at", "empty", ""),)),)


@timer("duties", minute="*/15")
def _look_after_duties() -> None:
    duties.run()
    dates.run()


def state_chip(row: DutyOccurrence) -> pages.Chip:
    state = duties.state_of(row)
    words = {
        "done": _("fulfilled"),
        "late": _("fulfilled late"),
        "open": _("not due yet"),
        "due": _("due"),
        "overdue": _("overdue"),
    }
    return pages.Chip(words[state], _TONES[state])


class Duties(Page):
    """`/duties/`: what is due; `/compliance/`: regulation by regulation."""

    route_base = ""
    default_view = "duties"

    @expose("/duties/")
    @signed_in
    def duties(self) -> Any:
        rows = _open_rows()
        mine = [row for row in rows if _is_mine(row)]
        return render_template(
            "desk/duties.html",
            mine=[_line(row) for row in mine],
            records=[_record_row(*one) for one in _about_records(g.person)],
            others=[_line(row) for row in rows if row not in mine]
            if scopes.may(g.person, "r", "roles") or _is_head(g.person)
            else [],
            done=[_line(row) for row in _done_rows() if _is_mine(row)],
        )

    @expose("/duties/<int:pk>/done", methods=["POST"])
    @signed_in
    def done(self, pk: int) -> Any:
        row = db.session.get(DutyOccurrence, pk)
        if row is None:
            abort(404)
        try:
            with saving():
                duties.tick_off(row, request.form.get("reason", ""))
        except Refused as no:
            flash(str(no), "danger")
        else:
            flash(_("It is noted as done."), "success")
        return redirect("/duties/")

    @expose("/compliance/")
    @asks_for("r", "regulation")
    def compliance(self) -> Any:
        regulations = standing()
        wanted = request.args.get("regulation", "")
        chosen = next((r for r in regulations if r.code == wanted), None) or regulations[0]
        for article in chosen.articles:
            article.words = quote(article.reference)
        return render_template(
            "desk/compliance.html",
            regulations=regulations,
            chosen=chosen,
            carried=sum(len(r.articles) for r in regulations),
            overdue=sum(r.overdue for r in regulations),
            due=sum(r.due for r in regulations),
            fulfilled=sum(r.fulfilled for r in regulations),
            now=moment(clock.now(), full=True),
        )


# -- my duties -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One duty on the page."""

    id: int
    title: str
    code: str
    period: str
    due: str
    chip: pages.Chip
    source: Any
    owners: str
    url: str
    by_hand: bool
    note: str = ""


def _open_rows() -> list[DutyOccurrence]:
    rows = db.session.scalars(
        select(DutyOccurrence)
        .where(DutyOccurrence.done_at.is_(None))
        .order_by(DutyOccurrence.due_at)
        .limit(_SHOWN)
    )
    return [row for row in rows if row.duty in duties.DUTIES]


def _done_rows() -> list[DutyOccurrence]:
    rows = db.session.scalars(
        select(DutyOccurrence)
        .where(DutyOccurrence.done_at.is_not(None))
        .order_by(DutyOccurrence.done_at.desc())
        .limit(20)
    )
    return [row for row in rows if row.duty in duties.DUTIES]


def _is_mine(row: DutyOccurrence) -> bool:
    return duties.owns(duties.DUTIES[row.duty], g.person.user_id or 0)


def _is_head(person: scopes.Person) -> bool:
    return scopes.may(person, "s", "leave_request")


def _line(row: DutyOccurrence) -> Line:
    duty = duties.DUTIES[row.duty]
    return Line(
        row.id,
        str(duty.title),
        duty.code,
        row.period,
        moment(row.due_at, full=True),
        state_chip(row),
        source_of(duty.article),
        "、".join(role_word(name) for name in duty.owners),
        f"/{duty.register}/list/" if duty.register else "",
        duty.ticked_by_hand and row.done_at is None,
        str(row.note or ""),
    )


def _about_records(person: scopes.Person) -> list[tuple[datetime, dates.Deadline, Any]]:
    mine = {person.employee_id} if person.employee_id is not None else set()
    return dates.of_persons(mine | set(person.deputised))


def _record_row(when: datetime, deadline: dates.Deadline, record: Any) -> pages.WorkRow:
    """What is due about one record."""
    return pages.WorkRow(
        record.title,
        f"/{record.register_name()}/show/{record.id}",
        number=str(getattr(record, "number", None) or ""),
        meta=(str(deadline.title),),
        due=moment(when),
        due_note=_("overdue") if deadline.is_late(record) else "",
        tone="bad" if deadline.is_late(record) else "warn",
    )


def records_due(person: scopes.Person) -> pages.WorkList | None:
    """The desk's list of records about which this person has something to do by now."""
    found = _about_records(person)
    if not found:
        return None
    return pages.WorkList(
        _("Due records"),
        [_record_row(*one) for one in found[:8]],
        count=str(len(found)),
        url="/duties/",
    )


def work_for(person: scopes.Person) -> pages.WorkList | None:
    """The desk's second list: duties of this person that are due or late."""
    rows = [
        row
        for row in _open_rows()
        if duties.owns(duties.DUTIES[row.duty], person.user_id or 0)
        and (duties.state_of(row) in ("due", "overdue") or row.reminded_at is not None)
    ]
    if not rows:
        return None
    return pages.WorkList(
        _("Duties"),
        [
            pages.WorkRow(
                str(duties.DUTIES[row.duty].title),
                f"/{duties.DUTIES[row.duty].register}/list/"
                if duties.DUTIES[row.duty].register
                else "/duties/",
                meta=(row.period, str(duties.DUTIES[row.duty].article)),
                due=moment(row.due_at),
                tone=_TONES[duties.state_of(row)],
            )
            for row in rows[:8]
        ],
        count=str(len(rows)),
        url="/duties/",
    )


# -- how the regulations are kept ----------------------------------------------------------------------


@dataclass
class Carried:
    """What carries an article out: a register, a rule, a flow, a form, an analysis or a duty."""

    kind: str
    code: str
    label: str
    url: str
    chip: pages.Chip
    note: str = ""


@dataclass
class Article:
    """:param words: the article's own, asked for only where they are shown"""

    reference: str
    mark: str
    source: Any
    words: str = ""
    carried: list[Carried] = field(default_factory=list)


@dataclass
class Standing:
    """One regulation: its articles that are carried out, and how its duties stand."""

    code: str
    title: str
    articles: list[Article]
    fulfilled: int = 0
    due: int = 0
    overdue: int = 0

    @property
    def tone(self) -> pages.Tone:
        return "bad" if self.overdue else "warn" if self.due or not self.articles else "ok"


def _traced() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(code, articles), read once from the source: it does not change while the house runs."""
    kept = current_app.extensions
    if "traced" not in kept:
        kept["traced"] = tuple(
            (code, tuple(what["articles"])) for code, what in kept["trace"]().items()
        )
    return kept["traced"]  # type: ignore[no-any-return]


def standing() -> list[Standing]:
    """Every regulation with what carries its articles out, those with something overdue first."""
    by_article: dict[str, list[Carried]] = {}
    registers = {cls.catalogue_code: cls for cls in REGISTERED.values() if cls.catalogue_code}
    for code, articles in _traced():
        for article in articles:
            by_article.setdefault(article, []).append(_carried(code, registers))
    for cls in registers.values():
        for article in cls.sources:
            known = by_article.setdefault(article, [])
            if all(one.code != cls.catalogue_code for one in known):
                known.append(_carried(cls.catalogue_code, registers))
    counts = _duties_by_article(by_article)
    regulations: dict[str, Standing] = {}
    for mark in sorted(by_article, key=_in_order):
        match = _ARTICLE.match(mark)
        if match is None:
            continue
        code = re.sub(r"[ab]$", "", match[1])
        source = source_of(mark)
        one = regulations.setdefault(code, Standing(code, _title_of(code, source), []))
        one.articles.append(
            Article(mark, f"§{match[2]}" if match[2] else "", source, carried=by_article[mark])
        )
        fulfilled, due, overdue = counts.get(mark, (0, 0, 0))
        one.fulfilled += fulfilled
        one.due += due
        one.overdue += overdue
    # What nothing carries out yet is shown too: an inspection asks for those first.
    regulation: Any = REGISTERED["regulation"]
    for mark in db.session.scalars(
        select(regulation.short_mark).where(
            regulation.short_mark.like("D%"), regulation.state == "effective"
        )
    ):
        if mark and _ARTICLE.match(mark):
            code = re.sub(r"[ab]$", "", mark)
            regulations.setdefault(code, Standing(code, _title_of(mark, source_of(mark)), []))
    return sorted(regulations.values(), key=lambda r: (-r.overdue, -r.due, int(r.code[1:])))


def _forms() -> dict[str, str]:
    """The catalogue's code of a paper form → what it is called."""
    return {
        printout.form: str(printout.title)
        for cls in REGISTERED.values()
        for printout in (*getattr(cls, "printed_as", ()), *getattr(cls, "lists_printed_as", ()))
        if printout.form
    }


def _carried(code: str, registers: dict[str, Any]) -> Carried:
    kind = re.match(r"[A-Z]+", code)[0]  # type: ignore[index]
    words = {
        "R": _("Register"),
        "BR": _("Rule"),
        "AF": _("Flow"),
        "DL": _("Deadline"),
        "E": _("Form"),
        "AN": _("Analysis"),
    }
    label, url = code, ""
    if kind == "E" and code in _forms():
        label = f"{code} {_forms()[code]}"
    if kind == "R" and code in registers:
        name = registers[code].__tablename__
        view = current_app.extensions["registers"].get(name)
        if view is not None:
            label, url = str(view.title), f"/{name}/list/"
    return Carried(
        words.get(kind, kind), code, label, url, pages.Chip(_("in use"), "ok"),
    )  # fmt: skip


def _duties_by_article(by_article: dict[str, list[Carried]]) -> dict[str, tuple[int, int, int]]:
    """Put the duties beside their articles; gives (fulfilled, due, overdue) of each."""
    counts: dict[str, tuple[int, int, int]] = {}
    rows: dict[str, list[DutyOccurrence]] = {}
    for row in db.session.scalars(select(DutyOccurrence).order_by(DutyOccurrence.due_at)):
        rows.setdefault(row.duty, []).append(row)
    for duty in duties.DUTIES.values():
        mine = rows.get(duty.code, [])
        states = [duties.state_of(row) for row in mine]
        done = states.count("done") + states.count("late")
        due, overdue = states.count("due"), states.count("overdue")
        before = counts.get(duty.article, (0, 0, 0))
        counts[duty.article] = (before[0] + done, before[1] + due, before[2] + overdue)
        if overdue:
            chip = pages.Chip(_("overdue %(count)d", count=overdue), "bad")
        elif due:
            chip = pages.Chip(_("due"), "warn")
        else:
            chip = pages.Chip(_("in use"), "ok")
        coming = next((row for row in mine if row.done_at is None), None)
        carried = by_article.setdefault(duty.article, [])
        carried[:] = [one for one in carried if one.code != duty.code]
        carried.append(
            Carried(
                _("Deadline"),
                duty.code,
                str(duty.title),
                f"/{duty.register}/list/" if duty.register else "/duties/",
                chip,
                _(
                    "next: %(period)s, %(when)s",
                    period=coming.period,
                    when=moment(coming.due_at, full=True),
                )
                if coming
                else "",
            )
        )
    return counts


def _in_order(mark: str) -> tuple[int, list[int]]:
    numbers = [int(n) for n in re.findall(r"\d+", mark)]
    return (numbers[0] if numbers else 0, numbers[1:])


def _title_of(code: str, source: Any) -> str:
    label = str(getattr(source, "label", "") or code)
    return re.sub(r"§.*$", "", label).strip() or code
