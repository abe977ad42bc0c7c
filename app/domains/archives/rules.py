"""When the archives office says no."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
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


# -- archives (R201, R202) ---------------------------------------------------------------------------

#: how many full years after its own an archive is kept; what is permanent is not named
YEARS = {"years_30": 30, "years_10": 10}


def destroyable_from(retention: str | None, year: int | None) -> date | None:
    """R201: retention is counted from the first of January after the archive's year."""
    years = YEARS.get(retention or "")
    return date(year + years + 1, 1, 1) if years and year else None


def archive_is_not_of_the_future(item: Any) -> Iterator[Refusal]:
    if item.year is not None and not 1900 <= item.year <= clock.today().year:
        yield Refusal(_("The year lies between 1900 and this one."), "year")


def pages_are_counted(item: Any) -> Iterator[Refusal]:
    if item.pages is not None and item.pages < 1:
        yield Refusal(_("An archive has one page at least."), "pages")


def why_not_destroy(item: Any) -> Iterator[Refusal]:
    """R201: what is permanent is never destroyed, the rest not before its retention has ended."""
    first = destroyable_from(item.retention, item.year)
    if item.retention == "permanent":
        yield Refusal(_("What is kept permanently is never destroyed."), "retention")
    elif first is not None and clock.today() < first:
        yield Refusal(_("It is kept until %(day)s.", day=first), "retention")
    if not (item.destruction_reason or "").strip():
        yield Refusal(_("Say why it may be destroyed."), "destruction_reason")


def what_is_destroyed_was_due(item: Any) -> Iterator[Refusal]:
    """R201: also by the last signature nothing is destroyed that is still to be kept."""
    if item.state == "destroyed" and item.changed("state"):
        yield from why_not_destroy(item)


def loan_is_due_after_it_begins(loan: Any) -> Iterator[Refusal]:
    if loan.from_on and loan.due_on and loan.due_on < loan.from_on:
        yield Refusal(_("It cannot be due before it begins."), "due_on")


def borrower_is_in_service(loan: Any) -> Iterator[Refusal]:
    borrower = loan.referred("borrower") if loan.changed("borrower_id", "borrower") else None
    if borrower is not None and borrower.state == "left":
        yield Refusal(_("%(name)s has left the company.", name=borrower.name), "borrower_id")


def lent_archive_is_in_one_hand(loan: Any) -> Iterator[Refusal]:
    """R202: what is out comes back before the next one gets it."""
    if loan.state != "lent" or not loan.changed("state", "voided_at") or loan.item_id is None:
        return
    other = loan.out(loan.item_id, loan.id)
    if other is not None:
        yield Refusal(
            _("%(name)s has it since %(day)s.", name=other.borrower.name, day=other.lent_on),
            "item_id",
        )


def what_is_destroyed_is_not_lent(loan: Any) -> Iterator[Refusal]:
    if not loan.changed("item_id", "item") and not (
        loan.state == "lent" and loan.changed("state")
    ):
        return
    item = loan.referred("item")
    if item is not None and (item.is_void or item.state in ("destroying", "destroyed")):
        yield Refusal(_("It is destroyed, or about to be."), "item_id")
