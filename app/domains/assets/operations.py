"""What is done with devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.domains.assets.models import DeviceAssignment, ITDevice
from app.extensions import db
from app.organisation.models import Employee
from app.records import Refusal, Refused, acting, clock, follows_from


def take_back(assignment: DeviceAssignment, _reason: str | None = None) -> None:
    """The user returns the device; it is idle until somebody else gets it (R114).

    :raises Refused: when it was returned already
    """
    if no := why_not_take_back(assignment):
        raise Refused(Refusal(no))
    assignment.returned_on = clock.today()
    assignment.state = "returned"
    db.session.flush()


def why_not_take_back(assignment: Any) -> Any:
    if assignment.is_void:
        return _("It is void.")
    return None if assignment.state == "assigned" else _("It was returned already.")


def sign_for(assignment: DeviceAssignment, _reason: str | None = None) -> None:
    """The user confirms with his own account that he has the device; from here on it is in use (D10§4(3)).

    :raises Refused: for anybody else
    """
    if no := why_not_sign_for(assignment):
        raise Refused(Refusal(no))
    assignment.receipt_signature = _(
        "%(name)s, %(day)s", name=assignment.person.name, day=clock.today().isoformat()
    )
    if assignment.device.state != "in_use":
        assignment.device.state = "in_use"
    db.session.flush()


def why_not_sign_for(assignment: Any) -> Any:
    if assignment.is_void or assignment.state != "assigned":
        return _("This assignment has ended.")
    if assignment.receipt_signature:
        return _("It is signed for already.")
    if assignment.person.user_id is None or assignment.person.user_id != acting().actor.id:
        return _("Only %(name)s can sign for it.", name=assignment.person.name)
    return None


def moving(state: str) -> Callable[[ITDevice, str | None], None]:
    """The operation that brings a device into this state; the reason goes into its remarks."""

    def move(device: ITDevice, reason: str | None = None) -> None:
        if no := refused(state)(device):
            raise Refused(Refusal(no))
        device.state = state
        if (reason or "").strip():
            device.remark = "\n".join(
                filter(None, (device.remark, f"{clock.today()}: {str(reason).strip()}"))
            )
        db.session.flush()

    return move


def refused(state: str) -> Callable[[Any], Any]:
    def why_not(device: Any) -> Any:
        if device.is_void:
            return _("It is void.")
        words = dict(device.states.words.options())
        if not device.states.may_follow(device.state, state):
            return _("Not from “%(state)s”.", state=words[device.state])
        if state in ("scrapping", "transferred_out") and device.assigned_person_id is not None:
            return _("Let %(name)s return it first.", name=device.assigned_person.name)
        return None

    return why_not


@follows_from("device_assignment")
def keep_the_card(assignment: Any) -> None:
    """The card says who has the device now: it follows its assignments, whoever writes them."""
    device = assignment.device
    if device is None and assignment.device_id is not None:
        device = db.session.get(ITDevice, assignment.device_id)
    if device is None:
        return
    is_open = (assignment.state or "assigned") == "assigned" and not assignment.is_void
    if is_open:
        person = assignment.person or db.session.get(Employee, assignment.person_id or 0)
        if device.assigned_person is not person:
            device.assigned_person = person
        if device.state in ("received", "idle"):
            device.state = "assigned"
    elif assignment.changed("state", "voided_at"):
        device.assigned_person = None
        if device.state in ("assigned", "in_use"):
            device.state = "idle"
