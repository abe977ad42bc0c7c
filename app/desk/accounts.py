"""Accounts and roles: who gets in, with which roles, and what a person may set for himself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import func, or_, select

from app.desk import granting as grants
from app.desk.plain_forms import exception_fields, field, form, roles_field
from app.extensions import db
from app.organisation.models import Employee
from app.records import Refusal, Refused
from app.registers import pages, timeline
from app.registers.cells import moment
from app.registers.page import Page, asks_for, expose, row_or_404, signed_in
from app.registers.saving import saving
from app.registers.words import limit_words, reach_word, role_word, verb_words
from app.security import (
    events,
    passwords,
    scopes,
    second_factor,
    sessions,
    sign_in,
    users,
)
from app.security.models import Account, RoleScope
from app.security.roles import EVERYBODY, ROLES, VERBS

_PAGE = 50


def role_names(user: Any) -> str:
    """The standing roles in words; a list of accounts asks for no more."""
    named = [role_word(name) for name in sorted(users.granted(user)) if name != EVERYBODY]
    return "、".join(named) or role_word(EVERYBODY)


def account_chip(user: Any, account: Account | None) -> pages.Chip:
    if not user.active:
        return pages.Chip(_("Closed"), "mute")
    if sign_in.is_locked(user):
        return pages.Chip(_("Locked"), "bad")
    if account is not None and account.must_change_password:
        return pages.Chip(_("One-time"), "warn")
    return pages.Chip(pgettext("account", "Open"), "ok")


def about_one(verb: str) -> Callable[..., Any]:
    """The route is about one account, and needs this verb on the page of accounts."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def inside(self: Accounts, pk: int) -> Any:
            return function(self, row_or_404(users.user_class(), pk))

        return asks_for(verb, "users")(inside)

    return wrap


