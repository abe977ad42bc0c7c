"""When the archives office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock

EXTERNAL = "external"


def own_regulations_say_who_explains_and_approves(regulation: Any) -> Iterator[Refusal]:
    """R185: who may explain and who approved it is required, unless it is external law."""
    if not regulation.level or regulation.level == EXTERNAL:
        return
    if not regulation.interpreted_by:
        yield Refusal(_("Say who has the right of interpretation."), "interpreted_by")
    if not regulation.approved_by:
        yield Refusal(_("Say who approves it."), "approved_by")


def what_is_issued_has_its_day(regulation: Any) -> Iterator[Refusal]:
    """R185: nothing is in force before the day from which it is.

    Of what was in force before there was this library, the day may be lost.
    """
    comes_to_be = regulation.as_stored("state") not in (None, regulation.state)
    if comes_to_be and (no := why_not_yet(regulation, regulation.state)):
        yield Refusal(no, "effective_on")


def why_not_yet(regulation: Any, state: str) -> Any:
    if state not in ("approved", "effective") or regulation.level == EXTERNAL:
        return None
    if not regulation.effective_on:
        return _("Say first from which day it is in force.")
    if state == "effective" and regulation.effective_on > clock.today():
        return _("It is in force from %(day)s; until then it waits.", day=regulation.effective_on)
    return None


def one_of_a_mark_is_in_force(regulation: Any) -> Iterator[Refusal]:
    """A reference such as D16§3.4 leads to one text."""
    if regulation.state != "effective" or not regulation.short_mark:
        return
    if not regulation.changed("state", "voided_at"):
        return
    other = regulation.in_force_with_mark()
    if other is not None:
        yield Refusal(
            _("%(title)s is in force with this mark.", title=f"《{other.title}》"), "short_mark"
        )
