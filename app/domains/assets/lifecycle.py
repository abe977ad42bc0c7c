"""What happens to a device in its life: it is moved, appraised, repaired, and at last scrapped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import ForeignKey, Select, and_, exists
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.documents import Printout
from app.domains.assets import rules
from app.domains.assets.models import ITDevice
from app.domains.assets.operations import hand_in
from app.extensions import db
from app.organisation.models import Department, Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    Money,
    Prose,
    Record,
    Refusal,
    Stateful,
    States,
    Title,
    calculated,
    clock,
    field,
    once,
    reference,
    settings,
)
from app.security import users

settings.declare(
    settings.Setting(
        "scrap_general_manager_from",
        _("Price from which the general manager signs the scrapping of a device"),
        Decimal(5000),
        Kind.MONEY,
        group=_("IT assets"),
        source="A-59",
        help=_("The regulation says “by value” and no figure."),
    ),
)


class AboutDevice:
    """A record about one device: it is called by its number and the device's name, which it keeps, so that
    lists and those who sign read it without asking for the device."""

    titled_by: ClassVar[str] = "device_name"

    device_name: Mapped[Title | None] = field(
        _("Device name"), machine=True, searched=True, sort_order=-6
    )

    @property
    def title(self) -> str:
        known: Any = self
        return " ".join(filter(None, (known.number, known.device_name))) or f"#{known.id}"


class AppraisalPurpose(Choices):
    PURCHASE = "purchase", lazy_pgettext("appraisal", "Purchase")
    TRANSFER = "transfer", lazy_pgettext("appraisal", "Transfer")
    SCRAP = "scrap", lazy_pgettext("appraisal", "Scrapping")
    FAULT = "fault", lazy_pgettext("appraisal", "Fault")


class AppraisalState(Choices):
    DRAFT = "draft", lazy_pgettext("appraisal", "Draft")
    ISSUED = "issued", lazy_pgettext("appraisal", "Issued")


class TechnicalAppraisal(AboutDevice, Stateful, Record):
    """What a technician found out about a device, signed by the device office: without it nothing is moved, scrapped or sent out."""

    __tablename__ = "technical_appraisal"
    catalogue_code = "R117"
    sources = ("D10§2", "D7§9(4)")
    numbered = "JD-{year}{month:02}-{seq:04}"
    owned_by = ("technician_id",)
    owned_through = ("device",)
    ruled_by = (rules.fault_has_its_cause, rules.gone_devices_are_not_appraised)
    states = States(
        AppraisalState,
        start="draft",
        moves={"draft": ("issued",)},
        draft="draft",
        locked=("issued",),
        tones={"draft": "draft", "issued": "ok"},
    )
    printed_as = (
        Printout(
            "technical_appraisal.html",
            _("Appraisal result"),
            form="E36",
            article="D7§9(4), D10§2",
        ),
    )

    device_id: Mapped[int] = reference(_("Device"), "it_device.id", sortable=True)
    device: Mapped[ITDevice] = relationship(foreign_keys=device_id)
    purpose: Mapped[Choice] = field(
        lazy_pgettext("appraisal", "Purpose"), choices=AppraisalPurpose, sortable=True
    )
    technician_id: Mapped[int] = reference(_("Technician"), "employee.id")
    technician: Mapped[Employee] = relationship(foreign_keys=technician_id)
    fault_cause: Mapped[Prose | None] = field(
        _("Cause of the fault"), article="D7§9(4)", help=_("Required where a fault is appraised.")
    )
    result: Mapped[Prose] = field(_("Appraisal result"))
    signed_at: Mapped[datetime | None] = field(_("Signed at"), machine=True, sortable=True)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        """Who signed the paper: the technician by entering it himself, the device office in the system."""
        signer = users.by_id(self.signed_by_id) if self.signed_by_id else None
        technician = self.technician
        own = technician is not None and technician.user_id == self.created_by_id
        return [
            (
                _("Technician"),
                str(technician or ""),
                self.created_at if own and self.state == AppraisalState.ISSUED else None,
            ),
            (
                _("Device office / general affairs department"),
                users.display_name(signer) if signer else "",
                self.signed_at,
            ),
        ]


class TransferKind(Choices):
    TRANSFER = "transfer", lazy_pgettext("device", "Transfer")
    REDEPLOYMENT = "redeployment", _("Redeployment")
    RECALL = "recall", _("Recall")


class TransferState(Choices):
    DRAFT = "draft", lazy_pgettext("transfer", "Draft")
    PENDING = "pending", lazy_pgettext("transfer", "Pending")
    APPRAISED = "appraised", lazy_pgettext("transfer", "Appraised")
    DONE = "done", lazy_pgettext("transfer", "Done")
    REJECTED = "rejected", lazy_pgettext("transfer", "Rejected")


def _appraisal_step() -> Any:
    """设备部 技术鉴定: the device office names the appraisal (BR-111)."""
    return Step(
        "appraisal", _("Technical appraisal by the device office"), "it_head", edits=("appraisal_id",),
        sets_state="appraised", within=5,
    )  # fmt: skip


class DeviceTransfer(AboutDevice, Approvable, Record):
    """A device goes to another department or into other hands: transferred, redeployed or recalled."""

    __tablename__ = "device_transfer"
    __table_args__ = (
        once(
            "uq_device_transfer_open", "device_id", where="state IN ('pending', 'appraised')",
            refusal=_("The device is being moved already. Let that be decided first."),
        ),
    )  # fmt: skip
    catalogue_code = "R115"
    sources = ("D10§2", "D7§4(2)", "D10§4(1)", "D10§4(2)")
    numbered = "DB-{year}{month:02}-{seq:04}"
    department_by = ("from_dept_id", "to_dept_id")
    owned_through = ("device",)
    ruled_by = (
        rules.transfer_goes_where_its_kind_goes,
        rules.new_department_names_its_manager,
        rules.moved_device_is_at_hand,
        rules.device_is_moved_once_at_a_time,
        rules.device_stands_where_it_is_taken_from,
        rules.moved_with_an_appraisal,
    )
    outcome = Outcome(submitted="pending", approved="done", rejected="rejected")
    states = States(
        TransferState,
        start="draft",
        moves={
            "draft": ("pending", "done"),
            "pending": ("draft", "appraised", "done", "rejected"),
            "appraised": ("draft", "pending", "done", "rejected"),
        },
        draft="draft",
        locked=("pending", "appraised", "done", "rejected"),
        tones={
            "draft": "draft",
            "pending": "run",
            "appraised": "run",
            "done": "ok",
            "rejected": "bad",
        },
    )
    #: AF-49: 设备部 appraises and approves (D10§2); within the department it decides itself (D10§4(1));
    #: where the company's regulations hold, 综合部 alone moves devices (D7§4(2))
    signed_by = (
        Route(
            "AF-49-R115",
            _("Transfer, redeployment, recall"),
            Step(
                "appraisal", _("Technical appraisal by the device office"), "it_head", edits=("appraisal_id",),
                when="kind = transfer", sets_state="appraised", within=5,
            ),
            Step(
                "device_office", _("Approval by the device office"), "it_head", when="needs_device_office = 1",
                on_repeat="counts", within=2,
            ),
            article="D10§2",
        ),
        Route(
            "AF-49-R115",
            _("Transfer, redeployment, recall"),
            Step("general_affairs", _("General affairs department"), "it_head", within=2),
            article="D7§4(2)",
            preset="company",
        ),
    )  # fmt: skip
    printed_as = (Printout("device_transfer.html", _("Transfer note"), article="D10§2, D7§4(2)"),)

    device_id: Mapped[int] = reference(_("Device"), "it_device.id", sortable=True)
    device: Mapped[ITDevice] = relationship(foreign_keys=device_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("transfer", "Kind"),
        choices=TransferKind,
        sortable=True,
        help=_(
            "Transfer to another department; redeployment of use; recall to the office that keeps IT assets."
        ),
    )
    from_dept_id: Mapped[int] = reference(
        _("From department"),
        "department.id",
        machine=True,
        catalogue="from_dept",
        help=_("Where the device stands now, by its file."),
    )
    from_dept: Mapped[Department] = relationship(foreign_keys=from_dept_id)
    to_dept_id: Mapped[int] = reference(
        _("To department"), "department.id", sortable=True, catalogue="to_dept"
    )
    to_dept: Mapped[Department] = relationship(foreign_keys=to_dept_id)
    new_manager_id: Mapped[int | None] = reference(
        _("New device manager"),
        "employee.id",
        help=_("Required where it goes to another department; somebody who works there."),
        article="D10§4(1)",
    )
    new_manager: Mapped[Employee | None] = relationship(foreign_keys=new_manager_id)
    reason: Mapped[Prose] = field(lazy_pgettext("transfer", "Reason"), width=12)
    appraisal_id: Mapped[int | None] = reference(
        _("Technical appraisal"), "technical_appraisal.id", article="D10§2"
    )
    appraisal: Mapped[TechnicalAppraisal | None] = relationship(foreign_keys=appraisal_id)
    moved_on: Mapped[date | None] = field(_("Moved on"), machine=True, sortable=True)

    @calculated(_("The device office decides"), Kind.BOOL, reads=("device",))
    def needs_device_office(self) -> bool:
        """AF-49: not for redeployment of a department's own device inside the department (D10§4(1))."""
        return not (
            self.kind == TransferKind.REDEPLOYMENT
            and self.device is not None
            and self.device.owner_kind == "department"
            and self.from_dept_id == self.to_dept_id
        )

    @classmethod
    def open_for(cls, device_id: int, but: int | None) -> DeviceTransfer | None:
        """The transfer of this device that is being decided."""
        return _other(
            cls.living().where(
                cls.device_id == device_id, cls.state.in_(("pending", "appraised"))
            ),
            cls,
            but,
        )

    def approved(self, case: Any) -> None:
        """The device stands in its new department, with its new manager, and nobody has it any more."""
        device = self.device
        hand_in(device)
        device.dept = self.to_dept
        if self.new_manager is not None:
            device.device_manager = self.new_manager
        self.moved_on = clock.today()
        db.session.flush()


