"""The start page, and the one search box over everything a person may see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app, g, jsonify, render_template, request
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from app.audit import AuditEntry
from app.desk import duties, granting, signing
from app.extensions import db
from app.records import REGISTERED, clock, search
from app.registers import pages, shell
from app.registers.cells import moment
from app.registers.menu import chapters_for
from app.registers.page import Page, expose, favourites, signed_in
from app.registers.query import unseen_text
from app.security import scopes

_GROUP = 5
_NEW = 8


class Desk(Page):
    """Where everybody begins."""

    route_base = ""
    default_view = "index"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        return render_template("desk.html", page=desk_page(g.person))

    @expose("/search")
    @signed_in
    def search(self) -> Any:
        """What the search box finds: JSON for the box itself, a page for a browser."""
        asked = request.args.get("q", "").strip()[:60]
        groups = find_everywhere(asked, g.person) if asked else recent_groups(g.person)
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            return render_template("desk/search.html", query=asked, groups=groups)
        return jsonify(groups=groups)

    @expose("/menu")
    @signed_in
    def menu(self) -> Any:
        """The menu as a page; with `new`, what this person may enter."""
        new = request.args.get("new") == "1"
        chapters = enterable(g.person) if new else chapters_for(g.person, "", with_icons=True)
        return render_template("desk/menu.html", chapters=chapters, new=new)


def desk_page(person: scopes.Person) -> pages.DeskPage:
    today = clock.today()
    recent = _recent(person)
    return pages.DeskPage(
        # the pattern of a date, in the letters of the Unicode CLDR
        greeting=format_date(today, _("EEEE, d MMMM")),
        facts=[_("Week %(week)d of %(year)d", week=today.isocalendar().week, year=today.year)],
        new=_new_actions(person),
        work=[
            work
            for ask in (
                signing.work_for,
                duties.records_due,
                duties.work_for,
                granting.work_for,
            )
            if (work := ask(person)) is not None
        ],
        aside=signing.awaited_by(person),
        registers=_registers(
            person, {url.split("/")[1] for _label, url, _register, _when in recent}
        ),
        recent=recent,
    )


def _registers(person: scopes.Person, used: set[str]) -> list[tuple[str, str, str, bool]]:
    """What this person may read: favourites first, then what he worked on, then the rest of the menu."""
    kept = favourites()
    found = []
    for chapter in current_app.extensions["contents"]:
        for view in chapter.registers:
            name = view.record.__tablename__
            if scopes.reaches(person, "r", view.record):
                row = (str(view.title), f"/{name}/list/", view.icon, name in kept)
                found.append(((name not in kept, name not in used), row))
    return [row for _order, row in sorted(found, key=lambda pair: pair[0])]


def _new_actions(person: scopes.Person) -> list[pages.Action]:
    """A few empty forms one click away, favourites first; the menu knows them all."""
    kept = {f"/{name}/add" for name in favourites()}
    entries = [entry for chapter in enterable(person) for entry in chapter.entries]
    entries.sort(key=lambda entry: entry.url not in kept)
    actions = [pages.Action("add", e.label, e.url, icon=e.icon) for e in entries[:_NEW]]
    if len(entries) > _NEW:
        actions.append(pages.Action("all", _("All %(count)d…", count=len(entries)), "/menu?new=1"))
    return actions


def enterable(person: scopes.Person) -> list[shell.MenuChapter]:
    """The chapters again, with the address of each register's empty form."""
    made = []
    opened = current_app.extensions["registers"]
    for chapter in chapters_for(person, ""):
        entries = []
        for entry in chapter.entries:
            name = entry.url.strip("/").split("/")[0]
            if name in opened and opened[name].may_add(person):
                entries.append(replace(entry, url=f"/{name}/add", icon=opened[name].icon))
        if entries:
            made.append(replace(chapter, entries=entries))
    return made


def recent_groups(person: scopes.Person) -> list[dict[str, Any]]:
    """What stands in the search box before anything is typed."""
    entries = [
        {"label": label, "note": register, "url": url, "icon": "history"}
        for label, url, register, _when in _recent(person)[:_GROUP]
    ]
    if not entries:
        return []
    return [{"label": _("Recently worked on"), "icon": "history", "entries": entries}]


