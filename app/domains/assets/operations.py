"""What is done with devices."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.domains.assets.models import DeviceAssignment, ITDevice
from app.extensions import db
from app.organisation.rules import ties
from app.records import Refusal, Refused, acting, clock, follows_from
from app.records.moving import it_is_void, unless


def why_not_take_back(assignment: Any) -> Any:
    return None if assignment.state == "assigned" else _("It was returned already.")


@unless(it_is_void, why_not_take_back)
def take_back(assignment: DeviceAssignment, _reason: str | None = None) -> None:
    """The user returns the device; it is idle until somebody else gets it (R114).

    :raises Refused: when it was returned already
    """
    assignment.returned_on = clock.today()
    assignment.state = "returned"
    db.session.flush()


def hand_in(device: ITDevice) -> None:
    """Whoever has the device returns it: it goes elsewhere (R115)."""
    assignment = DeviceAssignment.open_for(device.id, None)
    if assignment is not None:
        take_back(assignment)


def why_not_sign_for(assignment: Any) -> Any:
    if assignment.is_void or assignment.state != "assigned":
        return _("This assignment has ended.")
    if assignment.receipt_signature:
        return _("It is signed for already.")
    if assignment.person.user_id is None or assignment.person.user_id != acting().actor.id:
        return _("Only %(name)s can sign for it.", name=assignment.person.name)
    return None


@unless(why_not_sign_for)
def sign_for(assignment: DeviceAssignment, _reason: str | None = None) -> None:
    """The user confirms with his own account that he has the device; from here on it is in use (D10§4(3)).

    :raises Refused: for anybody else
    """
    assignment.receipt_signature = _(
        "%(name)s, %(day)s", name=assignment.person.name, day=clock.today().isoformat()
    )
    if assignment.device.state == "assigned":
        assignment.device.state = "in_use"
    db.session.flush()


@follows_from("device_assignment")
def keep_the_card(assignment: Any) -> None:
    """The card says who has the device now: it follows its assignments, whoever writes them."""
    device = assignment.referred("device")
    if device is None:
        return
    is_open = (assignment.state or "assigned") == "assigned" and not assignment.is_void
    if is_open:
        person = assignment.referred("person")
        if device.assigned_person is not person:
            device.assigned_person = person
        if device.state in ("received", "idle"):
            device.state = "assigned"
    elif assignment.changed("state", "voided_at"):
        # An old assignment that is voided says nothing about who has the device now.
        if assignment.open_for(device.id, assignment.id) is not None:
            return
        device.assigned_person = None
        if device.state in ("assigned", "in_use"):
            device.state = "idle"


@follows_from("it_device")
def keep_what_somebody_has(device: Any) -> None:
    """What is in somebody's hands is returned before its file is voided.

    :raises Refused: otherwise
    """
    if device.changed("voided_at") and device.is_void and device.id is not None:
        assignment = DeviceAssignment.open_for(device.id, None)
        if assignment is not None:
            raise Refused(Refusal(_("Let %(name)s return it first.", name=assignment.person.name)))


@ties
def why_not_leave_with_devices(employee: Any) -> Any:
    """R114: who leaves returns the devices he has first."""
    query = (
        DeviceAssignment.living()
        .where(DeviceAssignment.person_id == employee.id, DeviceAssignment.state == "assigned")
        .order_by(DeviceAssignment.id)
        .limit(1)
    )
    with db.session.no_autoflush:
        assignment = db.session.scalar(query)
    if assignment is None:
        return None
    return _("He still has %(device)s. Let it be returned first.", device=assignment.device.title)
