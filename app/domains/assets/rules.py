"""When the device office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock

#: states in which a device can go into somebody's hands
FREE = frozenset({"received", "idle", "assigned", "in_use"})


def price_is_not_negative(device: Any) -> Iterator[Refusal]:
    if device.price is not None and device.price < 0:
        yield Refusal(_("A price cannot be below zero."), "price")


def warranty_follows_the_purchase(device: Any) -> Iterator[Refusal]:
    if (
        device.warranty_until
        and device.purchased_on
        and device.warranty_until < device.purchased_on
    ):
        yield Refusal(_("The warranty cannot end before the purchase."), "warranty_until")


def device_has_one_open_assignment(assignment: Any) -> Iterator[Refusal]:
    """R114: one open assignment for a device; who has it now returns it first."""
    if assignment.state == "returned" or not assignment.device_id:
        return
    other = assignment.open_for(assignment.device_id, assignment.id)
    if other is not None:
        yield Refusal(
            _(
                "It is assigned to %(name)s since %(day)s. Let it be returned first.",
                name=other.person,
                day=other.assigned_on,
            ),
            "device_id",
        )


def device_can_be_assigned(assignment: Any) -> Iterator[Refusal]:
    """A device in repair, scrapped or moved away goes into nobody's hands."""
    if assignment.id is not None and not assignment.changed("device_id"):
        return
    device = assignment.device
    if device is None:
        return
    if device.is_void or device.state not in FREE:
        yield Refusal(
            _(
                "%(device)s cannot be assigned: it is “%(state)s”.",
                device=device.title,
                state=dict(device.states.words.options())[device.state],
            ),
            "device_id",
        )


def return_follows_assignment(assignment: Any) -> Iterator[Refusal]:
    if assignment.assigned_on and assignment.assigned_on > clock.today():
        yield Refusal(_("Enter it on the day it is handed over."), "assigned_on")
    if (
        assignment.returned_on
        and assignment.assigned_on
        and assignment.returned_on < assignment.assigned_on
    ):
        yield Refusal(_("It cannot be returned before it was assigned."), "returned_on")