class DisposalWay(Choices):
    SOLD = "sold", lazy_pgettext("disposal", "Sold")
    RECYCLED = "recycled", lazy_pgettext("disposal", "Recycled")
    DONATED = "donated", lazy_pgettext("disposal", "Donated")
    DESTROYED = "destroyed", lazy_pgettext("disposal", "Destroyed")
    OTHER = "other", lazy_pgettext("disposal", "Other")


class ScrapState(Choices):
    DRAFT = "draft", lazy_pgettext("scrapping", "Draft")
    PENDING = "pending", lazy_pgettext("scrapping", "Pending")
    APPRAISED = "appraised", lazy_pgettext("scrapping", "Appraised")
    APPROVED = "approved", lazy_pgettext("scrapping", "Approved")
    DISPOSED = "disposed", _("Disposed of")
    REJECTED = "rejected", lazy_pgettext("scrapping", "Rejected")


def _head_of_department() -> Any:
    return Step(
        "head", _("Head of department"), head="requester", on_self="superior", on_empty="named",
        fallback=("general_manager",), within=2, escalates_to="superior",
    )  # fmt: skip


def _by_value() -> Any:
    return Step(
        "general_manager", _("General manager"), "general_manager", when="needs_general_manager = 1",
        on_repeat="counts", within=2,
    )  # fmt: skip


