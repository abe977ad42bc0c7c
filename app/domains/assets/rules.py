"""When the device office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock

#: states in which a device can go into somebody's hands
FREE = frozenset({"received", "idle", "assigned", "in_use"})


#: states of a device that nobody has
GONE = frozenset({"idle", "scrapping", "scrapped", "transferred_out"})


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
    if not assignment.changed("device_id", "device", "voided_at"):
        return
    if assignment.state == "returned":
        return
    device = assignment.referred("device")
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


def hands_do_not_change_on_paper(assignment: Any) -> Iterator[Refusal]:
    """R114: who signed for a device, and for which, stays as it was."""
    for name, relation in (("device_id", "device"), ("person_id", "person")):
        before, now = assignment.as_stored(name), getattr(assignment, relation)
        if before is not None and {getattr(assignment, name), now and now.id} != {before}:
            yield Refusal(_("Let it be returned, or void it, and enter a new assignment."), name)


def what_somebody_has_is_at_work(device: Any) -> Iterator[Refusal]:
    """BR-110: what is idle, scrapped or moved away is in nobody's hands."""
    if device.changed("state") and (no := why_not_let_go(device, device.state)):
        yield Refusal(no, "state")


def why_not_let_go(device: Any, state: str) -> Any:
    if state in GONE and device.assigned_person is not None:
        return _("Let %(name)s return it first.", name=device.assigned_person.name)
    return None


def why_not_use(device: Any) -> Any:
    """BR-110: a device in use is in somebody's hands."""
    return None if device.assigned_person is not None else _("Assign it to somebody first.")


def return_follows_assignment(assignment: Any) -> Iterator[Refusal]:
    if assignment.assigned_on and assignment.assigned_on > clock.today():
        yield Refusal(_("Enter it on the day it is handed over."), "assigned_on")
    if (
        assignment.returned_on
        and assignment.assigned_on
        and assignment.returned_on < assignment.assigned_on
    ):
        yield Refusal(_("It cannot be returned before it was assigned."), "returned_on")
