"""When the customer desk says no to the half-yearly check: R18."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.domains.customers.rules.periods import HALF_YEAR, days_of_period
from app.records import Refusal, clock


def half_year_is_one(check: Any) -> Iterator[Refusal]:
    """BR-013: 2026H1 or 2026H2, and not one that has not begun."""
    if not check.half_year:
        return
    days = days_of_period(check.half_year) if HALF_YEAR.fullmatch(check.half_year) else None
    if days is None:
        yield Refusal(_("Write the half-year as 2026H1 or 2026H2."), "half_year")
        return
    if days[0] > clock.today():
        yield Refusal(_("This half-year has not begun yet."), "half_year")
    if check.checked_on and check.checked_on < days[0]:
        yield Refusal(_("This day lies before the half-year."), "checked_on")


def one_check_for_a_half_year(check: Any) -> Iterator[Refusal]:
    """BR-013: one comprehensive check for each half-year."""
    if not check.half_year:
        return
    if check.id is not None and not check.changed("half_year", "voided_at"):
        return
    twin = check.of_half_year(check.half_year, check.id)
    if twin is not None:
        yield Refusal(
            _(
                "%(half_year)s is checked already, as %(number)s.",
                half_year=check.half_year,
                number=twin.number or twin.half_year,
            ),
            "half_year",
        )


def check_is_not_in_the_future(check: Any) -> Iterator[Refusal]:
    if check.state in (None, "planned"):
        return
    if not check.checked_on:
        yield Refusal(_("Say on which day it was checked."), "checked_on")
    elif check.checked_on > clock.today() and check.changed("checked_on", "state"):
        yield Refusal(_("Enter it when it has happened."), "checked_on")


def volumes_stand_once(check: Any) -> Iterator[Refusal]:
    named = [one.referred("volume") for one in check.checked]
    for volume in {one for one in named if one is not None and named.count(one) > 1}:
        yield Refusal(_("%(name)s stands here twice.", name=volume.index_no), "volumes")


def check_is_finished(check: Any) -> Iterator[Refusal]:
    """BR-013: a finished check covers every living volume, and every fault has its action."""
    if not (check.findings or "").strip():
        yield Refusal(_("Write down what was found."), "findings")
    left_out = check.left_out()
    if left_out:
        names = "、".join(one.index_no for one in left_out[:5])
        more = len(left_out) - 5
        yield Refusal(
            _("The check leaves out: %(names)s and %(count)d more.", names=names, count=more)
            if more > 0
            else _("The check leaves out: %(names)s.", names=names),
            "volumes",
        )
    for line in check.checked:
        if not line.condition:
            yield Refusal(
                _("%(volume)s: say in which condition it is.", volume=line.volume.index_no),
                "volumes",
            )
        elif line.is_faulty and not (line.action or "").strip():
            yield Refusal(
                _("%(volume)s: say what is done about it.", volume=line.volume.index_no),
                "volumes",
            )


def what_is_not_corrected(check: Any) -> Iterator[Refusal]:
    """R18: every fault that was found is corrected, on a day."""
    for line in check.checked:
        if line.is_faulty and line.corrected_on is None:
            yield Refusal(
                _("%(volume)s is not corrected yet.", volume=line.volume.index_no), "volumes"
            )


def corrected_is_without_faults(check: Any) -> Iterator[Refusal]:
    if check.state == "corrected" and check.changed("state"):
        yield from what_is_not_corrected(check)


def what_was_checked_stays(check: Any) -> Iterator[Refusal]:
    """R18: what the manager signed is not written anew; only corrections come after it."""
    if check.as_stored("state") != "done":
        return
    for name in ("checked_on", "scope", "half_year", "findings", "checker_id"):
        if check.changed(name):
            yield Refusal(_("It is signed. Only the corrections are entered now."), name)


def what_was_found_stays(line: Any) -> Iterator[Refusal]:
    """R18: the line of a signed check keeps its volume and its condition."""
    check = line.referred("check")
    if line.corrected_on and line.corrected_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "corrected_on")
    if check is None or check.as_stored("state") in (None, "planned", "submitted"):
        return
    if line.id is None or line.changed("volume_id", "condition", "check_id"):
        yield Refusal(_("It is signed. Only the corrections are entered now."), "condition")
