"""Customers who come to see us: received by the rules for guests, important ones as guests of honour (R13)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline
from app.domains.customers.rules import reception as rules
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Line,
    Money,
    Prose,
    Record,
    Refusal,
    States,
    Word,
    clock,
    field,
    follows_from,
    reference,
)
from app.records.moving import it_is_void, unless
from app.records.plain_rules import ends_after_it_begins


class ReceptionLevel(Choices):
    ORDINARY = "ordinary", lazy_pgettext("reception", "Ordinary")
    VIP = "vip", _("Guest of honour")


class ReceptionState(Choices):
    PLANNED = "planned", lazy_pgettext("reception", "Planned")
    SUBMITTED = "submitted", lazy_pgettext("reception", "Submitted")
    APPROVED = "approved", lazy_pgettext("reception", "Approved")
    REJECTED = "rejected", lazy_pgettext("reception", "Rejected")
    DONE = "done", lazy_pgettext("reception", "Done")


class CustomerReception(Approvable, Record):
    """A customer's visit: who comes, who receives him, at which level, with which programme."""

    __tablename__ = "customer_reception"
    catalogue_code = "R13"
    sources = ("D16§7.1", "D20§8")
    numbered = "JD-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("host_id",)
    ruled_by = (
        ends_after_it_begins("arrive_at", "leave_at"),
        rules.important_customers_are_guests_of_honour,
    )
    outcome = Outcome(
        submitted="submitted", approved="approved", rejected="rejected", returned="planned"
    )
    states = States(
        ReceptionState,
        start="planned",
        moves={
            "planned": ("submitted",),
            "submitted": ("planned", "approved", "rejected"),
            "approved": ("done",),
        },
        draft="planned",
        locked=("submitted", "rejected", "done"),
        tones={
            "planned": "draft",
            "submitted": "run",
            "approved": "ok",
            "rejected": "bad",
            "done": "mute",
        },
    )
    #: AF-60: the head of the department; guests of honour the office too
    signed_by = (
        Route(
            "AF-60-R13",
            _("Reception of customers"),
            Step(
                "head", _("Head of department"), head="requester", on_self="superior",
                on_empty="named", fallback=("office",), within=1, escalates_to="superior",
            ),
            Step(
                "office", lazy_pgettext("reception", "Office"), "office", when="level = vip", on_repeat="counts",
                within=1,
            ),
            article="D16§7.1",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "leave_at", _("Note how the reception went"), ("approved",), whose=("host_id",), warn=0
        ),
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    level: Mapped[Choice | None] = field(
        lazy_pgettext("reception", "Level"),
        choices=ReceptionLevel,
        sortable=True,
        help=_("Empty: as the customer's card says."),
    )
    visitors: Mapped[Prose | None] = field(_("Visitors"), personal=True)
    headcount: Mapped[int | None] = field(_("Number of visitors"))
    arrive_at: Mapped[datetime] = field(
        lazy_pgettext("reception", "Arrives"), sortable=True, catalogue="arrive"
    )
    leave_at: Mapped[datetime | None] = field(
        lazy_pgettext("reception", "Leaves"), catalogue="leave"
    )
    host_id: Mapped[int | None] = reference(
        lazy_pgettext("reception", "Host"), "employee.id", help=_("Empty: who enters it.")
    )
    host: Mapped[Employee | None] = relationship(foreign_keys=host_id)
    programme: Mapped[Prose | None] = field(lazy_pgettext("reception", "Programme"))
    budget: Mapped[Money | None] = field(lazy_pgettext("reception", "Budget"), default=None)
    entertainment_no: Mapped[Word | None] = field(
        _("Number of the entertainment application"),
        help=_("Where the guests are entertained (R220)."),
    )
    outcome_note: Mapped[Line | None] = field(_("How it went"), width=12)

    def before_submission(self) -> Any:
        """AF-60, D16§7.1: a guest of honour has a programme; nobody spends what is below zero."""
        if self.level == ReceptionLevel.VIP and not (self.programme or "").strip():
            yield Refusal(
                gettext("A guest of honour has a programme. Write it down."), "programme"
            )
        if self.budget is not None and self.budget < Decimal(0):
            yield Refusal(gettext("The amount cannot be below zero."), "budget")


@follows_from("customer_reception")
def the_card_says_the_level(reception: Any) -> None:
    """BR-009: the level comes from the card where nobody says it; who enters it receives the guests."""
    customer = reception.referred("customer")
    if not reception.level and customer is not None:
        reception.level = ReceptionLevel.VIP if customer.is_vip else ReceptionLevel.ORDINARY
    if reception.id is None and reception.host_id is None and reception.host is None:
        reception.host = people.who_acts()


def why_not_done(reception: Any) -> Any:
    if reception.state != "approved":
        return gettext("Only an approved reception is held.")
    if reception.arrive_at > clock.now():
        return gettext("The guests have not come yet.")
    return None


@unless(it_is_void, why_not_done)
def note_done(reception: CustomerReception, reason: str | None = None) -> None:
    """The guests have left; how it went is noted.

    :raises Refused: before it was approved, or before they have come
    """
    if words := (reason or "").strip():
        reception.outcome_note = words[:500]
    reception.state = ReceptionState.DONE
    db.session.flush()


__all__ = ["CustomerReception"]
