"""What is kept about information devices."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import select
from sqlalchemy.orm import Mapped, relationship

from app.documents import Beside, Printout
from app.domains.assets import rules
from app.extensions import db
from app.organisation.models import Department, Employee
from app.records import (
    Choice,
    Choices,
    Line,
    LineRecord,
    Money,
    MultiChoice,
    Prose,
    Record,
    Stateful,
    States,
    Word,
    field,
    lines,
    once,
    reference,
)


class DeviceCategory(Choices):
    """The six kinds of D10§3, and what D14 and D7 name besides."""

    COMPUTER = "computer", lazy_pgettext("device", "Computer")
    SERVER = "server", lazy_pgettext("device", "Server")
    PERIPHERAL = "peripheral", _("Printer, scanner or other input and output device")
    CABLE = "cable", _("Cable of the network")
    CONNECTION = "connection", _("Hub, switch or other connecting device")
    BRIDGE = "bridge", _("Router, firewall or other bridging device")
    UPS = "ups", _("Uninterruptible power supply")
    WORKSTATION = "workstation", lazy_pgettext("device", "Workstation")
    OTHER = "other", _("Other")


class OwnerKind(Choices):
    DEPARTMENT = "department", _("Drawn by the department")
    CENTRAL = "central", _("Allotted centrally")


class Placement(Choices):
    VENTILATED = "ventilated", _("Ventilated")
    DRY = "dry", _("Protected from damp and water")
    DUST_FREE = "dust_free", _("Protected from dust")
    LIGHTNING = "lightning", _("Protected from lightning")


class DeviceState(Choices):
    RECEIVED = "received", lazy_pgettext("device", "Received")
    ASSIGNED = "assigned", lazy_pgettext("device", "Assigned")
    IN_USE = "in_use", lazy_pgettext("device", "In use")
    IDLE = "idle", _("Idle")
    AWAITING_REPAIR = "awaiting_repair", _("Awaiting repair")
    OUT_FOR_REPAIR = "out_for_repair", _("Out for repair")
    SCRAPPING = "scrapping", _("To be scrapped")
    SCRAPPED = "scrapped", lazy_pgettext("device", "Scrapped")
    TRANSFERRED_OUT = "transferred_out", lazy_pgettext("device", "Moved away")


class ITDevice(Stateful, Record):
    """The file of every information device: what it is, whose it is, who looks after it, where it stands."""

    __tablename__ = "it_device"
    catalogue_code = "R113"
    sources = ("D10§2", "D10§3", "D10§4(1)", "D7§4(2)", "D7§9", "D14§2", "D19§2.7")
    numbered = "ZC-{year}-{seq:05}"
    titled_by = "name"
    department_by = ("dept_id",)
    owned_by = ("device_manager_id", "assigned_person_id")
    found_by = ("serial",)
    ruled_by = (
        rules.price_is_not_negative,
        rules.warranty_follows_the_purchase,
        rules.what_somebody_has_is_at_work,
    )
    states = States(
        DeviceState,
        start="received",
        moves={
            "received": (
                "assigned",
                "in_use",
                "idle",
                "awaiting_repair",
                "transferred_out",
                "scrapping",
            ),
            "assigned": ("in_use", "idle", "awaiting_repair"),
            "in_use": ("idle", "assigned", "awaiting_repair", "transferred_out", "scrapping"),
            "idle": ("assigned", "in_use", "awaiting_repair", "transferred_out", "scrapping"),
            "awaiting_repair": ("out_for_repair", "in_use", "idle", "scrapping"),
            "out_for_repair": ("in_use", "idle", "scrapping"),
            "scrapping": ("scrapped", "idle"),
        },
        locked=("scrapped", "transferred_out"),
        # Assignments (R114), repairs (R119, R120), appraisal and scrapping (R117, R118; BR-111).
        elsewhere=("assigned", "out_for_repair", "scrapping", "scrapped", "transferred_out"),
        tones={
            "received": "run",
            "assigned": "run",
            "in_use": "ok",
            "idle": "warn",
            "awaiting_repair": "warn",
            "out_for_repair": "warn",
            "scrapping": "bad",
            "scrapped": "mute",
            "transferred_out": "mute",
        },
    )
    printed_as = (
        Printout(
            "device_card.html",
            _("Device card"),
            form="E35",
            article="D10§4",
            beside=(Beside("device_assignment", "device_id", "assigned_on"),),
            signatures=(lazy_pgettext("device", "Device manager"), _("User of the device")),
        ),
        Printout("device_label.html", _("Device label")),
    )

    name: Mapped[Line] = field(
        lazy_pgettext("device", "Name"),
        searched=True,
        sortable=True,
        width=6,
        aliases=("设备名称", "Name", "name"),
    )
    category: Mapped[Choice] = field(
        lazy_pgettext("device", "Category"),
        choices=DeviceCategory,
        sortable=True,
        aliases=("设备类别",),
    )
    brand: Mapped[Word | None] = field(
        _("Brand"), searched=True, aliases=("品牌", "Manufacturer", "厂商")
    )
    model: Mapped[Line | None] = field(
        _("Model"), searched=True, sortable=True, width=3, aliases=("Model",)
    )
    serial: Mapped[Word | None] = field(
        _("Serial number"), searched=True, unique=True, aliases=("Serial", "serial", "SN")
    )
    config: Mapped[Prose | None] = field(_("Configuration"))
    dept_id: Mapped[int] = reference(_("Department"), "department.id", aliases=("使用部门",))
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    owner_kind: Mapped[Choice] = field(
        _("Whose it is"),
        choices=OwnerKind,
        help=_(
            "Drawn from the stores by the department, or allotted centrally by the device office."
        ),
    )
    device_manager_id: Mapped[int] = reference(
        lazy_pgettext("device", "Device manager"), "employee.id"
    )
    device_manager: Mapped[Employee] = relationship(foreign_keys=device_manager_id)
    assigned_person_id: Mapped[int | None] = reference(
        _("Assigned to"),
        "employee.id",
        machine=True,
        help=_("Set by the assignment that is open."),
    )
    assigned_person: Mapped[Employee | None] = relationship(foreign_keys=assigned_person_id)
    location: Mapped[Line | None] = field(
        _("Location"), searched=True, width=6, aliases=("Location",)
    )
    placement: Mapped[MultiChoice | None] = field(
        _("Placement"), choices=Placement, several=True, article="D14§4"
    )
    supplier: Mapped[Line | None] = field(_("Supplier"), width=6, aliases=("Supplier",))
    purchased_on: Mapped[date | None] = field(
        _("Purchased on"), sortable=True, aliases=("Purchase Date",)
    )
    price: Mapped[Money | None] = field(
        lazy_pgettext("device", "Price"), sortable=True, aliases=("Purchase Cost",)
    )
    warranty_until: Mapped[date | None] = field(
        _("Warranty until"),
        sortable=True,
        help=_(
            "Within it the buyer's contract repairs, after it the fixed workshop; empty is out of warranty."
        ),
        article="D10§4(1)",
    )
    is_secret: Mapped[bool] = field(_("Bears secrets"), default=False, catalogue="secrecy")
    advice: Mapped[list[LifespanAdvice]] = relationship(
        back_populates="device", cascade="all, delete-orphan", order_by="LifespanAdvice.order_no"
    )
    lifespan_advice = lines(
        _("Use life, reliability, advice"),
        "advice",
        help=_("What the device manager observes and advises, year by year."),
    )

    @property
    def in_warranty(self) -> bool:
        """Whether a repair goes to the buyer's contract: an empty day is out of warranty."""
        from app.records import clock

        return self.in_warranty_on(clock.today())

    def in_warranty_on(self, day: date) -> bool:
        return self.warranty_until is not None and self.warranty_until >= day


