"""What is done in the life of a device: appraise, dispose of, repair and accept."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app import notices
from app.domains.assets.lifecycle import (
    DeviceRepair,
    DeviceScrap,
    RepairRoute,
    TechnicalAppraisal,
)
from app.extensions import db
from app.organisation.people import who_acts
from app.records import Refusal, Refused, acting, clock, follows_from
from app.records.moving import moving, unless, why_not_move
from app.records.signing import why_not_sign
from app.security import users


@follows_from("technical_appraisal")
@follows_from("device_transfer")
@follows_from("device_scrap")
@follows_from("device_repair")
def call_it_by_its_device(record: Any) -> None:
    device = record.referred("device")
    if device is not None and (
        record.device_name is None or record.changed("device_id", "device")
    ):
        record.device_name = device.name


# -- appraisal ---------------------------------------------------------------------------------------


@unless(why_not_move("issued", why_not_sign))
def issue(appraisal: TechnicalAppraisal, _reason: str | None = None) -> None:
    """The device office signs the appraisal; from here on it can be relied upon (R117, D10§2).

    :raises Refused: for whoever entered it himself (BR-171)
    """
    appraisal.signed_at, appraisal.signed_by_id = clock.now(), acting().actor.id
    appraisal.state = "issued"
    db.session.flush()


# -- transfer ----------------------------------------------------------------------------------------


@follows_from("device_transfer")
def take_it_from_where_it_stands(transfer: Any) -> None:
    """Until it is asked for, a transfer begins where the device's file says it stands (R115)."""
    device = transfer.referred("device")
    if device is not None and transfer.state in (None, "draft"):
        transfer.from_dept = device.referred("dept")


# -- scrapping ---------------------------------------------------------------------------------------


def _why_not_yet(scrap: Any) -> Any:
    if not scrap.data_wiped:
        return _("Wipe its data first, and tick it.")
    return None if scrap.disposal_way else _("Say in which way it is disposed of.")


@unless(why_not_move("disposed", _why_not_yet))
def dispose(scrap: DeviceScrap, _reason: str | None = None) -> None:
    """The device has left the house: wiped, disposed of, its file closed (R118).

    :raises Refused: before the approval, or while data may still be on it
    """
    scrap.disposed_on = clock.today()
    scrap.state = "disposed"
    scrap.device.state = "scrapped"
    db.session.flush()


@follows_from("device_scrap")
def keep_what_is_not_scrapped_after_all(scrap: Any) -> None:
    """An approval that is voided leaves the device idle; what is disposed of does not come back (R118).

    :raises Refused: where the device is gone already
    """
    if scrap.id is None or not scrap.changed("voided_at"):
        return
    device = scrap.device
    if scrap.is_void and scrap.state == "disposed":
        raise Refused(Refusal(_("The device is gone; this cannot be voided any more.")))
    if scrap.is_void and scrap.state == "approved" and device.state == "scrapping":
        device.state = "idle"
    elif scrap.comes_back and scrap.state == "approved":
        device.state = "scrapping"


# -- repair ------------------------------------------------------------------------------------------


def tell_who_repairs(repair: DeviceRepair) -> None:
    """The technician is told where to go; on the routes that lead outside, procurement too (BR-090)."""
    place = f"/device_repair/show/{repair.id}"
    technician = repair.referred("technician")
    if technician is not None and technician.user_id is not None:
        notices.tell(
            [technician.user_id],
            "repair_assigned",
            lazy_gettext("You are to look at %(device)s.", device=repair.device.title),
            place,
            once=f"repair:{repair.id}:{technician.user_id}",
        )
    if repair.route in (RepairRoute.BUYER, RepairRoute.WORKSHOP):
        notices.tell(
            users.holding("procurement"),
            "repair_outside",
            lazy_gettext(
                "If %(device)s cannot be repaired on site: %(route)s.",
                device=repair.device.title,
                route=str(RepairRoute(repair.route).label),
            ),
            place,
            once=f"repair_outside:{repair.id}",
        )


def _why_no_appraisal(repair: Any) -> Any:
    if repair.appraisal_id is None:
        return _("First the appraisal of the fault, with its cause and result.")
    return None


def _only_from(repair: Any, state: str) -> Any:
    if repair.state == state:
        return None
    words = dict(repair.states.words.options())
    return _("Not from “%(state)s”.", state=words[repair.state])


