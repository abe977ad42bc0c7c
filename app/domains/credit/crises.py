"""When a customer does not pay: dishonour, the risk report, the emergency stop, the end of trade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines.dates import Deadline
from app.documents import Printout
from app.domains.credit import crisis_rules
from app.domains.credit.ledger import Bill
from app.domains.credit.signed import signed_first_by
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Money,
    Prose,
    Record,
    Refusal,
    Stateful,
    States,
    clock,
    field,
    once,
    reference,
)
from app.records.plain_rules import has_happened


class DishonourEvent(Choices):
    BILL = "bill_dishonoured", _("Bill dishonoured")
    CHEQUE = "cheque_dishonoured", _("Cheque dishonoured")
    DEFERRED = "deferred", _("Payment put off")


class DishonourState(Choices):
    REPORTED = "reported", lazy_pgettext("dishonour", "Reported")
    CLOSED = "closed", lazy_pgettext("dishonour", "Closed")


class DishonourReport(Stateful, Record):
    """A bill or cheque was not paid, or paid late: reported in detail; the supply on credit stops at once."""

    __tablename__ = "dishonour_report"
    catalogue_code = "R43"
    sources = ("D1§11.2(1)", "D1§11.2(2)")
    numbered = "JFBG-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        crisis_rules.dishonour_is_of_this_bill,
        crisis_rules.dishonour_says_what_is_done,
        has_happened("happened_on"),
    )
    states = States(
        DishonourState,
        start="reported",
        moves={"reported": ("closed",)},
        locked=("closed",),
        tones={"reported": "bad", "closed": "mute"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    bill_id: Mapped[int | None] = reference(_("Bill or cheque"), "bill.id")
    bill: Mapped[Bill | None] = relationship(foreign_keys=bill_id)
    event: Mapped[Choice] = field(
        lazy_pgettext("dishonour", "Event"), choices=DishonourEvent, sortable=True
    )
    happened_on: Mapped[date | None] = field(
        lazy_pgettext("dishonour", "Happened on"), sortable=True
    )
    amount: Mapped[Money | None] = field(lazy_pgettext("dishonour", "Amount"), unit="USD")
    detail: Mapped[Prose] = field(_("Detailed report"), searched=True)
    recovery_actions: Mapped[Prose | None] = field(
        _("What is done to recover the money"), article="D1§11.2(2)"
    )


class RiskDecision(Choices):
    WATCH = "watch", lazy_pgettext("risk report", "Go on and watch")
    COLLECT = "collect", lazy_pgettext("risk report", "Recover the debt")
    SUSPEND = "suspend", lazy_pgettext("risk report", "Suspend trade")
    TERMINATE = "terminate", lazy_pgettext("risk report", "End trade")


class RiskReportState(Choices):
    DRAFT = "draft", lazy_pgettext("risk report", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("risk report", "Submitted")
    INSTRUCTED = "instructed", lazy_pgettext("risk report", "Instructed")
    CLOSED = "closed", lazy_pgettext("risk report", "Closed")


class RiskCustomerReport(Approvable, Record):
    """A customer has become a danger: what he owes, what secures it, what is proposed, and what the superior instructs."""

    __tablename__ = "risk_customer_report"
    catalogue_code = "R44"
    sources = ("D1§11.2(3)", "D1§11.2(4)")
    numbered = "WXKH-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (crisis_rules.risk_report_is_instructed,)
    outcome = Outcome(submitted="submitted", approved="instructed", rejected="draft")
    states = States(
        RiskReportState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "instructed"),
            "instructed": ("closed",),
        },
        draft="draft",
        locked=("submitted", "instructed", "closed"),
        tones={
            "draft": "draft",
            "submitted": "run",
            "instructed": "warn",
            "closed": "mute",
        },
    )
    signed_by = (
        Route(
            "AF-12", _("Report on a dangerous customer (AF-12)"),
            Step(
                "superior", _("Superior in charge"), named_in="submitted_to_id", on_empty="named",
                fallback=("marketing_manager",), edits=("decision", "instruction"), within=1,
                escalates_to="general_manager",
            ),
            article="D1§11.2(3)",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "risk_customer_report.html", _("Report on a dangerous customer"), form="E10", article="D1§11.2(3)",
            signatures=(_("Superior in charge"),), context=signed_first_by(_("Sales staff"), "reporter"),
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    submitted_to_id: Mapped[int | None] = reference(_("Superior in charge"), "employee.id")
    submitted_to: Mapped[Employee | None] = relationship(foreign_keys=submitted_to_id)
    dishonour_id: Mapped[int | None] = reference(
        _("Report on the dishonour"), "dishonour_report.id"
    )
    dishonour: Mapped[DishonourReport | None] = relationship(foreign_keys=dishonour_id)
    exposure: Mapped[Money | None] = field(_("Exposure"), unit="USD", machine=True, sortable=True)
    guarantees: Mapped[Prose | None] = field(_("Guarantees in force"), machine=True)
    facts: Mapped[Prose] = field(lazy_pgettext("risk report", "Facts"), searched=True)
    recovery_estimate: Mapped[Money | None] = field(_("Likely to be recovered"), unit="USD")
    proposal: Mapped[Prose | None] = field(lazy_pgettext("risk report", "Proposal"))
    decision: Mapped[Choice | None] = field(
        lazy_pgettext("risk report", "What is to be done"),
        choices=RiskDecision,
        sortable=True,
        help=_("The superior writes it when he signs."),
    )
    instruction: Mapped[Prose | None] = field(
        _("Explicit instruction of the superior"),
        article="D1§11.2(4)",
        help=_("The superior writes it when he signs."),
    )

    @property
    def reporter(self) -> Any:
        return people.employee_of(self.created_by_id) or ""

    def before_submission(self) -> Iterator[Refusal]:
        if self.submitted_to_id is None:
            yield Refusal(gettext("Say to which superior it goes."), "submitted_to_id")

    def approved(self, case: Any) -> None:
        """AF-12: the instruction opens what it asks for."""
        from app.domains.credit import emergencies  # the verbs know the records, not the other way

        emergencies.follow_the_instruction(self)


class HoldState(Choices):
    HELD = "held", lazy_pgettext("supply hold", "Held")
    CONFIRMED = "confirmed", lazy_pgettext("supply hold", "Confirmed")
    UNCONFIRMED = "unconfirmed", lazy_pgettext("supply hold", "Not confirmed")
    RELEASED = "released", lazy_pgettext("supply hold", "Released")


#: in these nothing is supplied on credit
STANDS = ("held", "confirmed")


class CreditSupplyHold(Approvable, Record):
    """The emergency stop: who sees a danger stops the supply on credit at once and alone; his superior confirms it afterwards."""

    __tablename__ = "credit_supply_hold"
    __table_args__ = (
        once(
            "uq_credit_supply_hold_stands", "customer_id", where="state IN ('held', 'confirmed')",
            refusal=_("His supply is stopped already."),
        ),
    )  # fmt: skip
    catalogue_code = "R45"
    sources = ("D1§11.1(3)",)
    numbered = "ZTDH-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        crisis_rules.hold_stops_who_trades,
        crisis_rules.one_hold_at_a_time,
    )
    # It holds from the first moment: who asks for the confirmation changes nothing of that.
    outcome = Outcome(
        submitted="held", approved="confirmed", rejected="unconfirmed", returned="held"
    )
    submit_label = _("Have it confirmed")
    states = States(
        HoldState,
        start="held",
        moves={"held": ("confirmed", "unconfirmed", "released"), "confirmed": ("released",)},
        locked=("confirmed", "unconfirmed", "released"),
        tones={
            "held": "bad",
            "confirmed": "warn",
            "unconfirmed": "mute",
            "released": "ok",
        },
    )
    signed_by = (
        Route(
            "AF-11", _("Emergency stop of supply on credit (AF-11)"),
            Step(
                "superior", _("Superior in charge"), superior=1, on_empty="named", fallback=("marketing_manager",),
                within=1, escalates_to="marketing_manager",
            ),
            article="D1§11.1(3)",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "confirm_by", _("Confirmation of the emergency stop (AF-11)"), open_in=("held",),
            whose=("held_by_id",), roles=("sales_rep",), escalates_to=("marketing_manager",),
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    reason: Mapped[Prose] = field(lazy_pgettext("supply hold", "Reason"), searched=True)
    dishonour_id: Mapped[int | None] = reference(
        _("Report on the dishonour"), "dishonour_report.id", machine=True
    )
    dishonour: Mapped[DishonourReport | None] = relationship(foreign_keys=dishonour_id)
    held_on: Mapped[datetime | None] = field(_("Held since"), machine=True, sortable=True)
    held_by_id: Mapped[int | None] = reference(_("Held by"), "employee.id", machine=True)
    held_by: Mapped[Employee | None] = relationship(foreign_keys=held_by_id)
    confirm_by: Mapped[date | None] = field(_("To be confirmed by"), machine=True, sortable=True)
    confirmed_by_id: Mapped[int | None] = reference(_("Confirmed by"), "employee.id", machine=True)
    confirmed_by: Mapped[Employee | None] = relationship(foreign_keys=confirmed_by_id)
    confirmed_on: Mapped[date | None] = field(_("Confirmed on"), machine=True)
    released_on: Mapped[date | None] = field(_("Released on"), machine=True, sortable=True)

    def other_that_stands(self) -> CreditSupplyHold | None:
        """Another hold of this customer that stands, if this one does."""
        customer = self.referred("customer")
        if customer is None or self.is_void or self.state not in (None, *STANDS):
            return None
        return next((one for one in self.standing_of(customer) if one is not self), None)

    @classmethod
    def standing_of(cls, customer: Customer) -> list[CreditSupplyHold]:
        """The holds of a customer that stand, with what this click writes."""
        query = cls.living().where(cls.customer_id == customer.id, cls.state.in_(STANDS))
        with db.session.no_autoflush:
            found = set(db.session.scalars(query)) if customer.id is not None else set()
        found |= {
            one
            for one in (*db.session.new, *db.session.dirty)
            if isinstance(one, cls) and one.referred("customer") is customer
        }
        return [one for one in found if (one.state or "held") in STANDS and one.voided_at is None]


class SuspensionKind(Choices):
    SUSPEND = "suspend", lazy_pgettext("suspension", "Suspended")
    TERMINATE = "terminate", lazy_pgettext("suspension", "Ended")


class NoticeChannel(Choices):
    LETTER = "letter", lazy_pgettext("suspension", "Letter")
    EMAIL = "email", lazy_pgettext("suspension", "E-mail")
    FAX = "fax", lazy_pgettext("suspension", "Fax")
    PHONE = "phone", lazy_pgettext("suspension", "Telephone")
    VISIT = "visit", lazy_pgettext("suspension", "Visit")


class SuspensionState(Choices):
    DRAFT = "draft", lazy_pgettext("suspension", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("suspension", "Submitted")
    INSTRUCTED = "instructed", lazy_pgettext("suspension", "Instructed, customer not notified")
    NOTIFIED = "notified", lazy_pgettext("suspension", "Customer notified")
    EFFECTIVE = "effective", lazy_pgettext("suspension", "In effect")
    RESUMED = "resumed", lazy_pgettext("suspension", "Trade resumed")


class TradeSuspension(Approvable, Record):
    """Trade with a customer is suspended or ended, on the superior's instruction and after the customer was told."""

    __tablename__ = "trade_suspension"
    __table_args__ = (
        once(
            "uq_trade_suspension_open", "customer_id",
            where="state IN ('draft', 'submitted', 'instructed', 'notified')",
            refusal=_("The end of this customer's trade is under way already."),
        ),
    )  # fmt: skip
    catalogue_code = "R46"
    sources = ("D1§11.2(4)",)
    numbered = "ZZJY-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        crisis_rules.suspension_stands_on_its_report,
        crisis_rules.suspension_is_instructed,
        crisis_rules.customer_is_notified_first,
        crisis_rules.suspension_takes_effect_on_its_day,
    )
    outcome = Outcome(submitted="submitted", approved="instructed", rejected="draft")
    states = States(
        SuspensionState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "instructed"),
            "instructed": ("notified",),
            "notified": ("effective",),
            "effective": ("resumed",),
        },
        draft="draft",
        locked=("submitted", "notified", "effective", "resumed"),
        elsewhere=("effective",),  # on its day
        tones={
            "draft": "draft",
            "submitted": "run",
            "instructed": "warn",
            "notified": "warn",
            "effective": "bad",
            "resumed": "ok",
        },
    )
    signed_by = (
        Route(
            "AF-12-suspension", _("Suspension of trade (AF-12)"),
            Step("superior", _("Superior in charge"), "marketing_manager", edits=("instruction",), within=1, escalates_to="general_manager"),
            article="D1§11.2(4)",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "trade_suspension.html", _("Notice of the suspension of trade"), form="E48", article="D1§11.2(4)",
            context=signed_first_by(_("Company seal")),
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("suspension", "Kind"), choices=SuspensionKind, default="suspend"
    )
    risk_report_id: Mapped[int] = reference(
        _("Report on a dangerous customer"),
        "risk_customer_report.id",
        among=lambda cls: cls.state.in_(("instructed", "closed")),
    )
    risk_report: Mapped[RiskCustomerReport] = relationship(foreign_keys=risk_report_id)
    reason: Mapped[Prose | None] = field(lazy_pgettext("suspension", "Reason"))
    instruction: Mapped[Prose | None] = field(
        _("Explicit instruction of the superior"), article="D1§11.2(4)"
    )
    effective_on: Mapped[date | None] = field(_("Takes effect on"), sortable=True)
    customer_notified: Mapped[bool] = field(
        _("Customer notified"), default=False, article="D1§11.2(4)"
    )
    notified_on: Mapped[date | None] = field(_("Notified on"), sortable=True)
    channel: Mapped[Choice | None] = field(
        lazy_pgettext("suspension", "Notified by"), choices=NoticeChannel
    )
    resume_on: Mapped[date | None] = field(_("Resumed on"), machine=True, sortable=True)

    @classmethod
    def in_effect_for(cls, customer: Customer) -> list[TradeSuspension]:
        """What ends this customer's trade, with what this click writes."""
        query = cls.living().where(cls.customer_id == customer.id, cls.state == "effective")
        with db.session.no_autoflush:
            found = set(db.session.scalars(query)) if customer.id is not None else set()
        return [one for one in found if one.state == "effective" and one.voided_at is None]

    @classmethod
    def to_notify(cls) -> Any:
        return cls.state == "instructed"

    @classmethod
    def has_begun(cls) -> Any:
        return (cls.state == "notified") & (cls.effective_on <= clock.today())


__all__ = [
    "CreditSupplyHold",
    "DishonourReport",
    "RiskCustomerReport",
    "TradeSuspension",
]
