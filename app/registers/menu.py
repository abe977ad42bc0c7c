"""The side menu, the shell around every page, and the opening of all registers at start."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from app.extensions import db
from app.records import house, pinyin, settings  # noqa: F401 - the house declares its settings
from app.registers import checks, pages, shell
from app.registers.api import RegisterApi
from app.registers.approvals_api import ApprovalsApi
from app.registers.declare import Chapter
from app.registers.options import Options
from app.registers.page import Page, expose, favourites, signed_in
from app.registers.words import purpose_of, role_word
from app.security import scopes
from app.security.models import Account
from app.security.roles import EVERYBODY
from app.security.users import display_name


def open_registers(builder: Any, chapters: Sequence[Chapter], extra: Sequence[type]) -> None:
    """Register every view of the table of contents; a wrong declaration stops the start, by name."""
    checks.run(chapters)
    app = current_app
    opened: dict[str, Any] = {}
    where: dict[str, Chapter] = {}
    for chapter in chapters:
        for view in chapter.registers:
            name = view.record.__tablename__  # type: ignore[attr-defined]
            opened[name] = builder.add_view_no_menu(view)
            where[name] = chapter
    app.extensions["registers"] = opened
    app.extensions["chapters"] = where
    app.extensions["contents"] = tuple(chapters)
    for page in (Options, RegisterApi, ApprovalsApi, ChapterPages, *extra):
        builder.add_view_no_menu(page)
    app.context_processor(_shell)


class ChapterPages(Page):
    """All registers of one domain, and what a person keeps of the menu."""

    route_base = "/"
    default_view = "chapter"

    @expose("/chapter/<string:name>")
    @signed_in
    def chapter(self, name: str) -> Any:
        for chapter in current_app.extensions["contents"]:
            if chapter.name == name:
                break
        else:
            abort(404)
        entries = []
        for view in chapter.registers:
            register = view.record.__tablename__
            if scopes.may(g.person, "r", register):
                entries.append(
                    (str(view.title), f"/{register}/list/", purpose_of(view.record), view.icon)
                )
        for label, url, needs in chapter.pages:
            if not needs or scopes.may(g.person, "r", needs):
                entries.append((str(label), url, "", "chart-bar"))
        if not entries:
            abort(404)
        return render_template(
            "registers/chapter.html",
            page=pages.ChapterPage(str(chapter.label), chapter.icon, entries),
        )

    @expose("/favourites/<string:register>", methods=["POST"])
    @signed_in
    def favourite(self, register: str) -> Any:
        if register not in current_app.extensions["registers"]:
            abort(404)
        account = Account.of(g.user.id)
        names = [n for n in account.favourites.split(",") if n]
        if register in names:
            names.remove(register)
        else:
            names.append(register)
        account.favourites = ",".join(names[:20])
        db.session.commit()
        return redirect(request.referrer or f"/{register}/list/")

    @expose("/preferences", methods=["POST"])
    @signed_in
    def preferences(self) -> Any:
        account = Account.of(g.user.id)
        theme, locale = request.form.get("theme", ""), request.form.get("locale", "")
        density = request.form.get("density", "")
        if theme in ("auto", "light", "dark"):
            account.theme = theme
        if locale in current_app.config["LANGUAGES"]:
            account.locale = locale
        if density in ("normal", "compact", "relaxed"):
            account.density = density
        if request.form.get("single_keys") in ("0", "1"):
            account.single_keys = request.form["single_keys"] == "1"
        db.session.commit()
        if request.headers.get("X-Requested-With") == "fetch":
            return "", 204
        flash(_("Saved."), "success")
        return redirect(request.referrer or "/")


def chapters_for(
    person: scopes.Person, current: str, *, with_icons: bool = False
) -> list[shell.MenuChapter]:
    """The menu a person sees: only what he may read."""
    made = []
    for chapter in current_app.extensions["contents"]:
        entries = []
        for view in chapter.registers:
            register = view.record.__tablename__
            if scopes.reaches(person, "r", view.record):
                entries.append(_entry(view, register, current, with_icon=with_icons))
        for label, url, needs in chapter.pages:
            if not needs or scopes.may(person, "r", needs):
                text = str(label)
                entries.append(
                    shell.MenuEntry(
                        text, url, request.path == url, pinyin.initials(text), pinyin.full(text)
                    )
                )
        if entries:
            made.append(
                shell.MenuChapter(
                    chapter.name,
                    str(chapter.label),
                    chapter.icon,
                    open=any(e.active for e in entries),
                    entries=entries,
                    all_url=f"/chapter/{chapter.name}",
                    all_label=_("All %(count)d…", count=len(entries)),
                )
            )
    return made


def _entry(view: Any, register: str, current: str, *, with_icon: bool = False) -> shell.MenuEntry:
    text = str(view.title)
    return shell.MenuEntry(
        text,
        f"/{register}/list/",
        current == register,
        pinyin.initials(text),
        pinyin.full(text),
        icon=view.icon if with_icon else "",
    )


def _shell() -> dict[str, Any]:
    return {"shell": _make_shell()} if "shell" not in g else {"shell": g.shell}


def _make_shell() -> shell.Shell:
    user = getattr(g, "user", None)
    account: Account | None = None
    if user is None or user.is_anonymous:
        person = scopes.Person(None)
    else:
        person, account = scopes.person_of(user), g.get("account")
    current = request.path.strip("/").split("/")[0]
    locale = str(get_locale() or "zh").split("_")[0]
    opened = current_app.extensions.get("registers", {})
    waiting = person.figures.get("waiting", 0)
    g.shell = shell.Shell(
        name=str(settings.get("product_name")),
        company=str(settings.get("company_name") or ""),
        menu=chapters_for(person, current) if account or person.user_id else [],
        personal=_personal(waiting),
        favourites=[
            _entry(opened[n], n, current, with_icon=True)
            for n in favourites()
            if n in opened and scopes.may(person, "r", n)
        ],
        user=_user(user),
        theme=account.theme if account else "auto",
        locale=locale,
        languages=[
            shell.Language(code, info["name"], f"/lang/{code}", code == locale)
            for code, info in current_app.config["LANGUAGES"].items()
        ],
        density=account.density if account else "normal",
        search_url="/search",
        notices_count=person.figures.get("notices", 0),
        urls={
            "desk": "/",
            "menu": "/menu",
            "profile": "/profile",
            "password": "/password",
            "logout": "/logout/",
            "preferences": "/preferences",
            "search": "/search",
            "notices": "/notices/",
            "signing": "/approvals/",
            "signing_count": str(waiting) if waiting else "",
        },
        single_keys=account.single_keys if account else True,
        build=build(),
    )
    return g.shell


@functools.cache
def build() -> str:
    """A short word for the static files as they lie there now: an address with it may be kept for ever."""
    folder = Path(current_app.static_folder or "")
    marks = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            stat = file.stat()
            marks.update(f"{file.relative_to(folder)} {stat.st_size} {stat.st_mtime_ns};".encode())
    return marks.hexdigest()[:8]


def _personal(waiting: int) -> list[shell.MenuEntry]:
    return [
        shell.MenuEntry(_("Desk"), "/", active=request.path == "/", icon="home"),
        shell.MenuEntry(
            _("Waits for my signature"),
            "/approvals/",
            active=request.path.startswith("/approvals/"),
            icon="signature",
            count=str(waiting) if waiting else "",
            alarming=bool(waiting),
        ),
        shell.MenuEntry(
            _("Deadlines and duties"),
            "/duties/",
            active=request.path.startswith("/duties/"),
            icon="calendar-due",
        ),
    ]


def _user(user: Any) -> shell.ShellUser | None:
    if user is None or user.is_anonymous:
        return None
    name = display_name(user)
    held = scopes.role_names(scopes.person_of(user)).values()
    roles = [role_word(role) for role in held if role != EVERYBODY]
    note = "、".join(roles[:2]) or role_word(EVERYBODY)
    return shell.ShellUser(name, name[-1:], note, id=user.id)