why_not_reopen = why_not_move("on_site", lambda repair: _only_from(repair, "fixed"))


def _why_no_record(repair: Any) -> Any:
    if not (repair.repair_record or "").strip():
        return _("Write the repair record first.")
    return None


@unless(why_not_move("on_site", lambda repair: _only_from(repair, "assigned")))
def arrive(repair: DeviceRepair, _reason: str | None = None) -> None:
    """The technician is there (AF-50)."""
    repair.arrived_at = clock.now()
    repair.state = "on_site"
    db.session.flush()


@unless(why_not_move("fixed", _why_no_record))
def fix(repair: DeviceRepair, _reason: str | None = None) -> None:
    """It works again, and the record says what was done (D14§4).

    :raises Refused: without a repair record
    """
    if repair.state == "on_site":
        repair.on_site_repairable = True
    repair.fixed_at = clock.now()
    repair.repaired_by = repair.referred("repaired_by") or repair.referred("technician")
    repair.state = "fixed"
    db.session.flush()


def cannot_fix(repair: DeviceRepair, reason: str | None = None) -> None:
    """It cannot be repaired on site: an appraisal comes next (D7§9(4))."""
    moving("to_appraise")(repair, reason)
    repair.on_site_repairable = False
    db.session.flush()


#: BR-090, D7§9(4): it goes to a workshop outside, with its appraisal, which is signed
send_out = moving("external", _why_no_appraisal)


@unless(why_not_move("scrap", _why_no_appraisal))
def give_up(repair: DeviceRepair, reason: str | None = None) -> None:
    """It is beyond repair: its scrapping is drafted for the device manager (R118)."""
    moving("scrap")(repair, reason)
    appraisal = repair.referred("appraisal")
    draft = DeviceScrap(device=repair.device, reason=appraisal.result, appraisal=appraisal)
    db.session.add(draft)
    db.session.flush()
    manager = repair.device.device_manager
    if manager.user_id is not None:
        notices.tell(
            [manager.user_id],
            "device_beyond_repair",
            lazy_gettext(
                "%(device)s is beyond repair; its scrapping is drafted.",
                device=repair.device.title,
            ),
            f"/device_scrap/show/{draft.id}",
            once=f"beyond_repair:{repair.id}",
        )


def _why_not_his(repair: Any) -> Any:
    me = who_acts()
    if me is not None and me.id in (repair.reported_by_id, repair.device.assigned_person_id):
        return None
    return _("Who reported it or has the device says whether it works.")


@unless(why_not_move("accepted", _why_not_his))
def accept(repair: DeviceRepair, _reason: str | None = None) -> None:
    """Who has the device, or reported the fault, signs that it works (E38).

    :raises Refused: for anybody else
    """
    repair.accepted_at, repair.accepted_by = clock.now(), who_acts()
    repair.state = "accepted"
    db.session.flush()


def reopen(repair: DeviceRepair, reason: str | None = None) -> None:
    """It does not work after all: the technician comes again.

    :raises Refused: for anybody but who would accept it
    """
    if no := why_not_reopen(repair) or _why_not_his(repair):
        raise Refused(Refusal(no))
    moving("on_site")(repair, reason)
    repair.fixed_at = None
    db.session.flush()


def why_not_complain(repair: Any) -> Any:
    return why_not_reopen(repair) or _why_not_his(repair)


@follows_from("device_repair")
def keep_the_device_with_its_repair(repair: Any) -> None:
    """The device waits for its repair, is out for it, and is back when it is fixed; the day of the report
    is noted, and a report on a later day than the fault was noticed is late (DL-48)."""
    if not repair.changed("state", "voided_at"):
        return
    device = repair.referred("device")
    if device is None or repair.as_stored("state") is None:
        return
    if repair.state == "reported" and repair.changed("state"):
        repair.reported_at = clock.now()
        repair.reported_late = repair.noticed_on < clock.today()
    if repair.is_void or repair.state in ("draft", "rejected", "fixed"):
        if device.state in ("awaiting_repair", "out_for_repair"):
            device.state = "in_use" if device.assigned_person is not None else "idle"
    elif repair.state == "external":
        device.state = "out_for_repair"
    elif repair.state in ("reported", "on_site") and device.state in (
        "received", "assigned", "in_use", "idle",
    ):  # fmt: skip
        device.state = "awaiting_repair"