class DeviceScrap(AboutDevice, Approvable, Record):
    """A device is given up: appraised, approved, wiped of its data, and disposed of."""

    __tablename__ = "device_scrap"
    __table_args__ = (
        # A device is scrapped once; what was refused may be asked for again.
        once(
            "uq_device_scrap", "device_id", where="state NOT IN ('draft', 'rejected')",
            refusal=_("The scrapping of this device is under way or done already."),
        ),
    )  # fmt: skip
    catalogue_code = "R118"
    sources = ("D10§2", "D11")
    numbered = "BF-{year}{month:02}-{seq:04}"
    owned_through = ("device",)
    ruled_by = (
        rules.device_is_scrapped_once,
        rules.scrapped_with_an_appraisal,
        rules.what_was_approved_stays,
        rules.residual_value_is_not_negative,
        rules.disposed_means_wiped,
    )
    outcome = Outcome(submitted="pending", approved="approved", rejected="rejected")
    states = States(
        ScrapState,
        start="draft",
        moves={
            "draft": ("pending",),
            "pending": ("draft", "appraised", "approved", "rejected"),
            "appraised": ("draft", "pending", "approved", "rejected"),
            "approved": ("disposed",),
        },
        draft="draft",
        locked=("pending", "appraised", "rejected", "disposed"),
        tones={
            "draft": "draft",
            "pending": "run",
            "appraised": "run",
            "approved": "warn",
            "disposed": "mute",
            "rejected": "bad",
        },
    )
    #: AF-49: the department, 设备部 技术鉴定, 设备部 审批, by value the general manager (A-59)
    signed_by = (
        Route(
            "AF-49-R118",
            _("Scrapping"),
            _head_of_department(),
            _appraisal_step(),
            Step("device_office", _("Approval by the device office"), "it_head", on_repeat="counts", within=2),
            _by_value(),
            article="D10§2",
        ),
        Route(
            "AF-49-R118",
            _("Scrapping"),
            _head_of_department(),
            Step(
                "general_affairs", _("General affairs department"), "it_head", edits=("appraisal_id",),
                sets_state="appraised", within=5,
            ),
            _by_value(),
            article="D7§9(2)",
            preset="company",
        ),
    )  # fmt: skip
    printed_as = (
        Printout("device_scrap.html", _("Scrapping request"), form="E52", article="D10§2, D11"),
    )

    device_id: Mapped[int] = reference(_("Device"), "it_device.id", sortable=True)
    device: Mapped[ITDevice] = relationship(foreign_keys=device_id)
    reason: Mapped[Prose] = field(lazy_pgettext("scrapping", "Reason"), width=12)
    appraisal_id: Mapped[int | None] = reference(
        _("Technical appraisal"),
        "technical_appraisal.id",
        article="D10§2",
        help=_("The device office names it in its step at the latest."),
    )
    appraisal: Mapped[TechnicalAppraisal | None] = relationship(foreign_keys=appraisal_id)
    residual_value: Mapped[Money | None] = field(_("Residual value"))
    disposal_way: Mapped[Choice | None] = field(_("Way of disposal"), choices=DisposalWay)
    data_wiped: Mapped[bool] = field(
        _("Data wiped"),
        default=False,
        help=_("Without it the device cannot be disposed of."),
    )
    disposed_on: Mapped[date | None] = field(_("Disposed of on"), machine=True, sortable=True)

    @calculated(_("Original price"), Kind.MONEY, reads=("device",))
    def original_price(self) -> Decimal | None:
        return self.device.price if self.device else None

    @calculated(_("The general manager signs"), Kind.BOOL, reads=("device",))
    def needs_general_manager(self) -> bool:
        """A-59: from the price that the house has set; what has no price is shown to him too."""
        limit = settings.get("scrap_general_manager_from")
        price = self.original_price
        return limit is not None and (price is None or price >= limit)

    @classmethod
    def open_for(cls, device_id: int, but: int | None) -> DeviceScrap | None:
        """The scrapping of this device that is under way or done."""
        return _other(
            cls.living().where(
                cls.device_id == device_id, cls.state.not_in(("draft", "rejected"))
            ),
            cls,
            but,
        )

    def before_submission(self) -> Iterator[Refusal]:
        """Nobody may have the device any more."""
        if no := rules.why_not_scrap(self.device):
            yield Refusal(no, "device_id")

    def approved(self, case: Any) -> None:
        """The device waits to be disposed of; its effect on the file comes with the last signature."""
        self.device.state = "scrapping"
        db.session.flush()


