"""What becomes of a regulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.domains.archives.models import Regulation
from app.extensions import db
from app.records import Refusal, Refused
from app.records.signing import why_not_sign


def moving(state: str) -> Callable[[Regulation, str | None], None]:
    """The operation that brings a regulation into this state."""

    def move(regulation: Regulation, _reason: str | None = None) -> None:
        if no := refused(state)(regulation):
            raise Refused(Refusal(no))
        regulation.state = state
        db.session.flush()

    return move


def refused(state: str) -> Callable[[Any], Any]:
    """Says why a regulation cannot come into this state now."""

    def why_not(regulation: Any) -> Any:
        if regulation.is_void:
            return _("It is void.")
        if not regulation.states.may_follow(regulation.state, state):
            return _(
                "Not from “%(state)s”.",
                state=dict(regulation.states.words.options())[regulation.state],
            )
        if state == "effective" and not regulation.effective_on:
            return _("Say first from which day it is in force.")
        return why_not_sign(regulation) if state == "approved" else None

    return why_not
