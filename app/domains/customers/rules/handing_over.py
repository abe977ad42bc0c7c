"""When the customer desk says no while customers are handed over: R11, R12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock


def leaver_does_not_succeed_himself(handover: Any) -> Iterator[Refusal]:
    """BR-006: a successor is somebody else, and so is who receives the material."""
    leaver = handover.referred("leaver")
    if leaver is None:
        return
    if handover.referred("successor") is leaver:
        yield Refusal(_("The leaver cannot come after himself."), "successor_id")
    if handover.referred("received_by") is leaver:
        yield Refusal(_("The leaver cannot receive what he hands over."), "received_by_id")
    for line in handover.material:
        if line.referred("successor") is leaver:
            yield Refusal(_("The leaver cannot come after himself."), "handed")
    named = [line.referred("customer") for line in handover.material]
    for customer in {one for one in named if one is not None and named.count(one) > 1}:
        yield Refusal(_("%(name)s stands here twice.", name=customer.name), "handed")


def one_handover_for_a_leaver(handover: Any) -> Iterator[Refusal]:
    leaver = handover.referred("leaver")
    if leaver is None or leaver.id is None or handover.state == "closed":
        return
    if handover.id is not None and not handover.changed("leaver_id", "state", "voided_at"):
        return
    if handover.open_of(leaver.id, handover.id) is not None:
        yield Refusal(_("A handover of this person is open already."), "leaver_id")


def what_is_not_complete(handover: Any) -> Iterator[Refusal]:
    """R11: what goes into the archive is complete, or the line says what is missing."""
    for line in handover.material:
        if not line.complete and not (line.missing or "").strip():
            yield Refusal(
                _(
                    "%(customer)s: tick that the material is complete, or say what is missing.",
                    customer=line.customer.name,
                ),
                "handed",
            )


def archived_is_complete(handover: Any) -> Iterator[Refusal]:
    if handover.state in ("archived", "closed") and handover.changed("state"):
        yield from what_is_not_complete(handover)


def what_stands_against_closing(handover: Any) -> Iterator[Refusal]:
    """BR-006, BR-007: every customer of the leaver has a successor, and has been told of him."""
    for customer in handover.customers_with_him():
        yield Refusal(
            _("%(customer)s has no successor of the leaver yet.", customer=customer.name), "state"
        )
    for customer in handover.not_told():
        yield Refusal(
            _(
                "%(customer)s has not been told who comes after the leaver.",
                customer=customer.name,
            ),
            "state",
        )


def nobody_is_left_alone(handover: Any) -> Iterator[Refusal]:
    """BR-006: asked again at the flush, whoever closes it."""
    if handover.state == "closed" and handover.changed("state"):
        yield from what_stands_against_closing(handover)


def successor_keeps_two_contacts(
    line: Any, handover: Any, contacts: set[int]
) -> Iterator[Refusal]:
    """BR-010: who is the other contact of an important new customer already makes no second one.

    :param contacts: the employees who are in touch with the customer now
    """
    customer, successor = line.customer, line.goes_to
    if not customer.is_promising_new or handover.leaver_id not in contacts:
        return
    if len((contacts - {handover.leaver_id}) | {successor.id}) < 2:
        yield Refusal(
            _(
                "%(customer)s is an important new customer: two of us keep in touch."
                " Name a successor who is not his contact yet.",
                customer=customer.name,
            ),
            "handed",
        )


def what_was_handed_over_stays(line: Any) -> Iterator[Refusal]:
    """R11: once it is signed, a line keeps its customer and to whom he went."""
    handover = line.referred("handover")
    if handover is None or handover.as_stored("state") in (None, "opened", "signing"):
        return
    if line.id is None or line.changed("customer_id", "successor_id", "handover_id"):
        yield Refusal(
            _("It is handed over. Customers and successors of the list do not change any more."),
            "customer_id",
        )


def notice_names_two_persons(notice: Any) -> Iterator[Refusal]:
    leaver = notice.referred("leaver")
    if leaver is not None and notice.referred("successor") is leaver:
        yield Refusal(_("The leaver cannot come after himself."), "successor_id")


def notice_says_when_and_how(notice: Any) -> Iterator[Refusal]:
    """BR-007: a customer who was told has the day, and the way he was told."""
    if notice.notified_on and notice.notified_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "notified_on")
    if notice.state != "drafted" and notice.state is not None:
        if not notice.notified_on:
            yield Refusal(_("Say on which day the customer was told."), "notified_on")
        if not notice.channel:
            yield Refusal(_("Say how the customer was told."), "channel")


def successor_gets_in_touch_after_the_notice(notice: Any) -> Iterator[Refusal]:
    """DL-21: the successor is in touch once the customer has been told of him."""
    first = notice.first_contact_on
    if notice.state == "contacted" and not first:
        yield Refusal(_("Say on which day the successor was in touch."), "first_contact_on")
    if first and first > clock.today():
        yield Refusal(_("Enter it when it has happened."), "first_contact_on")
    elif first and (not notice.notified_on or first < notice.notified_on):
        yield Refusal(
            _("The customer is told first; the successor gets in touch afterwards."),
            "first_contact_on",
        )
