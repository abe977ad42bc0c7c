"""How the device office reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

from app.domains.assets import operations, rules, upkeep
from app.domains.assets.lifecycle import (
    UNDER_REPAIR,
    DeviceRepair,
    DeviceScrap,
    DeviceTransfer,
    TechnicalAppraisal,
    waits_without_report,
)
from app.domains.assets.models import DeviceAssignment, ITDevice
from app.records.moving import why_not_move
from app.registers.declare import Operation, Related, Section, View, move
from app.registers.view import RegisterView


class ITDeviceView(RegisterView):
    record = ITDevice
    title = _("Information device files")
    icon = "devices"
    list_columns = (
        "number", "name", "category", "model", "serial", "dept_id", "assigned_person_id", "location", "state",
    )  # fmt: skip
    layout = (
        Section(_("Device"), "name", "category", "brand", "model", "serial", "config", article="D10§3"),
        Section(
            _("Whose it is"), "dept_id", "owner_kind", "device_manager_id", "assigned_person_id", "location", "placement", "is_secret",
            article="D10§4(1)",
        ),
        Section(_("Purchase and warranty"), "supplier", "purchased_on", "price", "warranty_until", article="D10§4(1)"),
        Section(_("Use life"), "lifespan_advice", article="D10§4(2)"),
    )  # fmt: skip
    related = (
        Related("device_assignment", "device_id"),
        Related("device_repair", "device_id"),
        Related("technical_appraisal", "device_id"),
        Related("device_transfer", "device_id"),
        Related("device_scrap", "device_id"),
    )
    views = (
        View("idle", _("Idle"), (("state", "is", "idle"),), alarming=True),
        View("repair", _("In repair"), (("state", "is", "awaiting_repair,out_for_repair"),)),
        View("unreported", _("Faulty, not reported"), where=waits_without_report, alarming=True),
        View("warranty", _("Warranty ends in 30 days"), (("warranty_until", "next_days", "30"),)),
    )
    operations = (
        move("idle", _("Mark as idle"), lambda device: rules.why_not_let_go(device, "idle"), icon="player-pause"),
        move(
            "awaiting_repair", _("Report a fault…"), name="report_fault", icon="tool", asks_reason=True,
            confirm=_("Report a fault of this device?"),
        ),
        move("in_use", _("In use again"), rules.why_not_use, name="use_again", icon="player-play"),
    )  # fmt: skip


class DeviceAssignmentView(RegisterView):
    record = DeviceAssignment
    title = _("Device assignments")
    icon = "user-check"
    list_columns = (
        "number",
        "device_id",
        "person_id",
        "dept_id",
        "assigned_on",
        "returned_on",
        "receipt_signature",
        "state",
    )
    layout = (
        Section(
            _("Assignment"),
            "device_id",
            "person_id",
            "dept_id",
            "assigned_on",
            "division_of_work",
            article="D10§4(3)",
        ),
        Section(_("Receipt and return"), "receipt_signature", "returned_on"),
    )
    order = "-assigned_on"
    views = (
        View("open", _("Open"), (("state", "is", "assigned"),)),
        View(
            "unsigned",
            _("Not signed for"),
            (("state", "is", "assigned"), ("receipt_signature", "empty", "")),
            alarming=True,
        ),
    )
    operations = (
        Operation("sign_for", _("Sign for it"), operations.sign_for, verb="r", icon="writing-sign", bulk=False),
        Operation(
            "take_back", _("Returned"), operations.take_back, verb="a", icon="arrow-back-up", to="returned",
            confirm=_("Record the device as returned?"),
        ),
    )  # fmt: skip


class TechnicalAppraisalView(RegisterView):
    record = TechnicalAppraisal
    title = _("Technical appraisals")
    icon = "stethoscope"
    list_columns = ("number", "device_id", "purpose", "technician_id", "signed_at", "state")
    layout = (
        Section(_("Appraisal"), "device_id", "purpose", "technician_id", article="D10§2"),
        Section(_("Finding"), "fault_cause", "result", "signed_at", article="D7§9(4)"),
    )
    related = (
        Related("device_repair", "appraisal_id"),
        Related("device_transfer", "appraisal_id"),
        Related("device_scrap", "appraisal_id"),
    )
    views = (
        View(
            "unsigned",
            _("Waits for the device office"),
            (("state", "is", "draft"),),
            alarming=True,
        ),
    )
    operations = (
        Operation(
            "issue", _("Sign the appraisal"), upkeep.issue, verb="s", to="issued", icon="signature", bulk=False,
            confirm=_("Sign? The appraisal can no longer be changed then."),
        ),
    )  # fmt: skip


class DeviceTransferView(RegisterView):
    record = DeviceTransfer
    title = _("Transfers, redeployments and recalls")
    icon = "transfer"
    list_columns = (
        "number", "device_id", "kind", "from_dept_id", "to_dept_id", "moved_on", "state",
    )  # fmt: skip
    layout = (
        Section(_("What goes where"), "device_id", "kind", "from_dept_id", "to_dept_id", "new_manager_id", "reason", article="D10§4(1)"),
        Section(_("Decision"), "needs_device_office", "appraisal_id", "moved_on", article="D10§2"),
    )  # fmt: skip
    views = (
        View("open", _("Under way"), (("state", "is", "pending,appraised"),)),
        View("recalled", _("Recalled"), (("kind", "is", "recall"), ("state", "is", "done"))),
    )


class DeviceScrapView(RegisterView):
    record = DeviceScrap
    title = _("Scrapping of devices")
    icon = "recycle"
    list_columns = (
        "number", "device_id", "original_price", "appraisal_id", "disposal_way", "disposed_on", "state",
    )  # fmt: skip
    layout = (
        Section(_("Request"), "device_id", "reason", "original_price", article="D10§2"),
        Section(_("Appraisal and approval"), "appraisal_id", "needs_general_manager", article="D10§2"),
        Section(_("Disposal"), "residual_value", "disposal_way", "data_wiped", "disposed_on", article="D11"),
    )  # fmt: skip
    views = (
        View("open", _("Under way"), (("state", "is", "pending,appraised"),)),
        View("to_dispose", _("To be disposed of"), (("state", "is", "approved"),), alarming=True),
    )
    operations = (
        Operation(
            "dispose", _("Disposed of"), upkeep.dispose, icon="trash", to="disposed", grave=True, bulk=False,
            confirm=_("Record that the device has left the house?"),
        ),
    )  # fmt: skip


class DeviceRepairView(RegisterView):
    record = DeviceRepair
    title = _("Fault reports and repair records")
    icon = "tool"
    list_columns = (
        "number", "device_id", "fault_kind", "noticed_on", "reported_at", "technician_id", "route", "fixed_at", "state",
    )  # fmt: skip
    layout = (
        Section(
            lazy_pgettext("repair", "Fault"), "device_id", "reported_by_id", "noticed_on", "fault_kind", "fault",
            "reported_at", "reported_late", article="D7§9(4)",
        ),
        Section(_("Who comes"), "route", "technician_id", "arrived_at", "on_site_repairable", article="D10§4(1)"),
        Section(
            _("Repair"), "appraisal_id", "repaired_by_id", "repair_record", "parts", "cost", "fixed_at", "downtime",
            article="D14§4",
        ),
        Section(_("Acceptance"), "accepted_at", "accepted_by_id"),
    )  # fmt: skip
    order = "-noticed_on"
    views = (
        View("open", lazy_pgettext("repair", "Open"), (("state", "is", ",".join(UNDER_REPAIR)),)),
        View("unreported", _("Noticed, not reported"), (("state", "is", "draft"),), alarming=True),
        View(
            "late",
            lazy_pgettext("repair", "Reported late"),
            (("reported_late", "is", "1"),),
            alarming=True,
        ),
        View("to_appraise", _("To be appraised"), (("state", "is", "to_appraise"),)),
        View("to_accept", _("To be accepted"), (("state", "is", "fixed"),)),
    )
    operations = (
        Operation("arrive", _("On site"), upkeep.arrive, icon="map-pin", to="on_site"),
        Operation("fix", lazy_pgettext("repair", "Fixed"), upkeep.fix, icon="tool", to="fixed"),
        Operation(
            "cannot_fix", _("Cannot be repaired on site…"), upkeep.cannot_fix, icon="hand-stop", to="to_appraise",
            asks_reason=True, confirm=_("Why can it not be repaired on site?"), why_not=why_not_move("to_appraise"),
        ),
        Operation(
            "send_out", _("Send out"), upkeep.send_out, icon="truck-delivery", to="external", bulk=False,
            confirm=_("Send the device to a workshop outside?"),
        ),
        Operation(
            "give_up", _("Beyond repair"), upkeep.give_up, icon="recycle", to="scrap", grave=True, bulk=False,
            confirm=_("Give the repair up? Its scrapping is drafted."),
        ),
        Operation(
            "accept", _("It works: accept"), upkeep.accept, verb="r", icon="writing-sign", to="accepted", bulk=False,
        ),
        Operation(
            "reopen", _("It does not work…"), upkeep.reopen, verb="r", icon="arrow-back-up", to="on_site", bulk=False,
            asks_reason=True, confirm=_("What does not work?"), why_not=upkeep.why_not_complain,
        ),
    )  # fmt: skip