class LifespanAdvice(LineRecord):
    """An observation on how long a device lasts and how reliable it is (D10§4(2))."""

    __tablename__ = "it_device_advice"
    parent = "device"

    device_id: Mapped[int] = reference(lazy_pgettext("advice on", "Device"), "it_device.id")
    device: Mapped[ITDevice] = relationship(back_populates="advice")
    on: Mapped[date] = field(lazy_pgettext("advice", "On"))
    use_life: Mapped[Word | None] = field(_("Use life"))
    reliability: Mapped[Word | None] = field(_("Reliability"))
    advice: Mapped[Line] = field(_("Advice"))


class AssignmentState(Choices):
    ASSIGNED = "assigned", lazy_pgettext("assignment", "Assigned")
    RETURNED = "returned", lazy_pgettext("assignment", "Returned")


class DeviceAssignment(Stateful, Record):
    """Which device is in whose hands, since when, signed for by the person."""

    __tablename__ = "device_assignment"
    __table_args__ = (
        # One open assignment for a device, also when two clerks click at the same moment.
        once(
            "uq_device_assignment_open", "device_id", where="state = 'assigned'",
            refusal=_("The device is in somebody's hands already. Let it be returned first."),
        ),
    )  # fmt: skip
    catalogue_code = "R114"
    sources = ("D10§4(3)", "D10§4(4)")
    numbered = "LY-{year}{month:02}-{seq:04}"
    titled_by = "number"
    department_by = ("dept_id",)
    owned_by = ("person_id",)
    ruled_by = (
        rules.device_has_one_open_assignment,
        rules.device_can_be_assigned,
        rules.hands_do_not_change_on_paper,
        rules.return_follows_assignment,
    )
    states = States(
        AssignmentState,
        start="assigned",
        moves={"assigned": ("returned",)},
        locked=("returned",),
        tones={"assigned": "ok", "returned": "mute"},
    )

    device_id: Mapped[int] = reference(_("Device"), "it_device.id")
    device: Mapped[ITDevice] = relationship(foreign_keys=device_id)
    person_id: Mapped[int] = reference(_("User of the device"), "employee.id")
    person: Mapped[Employee] = relationship(foreign_keys=person_id)
    dept_id: Mapped[int] = reference(_("Department"), "department.id")
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    assigned_on: Mapped[date] = field(_("Assigned on"), sortable=True)
    returned_on: Mapped[date | None] = field(_("Returned on"), machine=True, sortable=True)
    receipt_signature: Mapped[Line | None] = field(
        _("Signed for by"), machine=True, help=_("The user signs for it with his own account.")
    )
    division_of_work: Mapped[Prose | None] = field(_("Division of work"))

    @classmethod
    def open_for(cls, device_id: int, but: int | None) -> DeviceAssignment | None:
        """The assignment of this device that is not ended."""
        query = cls.living().where(cls.device_id == device_id, cls.state == "assigned").limit(1)
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query)

    @classmethod
    def of_device(cls, device_id: int) -> Any:
        return select(cls).where(cls.device_id == device_id).order_by(cls.id.desc())


__all__ = ["DeviceAssignment", "ITDevice", "LifespanAdvice"]
