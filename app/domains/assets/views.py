"""How the device office reads and fills its registers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.domains.assets import operations, rules
from app.domains.assets.models import DeviceAssignment, ITDevice
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
    related = (Related("device_assignment", "device_id"),)
    views = (
        View("idle", _("Idle"), (("state", "is", "idle"),), alarming=True),
        View("repair", _("In repair"), (("state", "is", "awaiting_repair,out_for_repair"),)),
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
        Operation("sign_for", _("Sign for it"), operations.sign_for, verb="r", icon="writing-sign", bulk=False, why_not=operations.why_not_sign_for),
        Operation(
            "take_back", _("Returned"), operations.take_back, verb="a", icon="arrow-back-up", to="returned",
            confirm=_("Record the device as returned?"), why_not=operations.why_not_take_back,
        ),
    )  # fmt: skip