def _recent(person: scopes.Person) -> list[tuple[str, str, str, str]]:
    """What this person touched last: (record, url, register, when)."""
    rows = db.session.execute(
        select(AuditEntry.register, AuditEntry.record_id, AuditEntry.record_label, AuditEntry.at)
        .where(AuditEntry.actor_id == person.user_id, AuditEntry.record_id.is_not(None))
        .order_by(AuditEntry.id.desc())
        .limit(60)
    ).all()
    opened = current_app.extensions["registers"]
    found: dict[tuple[str, int], tuple[str, str, str, str]] = {}
    for register, record_id, label, at in rows:
        if (
            register in opened
            and scopes.may(person, "r", register)
            and (register, record_id) not in found
        ):
            record_class: Any = REGISTERED[register]
            # What has left the person's scope since is not shown, not even by name.
            statement = scopes.narrow(
                select(record_class.id).where(record_class.id == record_id),
                person,
                "r",
                record_class,
            )
            if db.session.scalar(statement) is None:
                continue
            found[register, record_id] = (
                label,
                f"/{register}/show/{record_id}",
                str(opened[register].title),
                moment(at),
            )
            if len(found) == 8:
                break
    return list(found.values())


def find_everywhere(query: str, person: scopes.Person) -> list[dict[str, Any]]:
    """Records and pages that fit, in groups of five; only what the person may see."""
    if not query:
        return []
    opened = current_app.extensions["registers"]
    readable = [name for name in opened if scopes.may(person, "r", name)]
    groups: list[dict[str, Any]] = []
    by_register: dict[str, list[search.Found]] = {}
    # Where a person sees all rows, the first finds are his; where he sees few, they may all be
    # somebody else's: such a register is asked for its own.
    limits = {name: scopes.rows(person, "r", REGISTERED[name]) for name in readable}
    wide = [name for name in readable if limits[name] is None]
    for one in search.find(db.session, query, wide, limit=60) if wide else ():
        by_register.setdefault(one.register, []).append(one)
    for name in readable:
        if limits[name] is not None:
            by_register[name] = _own_finds(name, query, limits[name])
    for register, rows in by_register.items():
        if not rows:
            continue
        record_class: Any = REGISTERED[register]
        blind = unseen_text(record_class, query, person)
        allowed = {row.record_id for row in rows}
        if blind is not None:
            allowed = set(
                db.session.scalars(
                    select(record_class.id).where(record_class.id.in_(allowed), blind)
                )
            )
        masked = scopes.field_right(person, register, record_class.titled_by) in (
            "masked",
            "hidden",
        )
        entries = [
            {
                "label": scopes.mask(row.title) if masked else row.title,
                "note": row.number,
                "url": f"/{register}/show/{row.record_id}",
            }
            for row in rows
            if row.record_id in allowed
        ][:_GROUP]
        if entries:
            groups.append(
                {
                    "label": str(opened[register].title),
                    "icon": opened[register].icon,
                    "entries": entries,
                }
            )
    places = _places(query, readable)
    if places:
        groups.append(
            {"label": _("Registers and actions"), "icon": "layout-list", "entries": places}
        )
    return groups


def _own_finds(register: str, query: str, limit: Any) -> list[search.Found]:
    """The newest few finds of a register among the rows this person sees."""
    ids = search.ids_of(db.session, query, register)
    if not ids:
        return []
    record_class: Any = REGISTERED[register]
    records = db.session.scalars(
        select(record_class)
        .where(search.is_one_of(record_class.id, ids), limit)
        .order_by(record_class.id.desc())
        .limit(_GROUP)
    ).unique()
    return [
        search.Found(register, record.id, record.title, getattr(record, "number", None) or "")
        for record in records
    ]


def _places(query: str, readable: list[str]) -> list[dict[str, str]]:
    from app.records import pinyin

    folded = search.fold(query)
    found = []
    opened = current_app.extensions["registers"]
    for name in readable:
        title = str(opened[name].title)
        if (
            folded in search.fold(title)
            or folded in pinyin.initials(title)
            or folded in pinyin.full(title)
        ):
            found.append({"label": title, "note": "", "url": f"/{name}/list/"})
            if opened[name].may_add(g.person):
                found.append(
                    {
                        "label": _("New: %(register)s", register=title),
                        "note": "",
                        "url": f"/{name}/add",
                    }
                )
    return found[: _GROUP * 2]
