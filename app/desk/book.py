"""The audit book for those who may read it: who did what, filtered, in order, and whether it is sound."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, current_app, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Select, select

from app.audit import AuditEntry, chain
from app.extensions import db
from app.jobs import timer
from app.records import clock, writing
from app.records.fields import FieldSpec, Kind
from app.records.reading import Unreadable, read
from app.registers import pages, timeline
from app.registers.cells import moment
from app.registers.listing import address, asked_from
from app.registers.page import Page, asks_for, expose
from app.registers.query import Asked

_PAGE = 50
_DAY = FieldSpec("at", "", Kind.DATE)


@timer("seal_the_book", minute="*")
def seal_the_book() -> None:
    """Seal what was entered in the last minute: apart from the writers, so that nobody queues on it."""
    with writing("job"):
        chain.seal()


class AuditBook(Page):
    """R237: read by the auditor, the general manager and the administrator; changed by nobody."""

    route_base = "/audit"
    default_view = "entries"

    @expose("/")
    @asks_for("r", "audit")
    def entries(self) -> Any:
        return render_template("registers/list.html", page=book_page(asked_from(request.args)))

    @expose("/verify")
    @asks_for("r", "audit")
    def verify(self) -> Any:
        """Check the whole chain now."""
        return render_template(
            "desk/verdict.html",
            verdict=chain.verify(),
            head=pages.Head(
                "", _("Is the book sound?"), trail=[pages.Link(_("Audit book"), "/audit/")]
            ),
        )

    @expose("/anchor.json")
    @asks_for("x", "audit")
    def anchor(self) -> Any:
        """The head of the chain, to be kept outside the house."""
        text = json.dumps(chain.anchor(), ensure_ascii=False, indent=1)
        return Response(
            text,
            mimetype="application/json",
            headers={"Content-Disposition": "attachment; filename=anchor.json"},
        )


def _filtered(asked: Asked) -> tuple[Select[Any], list[str]]:
    statement, faults = select(AuditEntry), []
    for name, relation, value in asked.conditions:
        if name in ("action", "register", "channel") and relation == "is":
            statement = statement.where(getattr(AuditEntry, name).in_(value.split(",")))
        elif name == "actor" and relation == "is":
            statement = statement.where(AuditEntry.actor_name == value)
        elif name == "at" and relation in ("from", "to"):
            try:
                day = read(_DAY, value)
            except Unreadable as no:
                faults.append(str(no))
                continue
            start = datetime.combine(day, time(), clock.OFFICE)
            if relation == "from":
                statement = statement.where(AuditEntry.at >= start)
            else:
                statement = statement.where(AuditEntry.at < start + timedelta(days=1))
        else:
            faults.append(_("“%(label)s” cannot be asked that way.", label=name))
    if asked.query:
        statement = statement.where(AuditEntry.record_label.contains(asked.query, autoescape=True))
    return statement, faults


def book_page(asked: Asked) -> pages.ListPage:
    statement, faults = _filtered(asked)
    before = int(asked.cursor) if asked.cursor.isdecimal() and len(asked.cursor) < 18 else None
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    rows = list(db.session.scalars(statement.order_by(AuditEntry.id.desc()).limit(_PAGE + 1)))
    more, rows = len(rows) > _PAGE, rows[:_PAGE]
    base = "/audit/"
    opened = current_app.extensions["registers"]
    columns = [
        pages.Column("at", _("When"), "datetime"),
        pages.Column("actor", _("Who"), "title"),
        pages.Column("act", _("Did what"), "line"),
        pages.Column("record", _("With what"), wide=True),
        pages.Column("register", _("Register")),
        pages.Column("channel", _("By")),
        pages.Column("ip", _("From")),
    ]
    shown = [_row(entry, opened) for entry in rows]
    filters = [
        pages.FilterChoice(
            "action", _("Did what"), "choice", [("is", _("is"))], timeline.known_acts()
        ),
        pages.FilterChoice(
            "register",
            _("Register"),
            "choice",
            [("is", _("is"))],
            [(n, str(v.title)) for n, v in opened.items()],
        ),
        pages.FilterChoice("actor", _("Who"), "line", [("is", _("is"))]),
        pages.FilterChoice("at", _("When"), "date", [("from", _("from")), ("to", _("up to"))]),
    ]
    labels = {f.name: f for f in filters}
    conditions = [
        pages.Condition(
            name,
            labels[name].label,
            relation,
            dict(labels[name].relations).get(relation, relation),
            value,
            dict(labels[name].options).get(value, value),
            base
            + address(
                asked,
                where=[":".join(c) for i, c in enumerate(asked.conditions) if i != n],
                at="",
                page="",
            ),
        )
        for n, (name, relation, value) in enumerate(asked.conditions)
        if name in labels
    ]
    return pages.ListPage(
        head=pages.Head(
            "",
            _("Audit book"),
            facts=[pages.Cell(text=_("Nobody can change or delete an entry."))],
            actions=[
                pages.Action(
                    "verify", _("Check the chain"), "/audit/verify", "shield-check", primary=True
                )
            ],
            more=[pages.Action("anchor", _("Take the anchor"), "/audit/anchor.json", "download")],
        ),
        columns=columns,
        rows=shown,
        pager=pages.Pager(
            first=1 if before is None and rows else 0,
            last=len(rows),
            total="",
            exact=False,
            count_url="",
            size=_PAGE,
            sizes=(),
            previous_url="",
            next_url=base + address(asked, at=str(rows[-1].id), page="") if more else "",
            pages=(),
            first_url=base + address(asked, at="", page="") if before is not None else "",
        ),
        query=asked.query,
        conditions=conditions,
        filters=filters,
        url=base,
        clear_url=base,
        empty=None
        if rows
        else pages.Empty(
            _("Nothing fits these conditions."),
            pages.Action("clear", _("Clear the conditions"), base),
        ),
        state=[("where", ":".join(c)) for c in asked.conditions],
        notices=[pages.Notice("bad", text) for text in faults],
    )


def _row(entry: AuditEntry, opened: Any) -> pages.Row:
    url = ""
    if entry.register in opened and entry.record_id is not None and entry.action != "delete":
        url = f"/{entry.register}/show/{entry.record_id}"
    register = str(opened[entry.register].title) if entry.register in opened else entry.register
    who = entry.actor_name or _("the system")
    return pages.Row(
        entry.id,
        url,
        [
            pages.Cell("datetime", moment(entry.at, full=True)),
            pages.Cell(
                "title",
                who,
                secondary=_("for %(name)s", name=entry.for_name) if entry.for_name else "",
            ),
            pages.Cell("line", timeline.verb_of(entry.action)),
            pages.Cell("title", entry.record_label, url=url),
            pages.Cell("word", register),
            pages.Cell("word", timeline.channel_word(entry.channel)),
            pages.Cell("word", entry.ip),
        ],
        name_at=3,
    )