class FaultKind(Choices):
    HARDWARE = "hardware", _("Hardware")
    SOFTWARE = "software", _("Software")


class RepairRoute(Choices):
    """Who repairs (BR-090, D10§4(1))."""

    DEVICE_OFFICE = "device_office", _("Device office")
    BUYER = "buyer", _("Department that bought it, within the warranty")
    WORKSHOP = "workshop", _("Planning department, by the fixed workshop")


class RepairState(Choices):
    DRAFT = "draft", lazy_pgettext("repair", "Draft")
    REPORTED = "reported", lazy_pgettext("repair", "Reported")
    ASSIGNED = "assigned", lazy_pgettext("repair", "Assigned")
    ON_SITE = "on_site", lazy_pgettext("repair", "On site")
    TO_APPRAISE = "to_appraise", _("To be appraised")
    EXTERNAL = "external", _("Sent out")
    FIXED = "fixed", lazy_pgettext("repair", "Fixed")
    ACCEPTED = "accepted", lazy_pgettext("repair", "Accepted")
    SCRAP = "scrap", _("Beyond repair")
    REJECTED = "rejected", lazy_pgettext("repair", "Rejected")


#: while a repair is in one of these, the device is with it
UNDER_REPAIR = ("reported", "assigned", "on_site", "to_appraise", "external")


