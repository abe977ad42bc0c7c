"""What is done with the masters."""

from __future__ import annotations

from flask_babel import gettext as _

from app.domains.directory.models import Customer
from app.domains.directory.rules import why_not_take_over
from app.extensions import db
from app.records import Refusal, Refused, clock
from app.records.moving import why_not_move

why_not = why_not_move("trading", why_not_take_over)


def take_over(customer: Customer, reason: str | None) -> None:
    """BR-023: a customer who traded before the house opened goes on without a card; day and reason stay.

    :raises Refused: without the reason, or for whom it is not meant
    """
    if no := why_not(customer):
        raise Refused(Refusal(no, "state"))
    if not (reason or "").strip():
        raise Refused(
            Refusal(_("Say on what ground he trades: since when, by which contract."), "reason")
        )
    customer.taken_over_on, customer.take_over_reason = clock.today(), str(reason).strip()
    customer.state = "trading"
    db.session.flush()
