"""What is done with the masters."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.deadlines import working_days
from app.domains.directory.models import Customer
from app.domains.directory.rules import why_not_take_over
from app.extensions import db
from app.records import Kind, Refusal, Refused, clock, follows_from, settings
from app.records.moving import unless, why_not_move

settings.declare(
    settings.Setting(
        "customer_file_days",
        lazy_gettext("Working days within which the file of a new customer is opened"),
        1,
        Kind.WHOLE,
        group=lazy_gettext("Customers"),
        source="DL-20",
        help=lazy_gettext("The regulation says “in time” and no figure."),
    ),
)


@follows_from("customer")
def a_file_is_opened_in_time(customer: Any) -> None:
    """DL-20: within one working day of the first contact; what comes later says so (D16§3.3)."""
    if not customer.first_contact_on or not customer.changed("first_contact_on"):
        return
    days = int(settings.get("customer_file_days"))
    customer.file_by = working_days.calendar().after(customer.first_contact_on, days)
    opened = clock.in_office(customer.created_at).date() if customer.created_at else clock.today()
    customer.is_opened_late = opened > customer.file_by


@unless(why_not_move("trading", why_not_take_over), field="state")
def take_over(customer: Customer, reason: str | None) -> None:
    """BR-023: a customer who traded before the house opened goes on without a card; day and reason stay.

    :raises Refused: without the reason, or for whom it is not meant
    """
    if not (reason or "").strip():
        raise Refused(
            Refusal(_("Say on what ground he trades: since when, by which contract."), "reason")
        )
    customer.taken_over_on, customer.take_over_reason = clock.today(), str(reason).strip()
    customer.state = "trading"
    db.session.flush()
