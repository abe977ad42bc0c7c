"""What a route of a register asks before it opens: sign-in, then the right to a verb, in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, redirect, request, url_for
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _

from app.registers.page import turned_away
from app.registers.words import verb_words
from app.security import scopes
from app.security.roles import VERBS


def asks(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The route needs this verb: sign-in first, then 403 in words (FAB would send people to the start page)."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def inside(self: Any, *args: Any, **kwargs: Any) -> Any:
            user = self.appbuilder.sm.acting_user()
            if user is None:
                return redirect(url_for("AuthDBView.login", next=request.full_path.rstrip("?")))
            person = scopes.person_of(user)
            if not scopes.may(person, verb, self.record.__tablename__):
                return refused_page(self, verb)
            g.person = person
            return function(self, *args, **kwargs)

        return permission_name(VERBS[verb].removeprefix("can_"))(inside)

    return wrap


def refused_page(view: Any, verb: str) -> tuple[str, int]:
    what = verb_words()[verb]
    text = _(
        "Your roles give you no right to %(what)s in “%(register)s”.",
        what=what,
        register=view.title,
    )
    return turned_away(text, view.title)
