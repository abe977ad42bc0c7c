"""Pages that are no register: the start page, imports, analyses, settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, redirect, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from app.extensions import db
from app.records.attachments import Attachment, open_file
from app.security import scopes


class Page(BaseView):
    """A FAB view without a register. Each route says by `signed_in` or `asks_for` who may call it."""

    base_permissions: list[str] = []


def row_or_404(kept: Any, pk: int) -> Any:
    """The row of this number in an address; 404 where there is none, or where no column could hold it."""
    row = db.session.get(kept, pk) if pk < 2**31 else None
    return abort(404) if row is None else row


def turned_away(text: str = "", title: Any = "", status: int = 403) -> tuple[str, int]:
    """The page that says no: by default, that the roles give no right to this page."""
    return render_template(
        "refused.html",
        text=text or _("Your roles give you no right to this page."),
        title=str(title) or _("No right"),
    ), status


def send_stored(file: Attachment, name: str) -> Any:
    """What somebody uploaded, to be kept and never to be shown inside our pages."""
    try:
        stream = open_file(file)
    except FileNotFoundError:
        abort(404)
    response = send_file(
        stream, mimetype="application/octet-stream", as_attachment=True, download_name=name
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def signed_in(function: Callable[..., Any]) -> Callable[..., Any]:
    """The route is for everybody who is signed in."""

    @wraps(function)
    def inside(self: Page, *args: Any, **kwargs: Any) -> Any:
        user = self.appbuilder.sm.acting_user()
        if user is None:
            return redirect(url_for("AuthDBView.login", next=request.full_path.rstrip("?")))
        g.person = scopes.person_of(user)
        return function(self, *args, **kwargs)

    return inside


def asks_for(verb: str, view: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The route needs a verb on a page of roles.PAGES, or on the register in its address."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def inside(self: Page, *args: Any, **kwargs: Any) -> Any:
            if not scopes.may(g.person, verb, view or kwargs.get("register", "")):
                return turned_away()
            return function(self, *args, **kwargs)

        return signed_in(inside)

    return wrap


def favourites() -> list[str]:
    """The registers that who is signed in keeps at hand, in his order."""
    account = g.get("account")
    return [name for name in (account.favourites if account else "").split(",") if name]


__all__ = ["Page", "asks_for", "expose", "favourites", "send_stored", "signed_in", "turned_away"]