class DeviceRepair(AboutDevice, Approvable, Record):
    """A fault, from the report to the repaired device: who reported it, who came, what was done, who accepted it."""

    __tablename__ = "device_repair"
    __table_args__ = (
        once(
            "uq_device_repair_open", "device_id", where=f"state IN {UNDER_REPAIR}",
            refusal=_("A fault of this device is reported already."),
        ),
    )  # fmt: skip
    catalogue_code = "R119"
    sources = ("D7§9(4)", "D14§4", "D10§4(1)", "D4a§7")
    numbered = "WX-{year}{month:02}-{seq:04}"
    owned_by = ("reported_by_id", "technician_id")
    owned_through = ("device",)
    ruled_by = (
        rules.fault_was_noticed_already,
        rules.device_can_have_a_fault,
        rules.fault_is_reported_once,
        rules.assigned_repair_names_its_technician,
        rules.what_was_reported_stays,
        rules.sent_out_with_an_appraisal,
        rules.fixed_repair_has_its_record,
        rules.repair_cost_is_not_negative,
    )
    outcome = Outcome(submitted="reported", approved="assigned", rejected="rejected")
    states = States(
        RepairState,
        start="draft",
        moves={
            "draft": ("reported",),
            "reported": ("draft", "assigned", "rejected"),
            "assigned": ("on_site",),
            "on_site": ("fixed", "to_appraise"),
            "to_appraise": ("external", "scrap"),
            "external": ("fixed", "scrap"),
            "fixed": ("accepted", "on_site"),
        },
        draft="draft",
        locked=("reported", "accepted", "scrap", "rejected"),
        tones={
            "draft": "draft",
            "reported": "warn",
            "assigned": "run",
            "on_site": "run",
            "to_appraise": "warn",
            "external": "warn",
            "fixed": "run",
            "accepted": "ok",
            "scrap": "mute",
            "rejected": "bad",
        },
    )
    #: AF-50: 综合部 (设备部) assigns who goes there; what follows on site are operations
    signed_by = (
        Route(
            "AF-50",
            _("Fault report"),
            Step(
                "assign", _("Assign a technician"), "it_head", edits=("technician_id",), on_reject="end",
                on_self="superior", within=1,
            ),
            article="D7§9(4)",
        ),
    )  # fmt: skip
    printed_as = (
        Printout("device_repair.html", _("Repair record"), form="E38", article="D14§4, D7§9(4)"),
    )

    device_id: Mapped[int] = reference(_("Device"), "it_device.id", sortable=True)
    device: Mapped[ITDevice] = relationship(foreign_keys=device_id)
    reported_by_id: Mapped[int] = reference(
        lazy_pgettext("repair", "Reported by"), "employee.id", catalogue="reported_by"
    )
    reported_by: Mapped[Employee] = relationship(foreign_keys=reported_by_id)
    noticed_on: Mapped[date] = field(
        _("Noticed on"),
        sortable=True,
        help=_("It is reported on the day it is noticed; later is late."),
        article="D7§9(4)",
    )
    fault_kind: Mapped[Choice] = field(_("Kind of fault"), choices=FaultKind, article="D10§4(1)")
    fault: Mapped[Prose] = field(lazy_pgettext("repair", "Fault"), searched=True, width=12)
    reported_at: Mapped[datetime | None] = field(_("Reported at"), machine=True, sortable=True)
    reported_late: Mapped[bool] = field(
        lazy_pgettext("repair", "Reported late"), default=False, machine=True, sortable=True
    )
    technician_id: Mapped[int | None] = reference(
        _("Technician"), "employee.id", help=_("Named by who assigns.")
    )
    technician: Mapped[Employee | None] = relationship(foreign_keys=technician_id)
    arrived_at: Mapped[datetime | None] = field(_("Arrived at"), machine=True)
    on_site_repairable: Mapped[bool | None] = field(_("Repairable on site"), machine=True)
    appraisal_id: Mapped[int | None] = reference(
        _("Technical appraisal"),
        "technical_appraisal.id",
        help=_("Required before the device is sent out."),
        article="D7§9(4)",
    )
    appraisal: Mapped[TechnicalAppraisal | None] = relationship(foreign_keys=appraisal_id)
    repaired_by_id: Mapped[int | None] = reference(
        _("Repaired by"),
        "employee.id",
        catalogue="repaired_by",
        help=_("Empty: the technician that was assigned."),
    )
    repaired_by: Mapped[Employee | None] = relationship(foreign_keys=repaired_by_id)
    repair_record: Mapped[Prose | None] = field(
        _("Repair record"), catalogue="record", width=12, article="D14§4"
    )
    parts: Mapped[Line | None] = field(_("Parts changed"), width=6)
    cost: Mapped[Money | None] = field(lazy_pgettext("repair", "Cost"))
    fixed_at: Mapped[datetime | None] = field(_("Fixed at"), machine=True, sortable=True)
    accepted_at: Mapped[datetime | None] = field(_("Accepted at"), machine=True)
    accepted_by_id: Mapped[int | None] = reference(_("Accepted by"), "employee.id", machine=True)
    accepted_by: Mapped[Employee | None] = relationship(foreign_keys=accepted_by_id)

    @calculated(_("Route"), Kind.CHOICE, choices=RepairRoute, reads=("device",), article="D10§4")
    def route(self) -> str | None:
        """BR-090: by whose device it is, by hardware or software, by the warranty on the day of the fault."""
        device = self.device
        if device is None or not self.fault_kind or not self.noticed_on:
            return None
        return rules.repair_route(
            device.owner_kind, self.fault_kind, device.in_warranty_on(self.noticed_on)
        )

    @calculated(_("Downtime"), Kind.QUANTITY, unit=lazy_pgettext("unit", "hours"))
    def downtime(self) -> Decimal | None:
        """From the report to the repair, in hours."""
        if self.reported_at is None or self.fixed_at is None:
            return None
        seconds = Decimal((self.fixed_at - self.reported_at).total_seconds())
        return (seconds / 3600).quantize(Decimal("0.1"))

    @classmethod
    def open_for(cls, device_id: int, but: int | None) -> DeviceRepair | None:
        """The repair that the device is in."""
        return _other(
            cls.living().where(cls.device_id == device_id, cls.state.in_(UNDER_REPAIR)), cls, but
        )

    def approved(self, case: Any) -> None:
        """Who is to come is told; where the contract or the workshop repairs, procurement is told too (BR-090)."""
        from app.domains.assets import upkeep

        upkeep.tell_who_repairs(self)

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        """Who signed in the system: who repaired it, who has it."""
        return [
            (_("Network administrator"), str(self.repaired_by or ""), self.fixed_at),
            (_("User of the device"), str(self.accepted_by or ""), self.accepted_at),
        ]


def waits_without_report(device: Any) -> Any:
    """R119, D7§9(4): a device that was marked as faulty, and nobody reported the fault."""
    reported = exists().where(
        DeviceRepair.device_id == device.id,
        DeviceRepair.voided_at.is_(None),
        DeviceRepair.state.in_(UNDER_REPAIR),
    )
    return and_(device.state == "awaiting_repair", ~reported)


def _other(query: Select[Any], cls: Any, but: int | None) -> Any:
    if but is not None:
        query = query.where(cls.id != but)
    with db.session.no_autoflush:
        return db.session.scalar(query.limit(1))


__all__ = ["DeviceRepair", "DeviceScrap", "DeviceTransfer", "TechnicalAppraisal"]