class Accounts(Page):
    """Accounts, for the administrator; and everybody's own."""

    route_base = ""
    default_view = "people"

    # -- all accounts ------------------------------------------------------------------------------

    @expose("/users/")
    @asks_for("r", "users")
    def people(self) -> Any:
        asked = request.args.get("q", "").strip()[:60]
        number = request.args.get("page", "1")
        place = int(number) if number.isdecimal() and 0 < int(number) < 10_000 else 1
        model = users.user_class()
        statement = (
            select(model, Account, Employee)
            .outerjoin(Account, Account.user_id == model.id)
            .outerjoin(Employee, Employee.user_id == model.id)
        )
        if asked:
            like = f"%{asked.replace('%', '').lower()}%"
            statement = statement.where(
                or_(
                    func.lower(model.username).like(like),
                    func.lower(model.last_name).like(like),
                    func.lower(model.email).like(like),
                    Employee.name.like(like),
                )
            )
        total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
        rows = db.session.execute(
            statement.order_by(model.username).offset((place - 1) * _PAGE).limit(_PAGE)
        ).all()
        return render_template("registers/list.html", page=self._list(rows, asked, place, total))

    def _list(self, rows: Any, asked: str, place: int, total: int) -> pages.ListPage:
        columns = [
            pages.Column("username", _("User name"), fixed=True),
            pages.Column("name", _("Person"), wide=True),
            pages.Column("roles", _("Roles")),
            pages.Column("state", _("State"), "state"),
            pages.Column("last", _("Last sign-in"), "datetime"),
        ]
        shown = [
            pages.Row(
                user.id,
                f"/users/{user.id}",
                [
                    pages.Cell("word", user.username, url=f"/users/{user.id}"),
                    pages.Cell(
                        "title",
                        users.display_name(user),
                        secondary=employee.number if employee else "",
                    ),
                    pages.Cell("line", role_names(user)),
                    pages.Cell("state", chip=account_chip(user, account)),
                    _last(user),
                ],
                name_at=1,
                struck=not user.active,
            )
            for user, account, employee in rows
        ]
        kept = {"q": asked} if asked else {}
        actions = []
        if scopes.may(g.person, "a", "users"):
            actions.append(
                pages.Action("add", _("New account"), "/users/add", "plus", primary=True, key="N")
            )
        return pages.ListPage(
            head=pages.Head(
                "",
                _("Accounts"),
                actions=actions,
                trail=[pages.Link(_("House"), "/chapter/house")],
            ),
            columns=columns,
            rows=shown,
            pager=pages.numbered(
                place, _PAGE, total, lambda n: f"/users/?{urlencode(kept | {'page': n})}"
            ),
            query=asked,
            url="/users/",
            clear_url="/users/",
            empty=pages.Empty(
                _("No account fits."), pages.Action("clear", _("Show all"), "/users/")
            )
            if not shown
            else None,
        )

    @expose("/users/add", methods=["GET", "POST"])
    @asks_for("a", "users")
    def add(self) -> Any:
        typed = request.form
        errors: dict[str, list[str]] = {}
        if request.method == "POST":
            try:
                with saving():
                    user, password = self._make(typed)
            except Refused as no:
                errors = no.by_field()
            else:
                return render_template(
                    "security/one_time.html",
                    user=users.display_name(user),
                    username=user.username,
                    password=password,
                    back=f"/users/{user.id}",
                )
        fields = [
            field(
                "username",
                _("User name"),
                typed,
                errors,
                width=4,
                required=True,
                help=_("For signing in; one for each person (BR-151)."),
            ),
            field("display_name", _("Name of the person"), typed, errors, width=4, required=True),
            field("email", _("E-mail"), typed, errors, kind="email", width=4),
            _employee_field(typed.get("employee_id", ""), errors),
            roles_field(typed.getlist("roles"), errors),
            *exception_fields(typed.getlist("roles"), typed, errors),
        ]
        page = form(
            _("New account"), fields, errors, "/users/add", "/users/", _("Make the account")
        )
        return render_template("registers/form.html", page=page), 422 if errors else 200

    def _make(self, typed: Any) -> tuple[Any, str]:
        username, name = typed.get("username", "").strip(), typed.get("display_name", "").strip()
        refusals = []
        if (
            not username
            or len(username) > 64
            or not username.replace("_", "").replace(".", "").replace("-", "").isalnum()
        ):
            refusals.append(Refusal(_("Letters, digits, dots and lines; at most 64."), "username"))
        elif users.find(username) is not None:
            refusals.append(Refusal(_("This user name is taken."), "username"))
        if not name or len(name) > 64:
            refusals.append(Refusal(_("Say who it is, in at most 64 characters."), "display_name"))
        email = typed.get("email", "").strip()
        if email and db.session.scalar(
            select(users.user_class().id).where(
                func.lower(users.user_class().email) == email.lower()
            )
        ):
            refusals.append(Refusal(_("This address belongs to another account."), "email"))
        if refusals:
            raise Refused(refusals)
        password = secrets.token_urlsafe(12)
        roles = self._chosen_roles(typed)
        user = users.create(username, name, password, email=email)
        self._join(user, typed.get("employee_id", ""))
        events.tell("account_made", user, roles=[EVERYBODY])
        grants.give_roles(user, roles, typed)
        return user, password

    @staticmethod
    def _chosen_roles(typed: Any) -> list[str]:
        """:raises Refused: for a role that does not exist"""
        names = [n for part in typed.getlist("roles") for n in part.split(",") if n]
        if unknown := [n for n in names if n not in ROLES]:
            raise Refused(Refusal(_("There is no role “%(name)s”.", name=unknown[0]), "roles"))
        return names

    @staticmethod
    def _join(user: Any, employee_id: str) -> None:
        """Give the account to an employee: his department and post decide what he sees as his own."""
        for one in db.session.scalars(select(Employee).where(Employee.user_id == user.id)):
            if str(one.id) != employee_id:
                one.user_id = None
        if not employee_id:
            return
        employee = db.session.get(Employee, int(employee_id)) if employee_id.isdecimal() else None
        if employee is None:
            raise Refused(Refusal(_("There is no such employee."), "employee_id"))
        if employee.user_id not in (None, user.id):
            raise Refused(
                Refusal(_("%(name)s has an account already.", name=employee.title), "employee_id")
            )
        employee.user_id = user.id

    # -- one account -------------------------------------------------------------------------------

    @expose("/users/<int:pk>")
    @about_one("r")
    def person(self, user: Any) -> Any:
        account = db.session.get(Account, user.id)
        employee = db.session.scalar(select(Employee).where(Employee.user_id == user.id))
        chip = account_chip(user, account)
        may_edit = scopes.may(g.person, "e", "users")
        here = f"/users/{user.id}"
        more = []
        if may_edit:
            more = [
                pages.Action(
                    "reset",
                    _("Give a one-time password…"),
                    f"{here}/reset",
                    "key",
                    "post",
                    confirm=_(
                        "Give %(name)s a one-time password? All sessions end.",
                        name=users.display_name(user),
                    ),
                ),
                pages.Action(
                    "end",
                    _("End all sessions…"),
                    f"{here}/end",
                    "logout",
                    "post",
                    confirm=_("End all sessions of %(name)s?", name=users.display_name(user)),
                ),
            ]
            if sign_in.is_locked(user):
                more.insert(
                    0, pages.Action("unlock", _("Unlock"), f"{here}/unlock", "lock-open", "post")
                )
            if second_factor.of(user.id) is not None:
                more.append(
                    pages.Action(
                        "factor",
                        _("Remove the second factor…"),
                        f"{here}/factor",
                        "shield-lock",
                        "post",
                        confirm=_("Remove the second factor? Do so when the phone is lost."),
                    )
                )
            if user.active:
                more.append(
                    pages.Action(
                        "close",
                        _("Close the account…"),
                        f"{here}/close",
                        "ban",
                        "post",
                        grave=True,
                        confirm=_(
                            "Close the account of %(name)s? Nobody is deleted: what he wrote keeps his name.",
                            name=users.display_name(user),
                        ),
                    )
                )
            else:
                more.append(
                    pages.Action(
                        "open", _("Open the account again"), f"{here}/open", "circle-check", "post"
                    )
                )
        values = [
            pages.Value("username", _("User name"), pages.Cell("word", user.username)),
            pages.Value(
                "email",
                _("E-mail"),
                pages.Cell("email", "" if user.email.endswith("@users.invalid") else user.email),
            ),
            pages.Value(
                "employee",
                _("Employee"),
                pages.Cell("reference", employee.title, url=f"/employee/show/{employee.id}")
                if employee
                else pages.Cell(missing=True),
            ),
            pages.Value("last", _("Last sign-in"), _last(user)),
            pages.Value("logins", _("Sign-ins"), pages.Cell("whole", str(user.login_count or 0))),
        ]
        page = pages.ShowPage(
            head=pages.Head(
                "",
                users.display_name(user),
                chips=[chip],
                facts=[pages.Cell("word", user.username)],
                actions=[
                    pages.Action("edit", _("Edit"), f"{here}/edit", "edit", primary=True, key="E")
                ]
                if may_edit
                else [],
                more=more,
                trail=[pages.Link(_("Accounts"), "/users/")],
            ),
            sections=[pages.ValueSection(_("Account"), values)],
            tables=[grants.table_of(user, may_edit=may_edit), _sessions_table(user)],
            timeline=timeline.of_account(user.id, g.person),
        )
        return render_template("registers/show.html", page=page)

    @expose("/users/<int:pk>/edit", methods=["GET", "POST"])
    @about_one("e")
    def edit(self, user: Any) -> Any:
        employee = db.session.scalar(select(Employee).where(Employee.user_id == user.id))
        errors: dict[str, list[str]] = {}
        if request.method == "POST":
            try:
                with saving():
                    waits = self._change(user, request.form)
            except Refused as no:
                errors = no.by_field()
            else:
                flash(_("%(record)s is saved.", record=users.display_name(user)), "success")
                if waits:
                    flash(grants.said(waits), "warning")
                return redirect(f"/users/{user.id}")
            chosen = [n for part in request.form.getlist("roles") for n in part.split(",") if n]
            employee_id = request.form.get("employee_id", "")
        else:
            chosen = [r.name for r in user.roles]
            employee_id = str(employee.id) if employee else ""
        typed = request.form or {
            "display_name": users.display_name(user),
            "email": "" if user.email.endswith("@users.invalid") else user.email,
        }
        fields = [
            field("display_name", _("Name of the person"), typed, errors, width=4, required=True),
            field("email", _("E-mail"), typed, errors, kind="email", width=4),
            _employee_field(employee_id, errors),
            roles_field(chosen, errors),
        ]
        fields += exception_fields(chosen, typed, errors)
        here = f"/users/{user.id}"
        page = form(users.display_name(user), fields, errors, f"{here}/edit", here, _("Save"))
        return render_template("registers/form.html", page=page), 422 if errors else 200

    def _change(self, user: Any, typed: Any) -> list[str]:
        """Gives the roles that wait for a decision."""
        name, email = typed.get("display_name", "").strip(), typed.get("email", "").strip()
        if not name or len(name) > 64:
            raise Refused(Refusal(_("Say who it is, in at most 64 characters."), "display_name"))
        taken = email and db.session.scalar(
            select(users.user_class().id).where(
                func.lower(users.user_class().email) == email.lower(),
                users.user_class().id != user.id,
            )
        )
        if taken:
            raise Refused(Refusal(_("This address belongs to another account."), "email"))
        user.first_name, user.last_name = "", name
        user.email = email or f"{user.username}@users.invalid"
        waits = grants.give_roles(user, self._chosen_roles(typed), typed)
        self._join(user, typed.get("employee_id", ""))
        return waits

    @expose("/users/<int:pk>/reset", methods=["POST"])
    @about_one("e")
    def reset(self, user: Any) -> Any:
        password = secrets.token_urlsafe(12)
        with saving():
            passwords.change(user, password, must_change=True)
            sign_in.unlock(user)
        return render_template(
            "security/one_time.html",
            user=users.display_name(user),
            username=user.username,
            password=password,
            back=f"/users/{user.id}",
        )

    @expose("/users/<int:pk>/factor", methods=["POST"])
    @about_one("e")
    def drop_factor(self, user: Any) -> Any:
        """The phone is lost: the next sign-in needs the password alone, and sets a new one up."""
        with saving():
            second_factor.remove(user)
            sessions.end_all(user.id)
        flash(_("The second factor is removed; the sessions have ended."), "success")
        return redirect(f"/users/{user.id}")

    @expose("/users/<int:pk>/unlock", methods=["POST"])
    @about_one("e")
    def unlock(self, user: Any) -> Any:
        with saving():
            sign_in.unlock(user)
        flash(_("%(name)s may try again at once.", name=users.display_name(user)), "success")
        return redirect(f"/users/{user.id}")

    @expose("/users/<int:pk>/end", methods=["POST"])
    @about_one("e")
    def end(self, user: Any) -> Any:
        with saving():
            sessions.end_all(user.id, but=sessions.current_id() if user.id == g.user.id else None)
            events.tell("sessions_ended", user)
        flash(_("All sessions have ended."), "success")
        return redirect(f"/users/{user.id}")

    @expose("/users/<int:pk>/close", methods=["POST"])
    @about_one("e")
    def close(self, user: Any) -> Any:
        if user.id == g.user.id:
            flash(_("Nobody closes his own account. Ask another administrator."), "danger")
            return redirect(f"/users/{user.id}")
        with saving():
            users.close(user)
        flash(_("The account is closed."), "success")
        return redirect(f"/users/{user.id}")

    @expose("/users/<int:pk>/open", methods=["POST"])
    @about_one("e")
    def open(self, user: Any) -> Any:
        with saving():
            user.active = True
            events.tell("account_opened", user)
        flash(_("The account is open again."), "success")
        return redirect(f"/users/{user.id}")

    # -- everybody's own -----------------------------------------------------------------------------

    @expose("/password", methods=["GET", "POST"])
    @signed_in
    def password(self) -> Any:
        user = db.session.get(users.user_class(), g.user.id)
        errors: dict[str, list[str]] = {}
        if request.method == "POST":
            errors = self._new_password(user, request.form)
            if not errors:
                flash(
                    _("The new password is in force; your other sessions have ended."), "success"
                )
                return redirect("/")
        fields = [
            _secret("old", _("Present password"), errors, autocomplete="current-password"),
            _secret(
                "new",
                _("New password"),
                errors,
                autocomplete="new-password",
                help=_("Several words that do not belong together are strong and easy to keep."),
            ),
            _secret("again", _("New password once more"), errors, autocomplete="new-password"),
        ]
        page = form(_("Change the password"), fields, errors, "/password", "/", _("Change it"))
        if g.get("must_change") and not errors:
            page = pages.FormPage(
                page.head,
                page.sections,
                page.url,
                cancel_url="",
                submit_label=page.submit_label,
                notices=[
                    pages.Notice(
                        "warn",
                        _(
                            "This password was given to you for one time, or is too old. Take one of your own first."
                        ),
                    )
                ],
            )
        return render_template("registers/form.html", page=page), 422 if errors else 200

    @staticmethod
    def _new_password(user: Any, typed: Any) -> dict[str, list[str]]:
        old, new = typed.get("old", ""), typed.get("new", "")
        stored = user.password
        db.session.rollback()  # hashing takes long: nobody waits for it
        if not passwords.is_right(stored, old):
            return {"old": [_("This is not your present password.")]}
        if new != typed.get("again", ""):
            return {"again": [_("The two do not match.")]}
        if found := passwords.faults_for(user, new):
            return {"new": found}
        with saving():
            passwords.change(user, new, keep=sessions.current_id())
        return {}

    @expose("/profile")
    @signed_in
    def profile(self) -> Any:
        user = db.session.get(users.user_class(), g.user.id)
        employee = db.session.scalar(select(Employee).where(Employee.user_id == user.id))
        values = [
            pages.Value("name", _("Name"), pages.Cell("title", users.display_name(user))),
            pages.Value("username", _("User name"), pages.Cell("word", user.username)),
            pages.Value(
                "employee",
                _("Employee"),
                pages.Cell("reference", employee.title, url=f"/employee/show/{employee.id}")
                if employee
                else pages.Cell(missing=True),
            ),
            pages.Value("last", _("Last sign-in"), _last(user)),
        ]
        page = pages.ShowPage(
            head=pages.Head(
                "",
                users.display_name(user),
                actions=[
                    pages.Action(
                        "end", _("End my other sessions"), "/profile/end", "logout", "post"
                    ),
                    pages.Action("factor", _("Second factor"), "/second-factor/", "shield-lock"),
                    pages.Action(
                        "password", _("Change the password"), "/password", "key", primary=True
                    ),
                ],
            ),
            sections=[pages.ValueSection(_("My account"), values)],
            tables=[grants.table_of(user), _sessions_table(user)],
            timeline=timeline.of_account(user.id, g.person),
        )
        return render_template(
            "security/profile.html",
            page=page,
            account=Account.of(user.id) if g.get("account") is None else g.account,
        )

    @expose("/profile/end", methods=["POST"])
    @signed_in
    def end_mine(self) -> Any:
        with saving():
            sessions.end_all(g.user.id, but=sessions.current_id())
            events.tell("sessions_ended", db.session.get(users.user_class(), g.user.id))
        flash(_("Your other sessions have ended."), "success")
        return redirect("/profile")

    # -- roles -----------------------------------------------------------------------------------------

    @expose("/roles/")
    @asks_for("r", "roles")
    def roles(self) -> Any:
        model = users.role_class()
        registers = dict(
            db.session.execute(
                select(RoleScope.role_id, func.count()).group_by(RoleScope.role_id)
            ).all()
        )
        rows = [
            pages.Row(
                role.id,
                f"/roles/{role.id}",
                [
                    pages.Cell(
                        "title",
                        role_word(role.name),
                        secondary=role.name,
                        url=f"/roles/{role.id}",
                    ),
                    pages.Cell("whole", f"{len(users.holding(role.name)):,}"),
                    pages.Cell("whole", f"{registers.get(role.id, 0):,}"),
                ],
            )
            for role in db.session.scalars(select(model).order_by(model.id))
            if role.name in ROLES
        ]
        columns = [
            pages.Column("name", _("Role"), wide=True),
            pages.Column("people", _("People"), "whole"),
            pages.Column("registers", _("Registers"), "whole"),
        ]
        return render_template(
            "security/tables.html",
            head=pages.Head("", _("Roles")),
            tables=[pages.Table(_("Who may what"), columns, rows)],
        )

    @expose("/roles/<int:pk>")
    @asks_for("r", "roles")
    def role(self, pk: int) -> Any:
        role = row_or_404(users.role_class(), pk)
        if role.name not in ROLES:
            abort(404)
        rights = scopes.rights_of(scopes.Person(None, frozenset({role.id})))
        opened = current_app.extensions["registers"]
        rows = []
        for name, view in opened.items():
            verbs = {
                letter
                for letter, permission in VERBS.items()
                if (permission, name) in rights.permissions
            }
            if not verbs:
                continue
            (reach,) = rights.scopes[VERBS[min(verbs, key="raedsxl".index)], name]
            limits = rights.fields.get(name, {})
            labels = view.record.specs()
            said = "、".join(
                f"{labels[f].label if f in labels else f}: {limit_words()[right]}"
                for f, right in limits.items()
            )
            rows.append(
                pages.Row(
                    0,
                    f"/{name}/help",
                    [
                        pages.Cell("title", str(view.title), url=f"/{name}/help"),
                        *(pages.Cell("word", "✓" if letter in verbs else "") for letter in VERBS),
                        pages.Cell("line", reach_word(reach)),
                        pages.Cell("line", said),
                    ],
                )
            )
        columns = [
            pages.Column("register", _("Register"), wide=True),
            *(pages.Column(letter, label, "word") for letter, label in verb_words().items()),
            pages.Column("reach", _("Rows")),
            pages.Column("fields", _("Fields")),
        ]
        holders = [users.by_id(one) for one in users.holding(role.name)[:200]]
        people = [
            pages.Row(
                u.id,
                f"/users/{u.id}",
                [
                    pages.Cell("title", users.display_name(u), url=f"/users/{u.id}"),
                    pages.Cell("word", u.username),
                    _last(u),
                ],
            )
            for u in holders
        ]
        return render_template(
            "security/tables.html",
            head=pages.Head(
                "",
                str(ROLES[role.name]),
                facts=[pages.Cell("word", role.name)],
                trail=[pages.Link(_("Roles"), "/roles/")],
            ),
            tables=[
                pages.Table(
                    _("Registers"),
                    columns,
                    rows,
                    note="" if rows else _("This role has no right of its own."),
                ),
                pages.Table(
                    _("Holders"),
                    [
                        pages.Column("name", _("Person"), wide=True),
                        pages.Column("username", _("User name")),
                        pages.Column("last", _("Last sign-in")),
                    ],
                    people,
                    note="" if people else _("Nobody holds it."),
                ),
            ],
        )


