"""What the customer desk does."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.domains.customers.models import CustomerArchiveVolume, CustomerChangeEvent
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import Refusal, Refused, follows_from, plain_value
from app.records.moving import unless
from app.records.reading import read
from app.records.signing import why_not_sign


def why_not_confirm(event: Any) -> Any:
    if event.applied:
        return _("It is confirmed already.")
    if event.is_void:
        return _("It is void.")
    return why_not_sign(event)


@unless(why_not_confirm)
def confirm(event: CustomerChangeEvent, _reason: str | None = None) -> None:
    """Put a change onto the customer's card; what stood there is kept in the lines (R04 Effect, BR-004).

    The supervisor of customer information confirms what others entered (§2.16).

    :raises Refused: when it is confirmed already, not his to confirm, or the card would not take it
    """
    customer = event.customer
    specs = customer.specs()
    for effect in event.effects:
        spec = specs[effect.master_field]
        old = plain_value(getattr(customer, effect.master_field))
        effect.old_value = None if old is None else str(old)[:500]
        setattr(customer, effect.master_field, read(spec, effect.new_value))
    event.applied = True
    db.session.flush()


def hand_over(volume: CustomerArchiveVolume, reason: str | None) -> None:
    """Give a volume to another keeper of archives.

    :raises Refused: unless it stands in its place, or without saying to whom
    """
    _move(volume, "transferred", reason)


def put_back(volume: CustomerArchiveVolume, _reason: str | None = None) -> None:
    volume.state = "in_place"
    db.session.flush()


def destroy(volume: CustomerArchiveVolume, reason: str | None) -> None:
    """:raises Refused: unless it stands in its place, or without the reason"""
    _move(volume, "destroyed", reason)


def _move(volume: CustomerArchiveVolume, state: str, reason: str | None) -> None:
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say why, and to whom it goes."), "reason"))
    volume.state = state
    volume.remark = "\n".join(filter(None, (volume.remark, str(reason).strip())))
    db.session.flush()


def why_not_in_place(volume: Any) -> Any:
    return None if volume.state == "in_place" else _("The volume is not in its place.")


def why_not_away(volume: Any) -> Any:
    return None if volume.state == "transferred" else _("The volume was not handed over.")


@follows_from("customer_archive_volume")
def keep_the_index(volume: Any) -> None:
    """The customer's card says under which mark his file stands and since when (R01 via R03)."""
    if not volume.changed(
        "customer_id", "customer", "index_no", "opened_on", "state", "voided_at"
    ):
        return
    former = volume.as_stored("customer_id")
    told = {volume.referred("customer"), db.session.get(Customer, former) if former else None}
    for customer in told - {None}:
        volumes = CustomerArchiveVolume.of_customer(customer)
        there = [one for one in volumes if one.state != "destroyed"]
        customer.archive_index_no = there[0].index_no if there else None
        customer.archive_opened_on = volumes[0].begun_on if volumes else None
