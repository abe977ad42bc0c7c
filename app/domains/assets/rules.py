"""When the device office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock, settings

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


# -- appraisal (R117) --------------------------------------------------------------------------------


def fault_has_its_cause(appraisal: Any) -> Iterator[Refusal]:
    """R117, D7§9(4): of a fault the cause is found out."""
    if appraisal.purpose == "fault" and not (appraisal.fault_cause or "").strip():
        yield Refusal(_("Say what caused the fault."), "fault_cause")


def gone_devices_are_not_appraised(appraisal: Any) -> Iterator[Refusal]:
    if not appraisal.changed("device_id", "device"):
        return
    device = appraisal.referred("device")
    if device is not None and (device.is_void or device.state in ("scrapped", "transferred_out")):
        yield Refusal(
            _("%(device)s is gone; there is nothing to appraise.", device=device.title),
            "device_id",
        )


def _fitting_appraisal(record: Any, purposes: tuple[str, ...], needed: Any) -> Iterator[Refusal]:
    """BR-111, BR-171: the appraisal is signed, about this device and this purpose, and not the requester's.

    That of a fault was made for the repair, before anybody asked for anything.
    """
    appraisal = record.referred("appraisal")
    if appraisal is None:
        if needed:
            yield Refusal(needed, "appraisal_id")
        return
    device = record.referred("device")
    if device is not None and appraisal.referred("device") is not device:
        yield Refusal(_("This appraisal is about another device."), "appraisal_id")
    elif appraisal.purpose not in purposes:
        words = dict(appraisal.specs()["purpose"].options())
        yield Refusal(
            _("This appraisal is for “%(purpose)s”.", purpose=words[appraisal.purpose]),
            "appraisal_id",
        )
    elif needed and appraisal.is_void:
        yield Refusal(_("This appraisal is void."), "appraisal_id")
    elif needed and appraisal.state != "issued":
        yield Refusal(_("This appraisal is not signed by the device office yet."), "appraisal_id")
    elif needed and appraisal.purpose != "fault" and _is_own(appraisal, record):
        yield Refusal(_("Who asks for it does not appraise it."), "appraisal_id")


def _is_own(appraisal: Any, record: Any) -> bool:
    technician = appraisal.referred("technician")
    return (
        technician is not None
        and technician.user_id is not None
        and technician.user_id == record.created_by_id
    )


# -- transfer (R115) ---------------------------------------------------------------------------------


def transfer_goes_where_its_kind_goes(transfer: Any) -> Iterator[Refusal]:
    """R115, D10§4(1)(2), D7§4(2): where a transfer, a redeployment and a recall lead."""
    device, to = transfer.referred("device"), transfer.referred("to_dept")
    if device is None or to is None or not _is_open(transfer):
        return
    stays = device.referred("dept") is to
    if transfer.kind in ("transfer", "recall") and stays:
        yield Refusal(_("It stands in this department already."), "to_dept_id")
    elif transfer.kind == "recall" and not to.keeps_it_assets:
        yield Refusal(
            _("What is recalled goes to a department that keeps IT assets."), "to_dept_id"
        )
    elif transfer.kind == "redeployment" and device.owner_kind == "department" and not stays:
        yield Refusal(
            _("What the department drew itself is redeployed inside it; choose “transfer”."),
            "kind",
        )


def new_department_names_its_manager(transfer: Any) -> Iterator[Refusal]:
    """BR-110, D10§4(1): each device has a device manager of the department that uses it."""
    device, to = transfer.referred("device"), transfer.referred("to_dept")
    manager = transfer.referred("new_manager")
    if device is None or to is None or not _is_open(transfer):
        return
    if manager is None and device.referred("dept") is not to:
        yield Refusal(_("Name who is the device manager there."), "new_manager_id")
    elif manager is not None and manager.referred("dept") is not to:
        yield Refusal(
            _("%(name)s does not work in %(dept)s.", name=manager.name, dept=to.name),
            "new_manager_id",
        )


def moved_device_is_at_hand(transfer: Any) -> Iterator[Refusal]:
    """R115: what is in repair or given up is not moved."""
    device = transfer.referred("device")
    if device is None or not _is_open(transfer):
        return
    if device.is_void or device.state not in FREE:
        yield Refusal(
            _(
                "%(device)s cannot be moved: it is “%(state)s”.",
                device=device.title,
                state=dict(device.states.words.options())[device.state],
            ),
            "device_id",
        )


def device_is_moved_once_at_a_time(transfer: Any) -> Iterator[Refusal]:
    if transfer.state not in ("draft", "pending", "appraised") or transfer.device_id is None:
        return
    other = type(transfer).open_for(transfer.device_id, transfer.id)
    if other is not None:
        yield Refusal(
            _("It is being moved by %(number)s already.", number=other.number), "device_id"
        )


def device_stands_where_it_is_taken_from(transfer: Any) -> Iterator[Refusal]:
    """R115: the file may have moved since the transfer was asked for."""
    device = transfer.referred("device")
    if transfer.state in (None, "draft") or not _is_open(transfer) or device is None:
        return
    if transfer.referred("from_dept") is not device.referred("dept"):
        yield Refusal(
            _("The device stands in %(dept)s by now. Reject this.", dept=device.dept.name),
            "device_id",
        )


def moved_with_an_appraisal(transfer: Any) -> Iterator[Refusal]:
    """BR-111, D10§2: 调拨 is not carried out without the device office's appraisal.

    Where the company's regulations hold (D7§4(2)), the general affairs department moves devices alone.
    """
    signed = transfer.state in ("appraised", "done") and transfer.kind == "transfer"
    needed = signed and settings.get("approval_preset") != "company"
    yield from _fitting_appraisal(
        transfer,
        ("transfer",),
        _("A transfer needs the technical appraisal of the device office.") if needed else None,
    )


def _is_open(record: Any) -> bool:
    """Whether it goes forward now: what was decided stays true of its own day, and what goes back to
    its requester, or is rejected, need not fit any more."""
    before, now = record.as_stored("state"), record.state
    if now == "done":
        return bool(record.changed("state"))
    return now != "rejected" and not (now == "draft" and before in ("pending", "appraised"))


# -- scrapping (R118) --------------------------------------------------------------------------------


def why_not_scrap(device: Any) -> Any:
    """R118: a device is given up from where it lies, not out of somebody's hands."""
    if device.is_void:
        return _("It is void.")
    if no := why_not_let_go(device, "scrapping"):
        return no
    if not device.states.may_follow(device.state, "scrapping"):
        return _(
            "%(device)s cannot be scrapped: it is “%(state)s”.",
            device=device.title,
            state=dict(device.states.words.options())[device.state],
        )
    return None