# -- parts ---------------------------------------------------------------------------------------------


def _last(user: Any) -> pages.Cell:
    if user.last_login is None:
        return pages.Cell("datetime", missing=True)
    return pages.Cell("datetime", moment(user.last_login))


def _sessions_table(user: Any) -> pages.Table:
    doors = {"form": _("Browser"), "api": _("Program")}
    rows = [
        pages.Row(
            one.id,
            "",
            [
                pages.Cell("datetime", moment(one.began_at)),
                pages.Cell("word", doors.get(one.door, one.door)),
                pages.Cell("word", one.ip),
                pages.Cell("line", one.agent),
                pages.Cell("word", _("this one") if one.id == sessions.current_id() else ""),
            ],
        )
        for one in sessions.open_ones(user.id)
    ]
    columns = [
        pages.Column("began", _("Since"), "datetime"),
        pages.Column("door", _("By")),
        pages.Column("ip", _("From")),
        pages.Column("agent", _("With"), wide=True),
        pages.Column("current", ""),
    ]
    return pages.Table(_("Open sessions"), columns, rows, note="" if rows else _("None."))


def _secret(
    name: str, label: str, errors: dict[str, list[str]], *, autocomplete: str, help: str = ""
) -> pages.FormField:
    return pages.FormField(
        name,
        label,
        "line",
        secret=True,
        required=True,
        width=12,
        autocomplete=autocomplete,
        help=help,
        errors=errors.get(name, []),
    )


def _employee_field(employee_id: str, errors: dict[str, list[str]]) -> pages.FormField:
    employee = db.session.get(Employee, int(employee_id)) if employee_id.isdecimal() else None
    return pages.FormField(
        "employee_id",
        _("Employee"),
        "reference",
        value=employee_id,
        chosen=employee.title if employee else "",
        options_url="/options/employee",
        help=_("Department and post of the employee decide which rows are his own."),
        errors=errors.get("employee_id", []),
    )
