"""Who may what, in one table a manager can read; what one person really may; and why he sees a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.desk.granting import pair_word
from app.extensions import db
from app.organisation import holding
from app.organisation.models import Employee, EmployeeState
from app.records import REGISTERED, clock
from app.registers import pages
from app.registers.cells import moment
from app.registers.page import Page, asks_for, expose, row_or_404
from app.registers.words import limit_words, reach_word, role_word, verb_words
from app.security import conflicts, granting, scopes, users
from app.security.roles import EVERYBODY, ROLES, VERBS
from app.security.roles import rights as seeded_rights

#: hanzi of the table, in the order of VERBS; and how they look
_LOOKS = {"r": "", "a": "w", "e": "w", "d": "d", "s": "s", "x": "", "l": ""}
_SHOWN = 300


@dataclass(frozen=True)
class Cell:
    """What a role may in a register.

    :param verbs: (letter, short word, look), those in force first; `gone` were seeded and taken away
    :param limits: fields hidden, masked or read only
    """

    verbs: Sequence[tuple[str, str, str]]
    reach: str
    limits: str = ""
    #: letters that the office added to what the regulations give
    more: str = ""
    #: letters that the office took away
    gone: str = ""
    reach_changed: bool = False

    @property
    def differs(self) -> bool:
        return bool(self.more or self.gone or self.reach_changed)


class RightsPages(Page):
    """The matrix, and what stands behind its cells."""

    route_base = "/rights"
    default_view = "index"

    @expose("/")
    @asks_for("r", "roles")
    def index(self) -> Any:
        chapters = [c for c in current_app.extensions["contents"] if c.registers]
        chosen = request.args.get("chapter", "")
        only = [c for c in chapters if c.name == chosen] or chapters
        differing = request.args.get("differs") == "1"
        table = _table()
        wanted = request.args.getlist("role")
        registers = [view.record.__tablename__ for c in only for view in c.registers]
        roles = [
            name
            for name in ROLES
            if (name in wanted if wanted else any((r, name) in table for r in registers))
        ]
        groups = []
        for chapter in only:
            rows = []
            for view in chapter.registers:
                register = view.record.__tablename__
                cells = [table.get((register, role)) for role in roles]
                if differing and not any(cell and cell.differs for cell in cells):
                    continue
                rows.append((str(view.title), register, cells))
            if rows:
                groups.append((str(chapter.label), rows))
        return render_template(
            "security/matrix.html",
            groups=groups,
            roles=[(name, role_word(name), _holders().get(name, 0)) for name in roles],
            chapters=[(c.name, str(c.label)) for c in chapters],
            chosen=chosen,
            all_roles=[(name, role_word(name)) for name in ROLES],
            wanted=wanted,
            differing=differing,
            differences=sum(cell.differs for cell in table.values()),
            words=_short_words(),
            legend=verb_words(),
            looks=_LOOKS,
            violations=len(_violations()),
            waiting=len(granting.waiting()),
            may_edit=scopes.may(g.person, "e", "roles"),
        )

    @expose("/cell/<string:register>/<string:role>")
    @asks_for("r", "roles")
    def cell(self, register: str, role: str) -> Any:
        """Who holds this right, since when, given by whom, and when he last used it."""
        view = current_app.extensions["registers"].get(register)
        if view is None or role not in ROLES:
            abort(404)
        found = _table().get((register, role))
        people = [users.by_id(pk) for pk in users.holding(role)][:_SHOWN]
        last = _last_use([u.id for u in people], register)
        given = _given([u.id for u in people], role)
        rows = []
        for user in people:
            used, (at, by) = last.get(user.id), given.get(user.id, (None, ""))
            rows.append(
                pages.Row(
                    user.id,
                    f"/rights/person/{user.id}",
                    [
                        pages.Cell(
                            "title", users.display_name(user), url=f"/rights/person/{user.id}"
                        ),
                        pages.Cell("datetime", moment(at)) if at else pages.Cell(missing=True),
                        pages.Cell("line", by) if by else pages.Cell(missing=True),
                        pages.Cell("datetime", moment(used))
                        if used
                        else pages.Cell("line", _("never")),
                    ],
                )
            )
        verbs = (
            "、".join(verb_words()[letter] for letter, _w, _l in found.verbs)
            if found
            else _("none")
        )
        basis = "；".join(
            r.basis for r in seeded_rights() if (r.register, r.role) == (register, role)
        )
        return render_template(
            "security/tables.html",
            head=pages.Head(
                "",
                _("%(role)s in “%(register)s”", role=role_word(role), register=view.title),
                facts=[
                    pages.Cell("line", verbs),
                    pages.Cell("line", found.reach if found else ""),
                    pages.Cell(
                        "line",
                        _("from: %(basis)s", basis=basis) if basis else _("added by the office"),
                    ),
                ],
                trail=[pages.Link(_("Rights"), "/rights/")],
                actions=[
                    pages.Action(
                        "edit",
                        _("Change"),
                        f"/rights/cell/{register}/{role}/edit",
                        "edit",
                        primary=True,
                    )
                ]
                if scopes.may(g.person, "e", "roles")
                else [],
            ),
            tables=[
                pages.Table(
                    _("Holders"),
                    [
                        pages.Column("name", _("Person"), wide=True),
                        pages.Column("since", _("Since"), "datetime"),
                        pages.Column("by", _("Given by")),
                        pages.Column("used", _("Last used here"), "datetime"),
                    ],
                    rows,
                    note="" if rows else _("Nobody holds it."),
                )
            ],
        )

    @expose("/conflicts")
    @asks_for("r", "roles")
    def conflicts(self) -> Any:
        """Roles nobody must hold together, and who does."""
        broken = [
            pages.Row(
                user.id,
                f"/rights/person/{user.id}",
                [
                    pages.Cell("title", users.display_name(user), url=f"/rights/person/{user.id}"),
                    pages.Cell("line", role_word(one.first)),
                    pages.Cell("line", role_word(one.second)),
                    pages.Cell("word", one.basis),
                    pages.Cell("line", excepted or _("no exception")),
                ],
            )
            for user, one, excepted in _violations()
        ]
        declared = [
            pages.Row(
                0,
                "",
                [
                    pages.Cell("line", role_word(one.first)),
                    pages.Cell("line", role_word(one.second)),
                    pages.Cell("word", one.where),
                    pages.Cell("word", one.basis),
                ],
            )
            for one in conflicts.declared()
        ]
        return render_template(
            "security/tables.html",
            head=pages.Head(
                "", _("Incompatible roles"), trail=[pages.Link(_("Rights"), "/rights/")]
            ),
            tables=[
                pages.Table(
                    _("Who holds both"),
                    [
                        pages.Column("name", _("Person"), wide=True),
                        pages.Column("a", _("Role")),
                        pages.Column("b", _("and role")),
                        pages.Column("basis", _("Basis")),
                        pages.Column("except", _("Exception")),
                    ],
                    broken,
                    note="" if broken else _("Nobody holds roles that contradict each other."),
                ),
                pages.Table(
                    _("What must not stand together"),
                    [
                        pages.Column("a", _("Role"), wide=True),
                        pages.Column("b", _("and role")),
                        pages.Column("where", _("Where")),
                        pages.Column("basis", _("Basis")),
                    ],
                    declared,
                ),
            ],
        )

    @expose("/person")
    @asks_for("r", "roles")
    def find(self) -> Any:
        """From an employee to what his account may."""
        word = request.args.get("employee", "")
        employee = db.session.get(Employee, int(word)) if word.isdecimal() else None
        if employee is None or employee.user_id is None:
            flash(_("Choose somebody who has an account."), "danger")
            return redirect("/rights/")
        return redirect(f"/rights/person/{employee.user_id}")

    @expose("/person/<int:pk>")
    @asks_for("r", "roles")
    def person(self, pk: int) -> Any:
        """What one person really may: all his roles together, with where each verb comes from."""
        user = row_or_404(users.user_class(), pk)
        someone = scopes.someone(user)
        last = _last_use_by_register(user.id)
        rows = []
        for register, view in current_app.extensions["registers"].items():
            sources = _sources(someone, register)
            if not sources:
                continue
            verbs = [letter for letter in VERBS if scopes.may(someone, letter, register)]
            limits = scopes.rights_of(someone).fields.get(register, {})
            specs = view.record.specs()
            said = "、".join(
                f"{specs[f].label if f in specs else f}: {limit_words()[right]}"
                for f, right in limits.items()
            )
            used = last.get(register)
            rows.append(
                pages.Row(
                    0,
                    "",
                    [
                        pages.Cell("title", str(view.title), url=f"/{register}/list/"),
                        pages.Cell("line", "、".join(verb_words()[v] for v in verbs)),
                        pages.Cell("line", "；".join(sources)),
                        pages.Cell("line", said),
                        pages.Cell("datetime", moment(used))
                        if used
                        else pages.Cell("line", _("never")),
                    ],
                )
            )
        employee = db.session.scalar(select(Employee).where(Employee.user_id == user.id))
        held = holding.names(user)
        found = conflicts.between(held)
        facts = [pages.Cell("line", "、".join(role_word(name) for name in sorted(held)))]
        if employee is not None and employee.state != EmployeeState.IN_SERVICE:
            facts.append(pages.Cell("line", _("not in service any more")))
        if not user.active:
            facts.append(pages.Cell("line", _("the account is closed")))
        facts += [pages.Cell("line", pair_word(one)) for one in found]
        return render_template(
            "security/tables.html",
            head=pages.Head(
                "",
                users.display_name(user),
                facts=facts,
                trail=[pages.Link(_("Rights"), "/rights/")],
            ),
            tables=[
                pages.Table(
                    _("What this person may"),
                    [
                        pages.Column("register", _("Register"), wide=True),
                        pages.Column("verbs", _("May")),
                        pages.Column("from", _("From")),
                        pages.Column("fields", _("Fields")),
                        pages.Column("used", _("Last used here"), "datetime"),
                    ],
                    rows,
                    note="" if rows else _("No right at all."),
                )
            ],
        )

    @expose("/why/<string:register>/<int:pk>/<int:user_id>")
    @asks_for("r", "roles")
    def why(self, register: str, pk: int, user_id: int) -> Any:
        """Why a person may see a row, or why not: role by role."""
        view = current_app.extensions["registers"].get(register)
        cls: Any = REGISTERED.get(register)
        user = row_or_404(users.user_class(), user_id)
        if view is None:
            abort(404)
        record = db.session.scalar(
            scopes.narrow(select(cls).where(cls.id == pk), g.person, "r", cls)
        )
        if record is None:
            abort(404)
        rows = [
            pages.Row(
                0,
                "",
                [
                    pages.Cell("line", role_word(name)),
                    *(pages.Cell("word", "✓" if reached[v] else "–") for v in VERBS),
                    pages.Cell("line", reach),
                ],
            )
            for name, reach, reached in reasons(user, cls, pk)
        ]
        return render_template(
            "security/tables.html",
            head=pages.Head(
                "",
                _(
                    "%(person)s and “%(record)s”",
                    person=users.display_name(user),
                    record=record.title,
                ),
                trail=[
                    pages.Link(_("Rights"), "/rights/"),
                    pages.Link(users.display_name(user), f"/rights/person/{user.id}"),
                ],
            ),
            tables=[
                pages.Table(
                    _("Role by role"),
                    [
                        pages.Column("role", _("Role"), wide=True),
                        *(pages.Column(v, word) for v, word in verb_words().items()),
                        pages.Column("reach", _("Rows")),
                    ],
                    rows,
                    note="" if rows else _("No role of this person has to do with this register."),
                )
            ],
        )


# -- what stands behind it -----------------------------------------------------------------------------


def reasons(user: Any, cls: Any, pk: int) -> list[tuple[str, str, dict[str, bool]]]:
    """(role, how far it reaches, verb → whether it reaches this row) for each role of a person."""
    whole, found = scopes.someone(user), []
    for role_id, name in scopes.role_names(whole).items():
        alone = replace(whole, role_ids=frozenset({role_id}))
        register = cls.__tablename__
        verbs = [v for v in VERBS if scopes.may(alone, v, register)]
        if not verbs:
            continue
        reached = {}
        for verb in VERBS:
            condition = scopes.rows(alone, verb, cls) if verb in verbs else None
            reached[verb] = verb in verbs and (
                condition is None
                or db.session.scalar(select(cls.id).where(cls.id == pk, condition)) is not None
            )
        (reach,) = scopes.rights_of(alone).scopes[VERBS[verbs[0]], register]
        found.append((name, reach_word(reach), reached))
    return found


def _sources(person: scopes.Person, register: str) -> list[str]:
    """“Sales representative: own rows” for each role that has to do with the register."""
    found = []
    for role_id, name in scopes.role_names(person).items():
        rights = scopes.rights_of(scopes.Person(None, frozenset({role_id})))
        verbs = [v for v in VERBS if (VERBS[v], register) in rights.permissions]
        if verbs:
            (reach,) = rights.scopes[VERBS[verbs[0]], register]
            found.append(f"{role_word(name)}: {reach_word(reach)}")
    return found


def _short_words() -> dict[str, str]:
    """One hanzi for each verb where the language has them."""
    return {
        "r": pgettext("right in one word", "R"),
        "a": pgettext("right in one word", "A"),
        "e": pgettext("right in one word", "E"),
        "d": pgettext("right in one word", "D"),
        "s": pgettext("right in one word", "S"),
        "x": pgettext("right in one word", "X"),
        "l": pgettext("right in one word", "L"),
    }


def _table() -> dict[tuple[str, str], Cell]:
    """Every cell of the matrix, as it is in force, held against the regulations."""
    seeded = {(r.register, r.role): r for r in seeded_rights()}
    words, found = _short_words(), {}
    for name in ROLES:
        role_id = users.role_id(name)
        if role_id is None:
            continue
        rights = scopes.rights_of(scopes.Person(None, frozenset({role_id})))
        for register, view in current_app.extensions["registers"].items():
            letters = "".join(v for v in VERBS if (VERBS[v], register) in rights.permissions)
            seed = seeded.get((register, name))
            due = "".join(v for v in VERBS if seed and v in seed.verbs)
            if name == "platform_admin":
                due = due.replace("s", "")
            if not letters and not due:
                continue
            reach = next(iter(rights.scopes[VERBS[letters[0]], register])) if letters else ""
            specs = view.record.specs()
            limits = "、".join(
                f"{specs[f].label if f in specs else f} {limit_words()[right]}"
                for f, right in rights.fields.get(register, {}).items()
            )
            found[register, name] = Cell(
                [(v, words[v], _LOOKS[v]) for v in letters],
                reach_word(reach) if reach else "",
                limits,
                more="".join(v for v in letters if v not in due),
                gone="".join(v for v in due if v not in letters),
                reach_changed=bool(seed and letters and reach != seed.scope),
            )
    return found


def _holders() -> dict[str, int]:
    if "holders" not in g:
        g.holders = {name: len(users.holding(name)) for name in ROLES}
    return g.holders  # type: ignore[no-any-return]


def _violations() -> list[tuple[Any, conflicts.Conflict, str]]:
    """(user, conflict, the exception it stands under) for every active account."""
    from app.security.models import DutyException, User

    found = []
    for user in db.session.scalars(select(User).where(User.active.is_(True)).order_by(User.id)):
        names = [name for name in holding.names(user) if name != EVERYBODY]
        for one in conflicts.between(names):
            first, second = one.pair
            excepted = db.session.scalar(
                select(DutyException)
                .where(
                    DutyException.user_id == user.id,
                    DutyException.first == first,
                    DutyException.second == second,
                    DutyException.until >= clock.today(),
                )
                .order_by(DutyException.until.desc())
            )
            words = (
                _("until %(day)s: %(reason)s", day=excepted.until, reason=excepted.reason)
                if excepted
                else ""
            )
            found.append((user, one, words))
    return found


def _last_use(ids: list[int], register: str) -> dict[int, datetime]:
    """When each of these people last did anything in a register that the book knows of."""
    query = (
        select(AuditEntry.actor_id, func.max(AuditEntry.at))
        .where(AuditEntry.actor_id.in_(ids), AuditEntry.register == register)
        .group_by(AuditEntry.actor_id)
    )
    return {actor: at for actor, at in db.session.execute(query) if at is not None}


def _last_use_by_register(user_id: int) -> dict[str, datetime]:
    query = (
        select(AuditEntry.register, func.max(AuditEntry.at))
        .where(AuditEntry.actor_id == user_id)
        .group_by(AuditEntry.register)
    )
    return {register: at for register, at in db.session.execute(query) if at is not None}


def _given(ids: list[int], role: str) -> dict[int, tuple[datetime, str]]:
    """Since when each of them holds the role, and who gave it, as the book has it."""
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.register == "account",
            AuditEntry.record_id.in_(ids),
            AuditEntry.action.in_(("roles", "account_made")),
        )
        .order_by(AuditEntry.id)
    )
    found: dict[int, tuple[datetime, str]] = {}
    for entry in db.session.scalars(query):
        details = entry.details if isinstance(entry.details, dict) else {}
        before = set(details.get("before", ()))
        after = set(details.get("after", ()) or details.get("roles", ()))
        pk = int(entry.record_id or 0)
        if role in after and (role not in before or pk not in found):
            found[pk] = (entry.at, entry.actor_name)
        elif role not in after:
            found.pop(pk, None)
    return found