def device_is_scrapped_once(scrap: Any) -> Iterator[Refusal]:
    if scrap.state == "rejected" or scrap.device_id is None:
        return
    other = type(scrap).open_for(scrap.device_id, scrap.id)
    if other is not None:
        yield Refusal(
            _("Its scrapping is under way or done: %(number)s.", number=other.number),
            "device_id",
        )


def scrapped_with_an_appraisal(scrap: Any) -> Iterator[Refusal]:
    """BR-111, D10§2: nothing is scrapped without the device office's appraisal; one of a fault serves too."""
    signed = scrap.state in ("appraised", "approved", "disposed")
    yield from _fitting_appraisal(
        scrap,
        ("scrap", "fault"),
        _("Scrapping needs the technical appraisal of the device office.") if signed else None,
    )


def what_was_approved_stays(scrap: Any) -> Iterator[Refusal]:
    """R118: after the approval only the disposal is written."""
    if scrap.as_stored("state") != "approved":
        return
    for name, relation in (
        ("device_id", "device"),
        ("reason", "reason"),
        ("appraisal_id", "appraisal"),
    ):
        if scrap.changed(name, relation):
            yield Refusal(_("This was approved and stays as it is."), name)


def residual_value_is_not_negative(scrap: Any) -> Iterator[Refusal]:
    if scrap.residual_value is not None and scrap.residual_value < 0:
        yield Refusal(_("A value cannot be below zero."), "residual_value")


