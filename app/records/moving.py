"""A plain step from one state to the next: no approval behind it, no figures, only the states' own law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.extensions import db
from app.records import clock
from app.records.refusals import Refusal, Refused

WhyNot = Callable[[Any], Any]


def moving(state: str, *also: WhyNot) -> Callable[[Any, str | None], None]:
    """The operation that brings a record into this state; the reason goes into its remarks.

    :param also: what else may stand against it; each says why, or None
    """

    def move(record: Any, reason: str | None = None) -> None:
        if no := why_not_move(state, *also)(record):
            raise Refused(Refusal(no, "state"))
        record.state = state
        if words := (reason or "").strip():
            record.remark = "\n".join(filter(None, (record.remark, f"{clock.today()}: {words}")))
        db.session.flush()

    return move


def why_not_move(state: str, *also: WhyNot) -> WhyNot:
    """Says why a record cannot come into this state now."""

    def why_not(record: Any) -> Any:
        if record.is_void:
            return _("It is void.")
        if not record.states.may_follow(record.state, state):
            words = dict(record.states.words.options())
            return _("Not from “%(state)s”.", state=words[record.state])
        return next((no for question in also if (no := question(record))), None)

    return why_not
