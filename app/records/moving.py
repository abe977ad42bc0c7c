"""Operations on one record: what stands against them, and the plain step from one state to the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from flask_babel import gettext as _

from app.extensions import db
from app.records import clock
from app.records.refusals import Refusal, Refused

WhyNot = Callable[[Any], Any]


def it_is_void(record: Any) -> Any:
    return _("It is void.") if record.is_void else None


def _first_of(questions: tuple[WhyNot, ...]) -> WhyNot:
    def why_not(record: Any) -> Any:
        return next((no for question in questions if (no := question(record))), None)

    return why_not


class Guarded:
    """An operation that asks `why_not` itself, whoever calls it; its button asks the same beforehand."""

    def __init__(
        self,
        run: Callable[[Any, str | None], Any],
        why_not: WhyNot,
        field: str,
        error: type[Refused],
    ) -> None:
        self._run, self.why_not = run, why_not
        self._field, self._error = field, error
        update_wrapper(self, run)

    def __call__(self, record: Any, reason: str | None = None) -> Any:
        if no := self.why_not(record):
            raise self._error(Refusal(no, self._field))
        return self._run(record, reason)


def unless(
    *against: WhyNot, field: str = "", error: type[Refused] = Refused
) -> Callable[[Callable[[Any, str | None], Any]], Guarded]:
    """The operation does not run while anything stands against it.

    :param against: each says why not, or None; the first that does is the answer
    """
    return lambda run: Guarded(run, _first_of(against), field, error)


def moving(state: str, *also: WhyNot) -> Guarded:
    """The operation that brings a record into this state; the reason goes into its remarks.

    :param also: what else may stand against it; each says why, or None
    """

    @unless(why_not_move(state, *also), field="state")
    def move(record: Any, reason: str | None = None) -> None:
        record.state = state
        if words := (reason or "").strip():
            record.remark = "\n".join(filter(None, (record.remark, f"{clock.today()}: {words}")))
        db.session.flush()

    return move


def why_not_move(state: str, *also: WhyNot) -> WhyNot:
    """Says why a record cannot come into this state now."""

    def may_follow(record: Any) -> Any:
        if not record.states.may_follow(record.state, state):
            words = dict(record.states.words.options())
            return _("Not from “%(state)s”.", state=words[record.state])
        return None

    return _first_of((it_is_void, may_follow, *also))