def disposed_means_wiped(scrap: Any) -> Iterator[Refusal]:
    """R118: no device leaves with data on it, and its file says where it went."""
    if scrap.state != "disposed":
        return
    if not scrap.data_wiped:
        yield Refusal(_("Wipe its data first, and tick it."), "data_wiped")
    if not scrap.disposal_way:
        yield Refusal(_("Say in which way it is disposed of."), "disposal_way")


# -- repair (R119) -----------------------------------------------------------------------------------


def repair_route(owner_kind: str, fault_kind: str, in_warranty: bool) -> str:
    """BR-090, D10§4: who repairs, by whose device it is, the kind of fault, and the warranty."""
    if owner_kind == "central" or fault_kind == "software":
        return "device_office"
    return "buyer" if in_warranty else "workshop"


def fault_was_noticed_already(repair: Any) -> Iterator[Refusal]:
    if repair.changed("noticed_on") and repair.noticed_on and repair.noticed_on > clock.today():
        yield Refusal(_("It cannot have been noticed in the future."), "noticed_on")


def device_can_have_a_fault(repair: Any) -> Iterator[Refusal]:
    if not repair.changed("device_id", "device"):
        return
    device = repair.referred("device")
    if device is not None and (
        device.is_void or device.state in ("scrapping", "scrapped", "transferred_out")
    ):
        yield Refusal(
            _(
                "%(device)s is not repaired: it is “%(state)s”.",
                device=device.title,
                state=dict(device.states.words.options())[device.state],
            ),
            "device_id",
        )


def fault_is_reported_once(repair: Any) -> Iterator[Refusal]:
    """R119: a device is in one repair at a time; a second report joins the first."""
    if repair.device_id is None or repair.state in ("fixed", "accepted", "scrap", "rejected"):
        return
    other = type(repair).open_for(repair.device_id, repair.id)
    if other is not None:
        yield Refusal(
            _("A fault of it is reported already: %(number)s.", number=other.number), "device_id"
        )


def assigned_repair_names_its_technician(repair: Any) -> Iterator[Refusal]:
    """AF-50: the general affairs department assigns somebody."""
    if repair.state in (None, "draft", "reported", "rejected"):
        return
    if repair.technician_id is None and repair.technician is None:
        yield Refusal(_("Name the technician who goes there."), "technician_id")


def what_was_reported_stays(repair: Any) -> Iterator[Refusal]:
    """R119: what was reported, by whom and when, is not rewritten by who repairs."""
    if repair.as_stored("state") in (None, "draft"):
        return
    for name in ("device_id", "reported_by_id", "noticed_on", "fault_kind", "fault"):
        if repair.changed(name, name.removesuffix("_id")):
            yield Refusal(_("The report stays as it was made."), name)


def sent_out_with_an_appraisal(repair: Any) -> Iterator[Refusal]:
    """BR-090, D7§9(4): the cause is found and the result of the appraisal issued before it is sent out or given up."""
    beyond = repair.state in ("external", "scrap")
    yield from _fitting_appraisal(
        repair,
        ("fault",),
        _("First the appraisal of the fault, with its cause and result.") if beyond else None,
    )


def fixed_repair_has_its_record(repair: Any) -> Iterator[Refusal]:
    """D14§4: the repair is recorded (并做好维修记录)."""
    if repair.state in ("fixed", "accepted") and not (repair.repair_record or "").strip():
        yield Refusal(_("Write the repair record first."), "repair_record")


def repair_cost_is_not_negative(repair: Any) -> Iterator[Refusal]:
    if repair.cost is not None and repair.cost < 0:
        yield Refusal(_("A cost cannot be below zero."), "cost")
