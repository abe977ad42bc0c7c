"""What secures a customer's debt, what is done when his credit fails, and how the money is recovered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines.dates import Deadline
from app.domains.credit import crisis_rules
from app.domains.credit.investigations import CustomerInvestigationReport, Measure
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Money,
    MultiChoice,
    Prose,
    Record,
    Stateful,
    States,
    Word,
    calculated,
    field,
    files,
    lines,
    reference,
)
from app.records.plain_rules import has_happened


class GuaranteeKind(Choices):
    GUARANTOR = "guarantor", _("Guarantor")
    JOINT_GUARANTOR = "joint_guarantor", _("Joint and several guarantor")
    PERSONAL = "personal", _("Personal guarantee")
    JOINT = "joint", _("Joint and several guarantee")
    MORTGAGE = "mortgage", _("Mortgage")
    DEPOSIT = "deposit", _("Credit deposit")


class GuaranteeState(Choices):
    PROPOSED = "proposed", lazy_pgettext("guarantee", "Proposed")
    SUBMITTED = "submitted", lazy_pgettext("guarantee", "Submitted")
    ACTIVE = "active", lazy_pgettext("guarantee", "In force")
    RELEASED = "released", lazy_pgettext("guarantee", "Released")
    CLAIMED = "claimed", lazy_pgettext("guarantee", "Claimed")
    REJECTED = "rejected", lazy_pgettext("guarantee", "Rejected")


class Guarantee(Approvable, Record):
    """Who or what stands behind a customer's debt: a guarantor, a mortgage, a deposit."""

    __tablename__ = "guarantee"
    catalogue_code = "R41"
    sources = ("D1§7.2(4)", "D1§10.2(3)")
    numbered = "DB-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        crisis_rules.guarantee_names_what_stands_behind_it,
        has_happened("claimed_on"),
    )
    outcome = Outcome(
        submitted="submitted", approved="active", rejected="rejected", returned="proposed"
    )
    states = States(
        GuaranteeState,
        start="proposed",
        moves={
            "proposed": ("submitted",),
            "submitted": ("proposed", "active", "rejected"),
            "active": ("released", "claimed"),
            "claimed": ("released",),
        },
        draft="proposed",
        locked=("submitted", "active", "released", "claimed", "rejected"),
        tones={
            "proposed": "draft",
            "submitted": "run",
            "active": "ok",
            "released": "mute",
            "claimed": "warn",
            "rejected": "bad",
        },
    )
    signed_by = (
        Route(
            "guarantee", _("Accept a guarantee"),
            Step("manager", _("Marketing manager"), "marketing_manager", within=3, escalates_to="superior"),
            article="D1§10.2(3)",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "valid_to", _("End of the guarantee"), open_in=("active",), roles=("sales_rep",),
            escalates_to=("marketing_manager",), warn=10,
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("guarantee", "Kind"), choices=GuaranteeKind, sortable=True
    )
    guarantor: Mapped[Line | None] = field(lazy_pgettext("guarantee", "Guarantor"), personal=True)
    collateral: Mapped[Prose | None] = field(_("Collateral"))
    amount: Mapped[Money | None] = field(lazy_pgettext("guarantee", "Amount"), unit="USD")
    contract_no: Mapped[Word | None] = field(_("Number of the contract"), catalogue="contract")
    valid_to: Mapped[date | None] = field(lazy_pgettext("guarantee", "Valid until"), sortable=True)
    notarised: Mapped[bool] = field(_("Notarised"), default=False, article="D1§7.2(4)")
    claimed_on: Mapped[date | None] = field(_("Claimed on"), machine=True, sortable=True)
    documents = files(_("Contract of guarantee"))

    @classmethod
    def stands_for(cls, customer_id: int, kinds: tuple[str, ...]) -> bool:
        """Whether a guarantee of one of these kinds secures the customer's debt."""
        query = cls.living().where(
            cls.customer_id == customer_id,
            cls.kind.in_(kinds),
            cls.state.in_(("active", "claimed")),
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.with_only_columns(cls.id).limit(1)) is not None

    @classmethod
    def list_of(cls, customer_id: int) -> str:
        """The securities of a customer in words, for the risk report."""
        query = cls.living().where(
            cls.customer_id == customer_id, cls.state.in_(("active", "claimed"))
        )
        label = cls.specs()["kind"].label_of
        with db.session.no_autoflush:
            found = list(db.session.scalars(query.order_by(cls.id)))
        return "\n".join(
            " ".join(
                filter(None, (
                    one.number, label(one.kind), one.guarantor, one.collateral,
                    f"{one.amount:,.2f} USD" if one.amount is not None else None,
                ))
            )
            for one in found
        )  # fmt: skip


class MeasureState(Choices):
    DRAFT = "draft", lazy_pgettext("countermeasure", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("countermeasure", "Waits for instruction")
    INSTRUCTED = "instructed", lazy_pgettext("countermeasure", "Instructed")
    EXECUTED = "executed", lazy_pgettext("countermeasure", "Executed")


class CreditCountermeasure(Approvable, Record):
    """What is done where a customer's credit has become worse; only on the superior's instruction."""

    __tablename__ = "credit_countermeasure"
    catalogue_code = "R42"
    sources = ("D1§7.2(3)", "D1§7.2(4)")
    numbered = "XYDC-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        crisis_rules.measures_follow_an_urgent_report,
        crisis_rules.measures_are_instructed,
        has_happened("executed_on"),
    )
    outcome = Outcome(submitted="submitted", approved="instructed", rejected="draft")
    states = States(
        MeasureState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "instructed"),
            "instructed": ("executed",),
        },
        draft="draft",
        locked=("submitted", "instructed", "executed"),
        tones={
            "draft": "draft",
            "submitted": "run",
            "instructed": "warn",
            "executed": "ok",
        },
    )
    signed_by = (
        Route(
            "AF-10", _("Countermeasure to worsening credit (AF-10)"),
            Step(
                "superior", _("Superior in charge"), "marketing_manager", edits=("instruction",), within=1,
                escalates_to="general_manager",
            ),
            article="D1§7.2(3)",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    report_id: Mapped[int] = reference(
        _("Urgent report"),
        "customer_investigation_report.id",
        among=lambda cls: cls.report_mode == "urgent",
    )
    report: Mapped[CustomerInvestigationReport] = relationship(foreign_keys=report_id)
    measures: Mapped[MultiChoice] = field(
        _("Measures"),
        choices=Measure,
        several=True,
        article="D1§7.2(4)",
        help=_("With a guarantor and a collateral: first the collateral, then the guarantor."),
    )
    instruction: Mapped[Prose | None] = field(
        lazy_pgettext("countermeasure", "Instruction"), help=_("The superior writes it when he signs.")
    )  # fmt: skip
    instruction_by_id: Mapped[int | None] = reference(
        _("Instructed by"), "employee.id", machine=True
    )
    instruction_by: Mapped[Employee | None] = relationship(foreign_keys=instruction_by_id)
    executed_on: Mapped[date | None] = field(_("Executed on"), machine=True, sortable=True)
    result: Mapped[Prose | None] = field(lazy_pgettext("countermeasure", "Result"), machine=True)

    @classmethod
    def to_do(cls) -> Any:
        return cls.state == "instructed"


class RecoveryAction(Choices):
    DUNNING = "dunning", lazy_pgettext("recovery", "Dunning")
    GUARANTOR = "guarantor", lazy_pgettext("recovery", "Pursue the guarantor")
    COLLATERAL = "collateral", lazy_pgettext("recovery", "Collateral in payment")
    SUBROGATION = "subrogation", lazy_pgettext("recovery", "Payment by a third party")
    GOODS = "goods", lazy_pgettext("recovery", "Goods in payment")
    LAWSUIT = "lawsuit", lazy_pgettext("recovery", "Lawsuit")


class RecoveryState(Choices):
    OPEN = "open", lazy_pgettext("recovery", "Open")
    CLOSED = "closed", lazy_pgettext("recovery", "Closed")


class DebtRecovery(Stateful, Record):
    """What is done to recover the money that a customer owes, step by step, and what came of it."""

    __tablename__ = "debt_recovery"
    catalogue_code = "R47"
    sources = ("D1§7.2(4)", "D1§9.1(2)", "D1§11.2(2)")
    numbered = "HKZS-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        crisis_rules.recovery_figures_fit,
        crisis_rules.collateral_comes_before_the_guarantor,
    )
    states = States(
        RecoveryState,
        start="open",
        moves={"open": ("closed",), "closed": ("open",)},
        locked=("closed",),
        tones={"open": "run", "closed": "mute"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    amount_due: Mapped[Money] = field(_("Amount due"), unit="USD", sortable=True)
    occasion: Mapped[Prose | None] = field(lazy_pgettext("recovery", "Occasion"))
    action_lines: Mapped[list[RecoveryStep]] = relationship(
        back_populates="recovery",
        cascade="all, delete-orphan",
        order_by="RecoveryStep.order_no",
    )
    actions = lines(
        lazy_pgettext("recovery", "Steps"),
        "action_lines",
        help=_("With a guarantor and a collateral: first the collateral, then the guarantor."),
    )
    recovered_total: Mapped[Money] = field(
        _("Recovered so far"), default=Decimal(0), machine=True, unit="USD", sortable=True
    )

    @calculated(_("Still to recover"), Kind.MONEY, unit="USD")
    def still_due(self) -> Decimal:
        return (self.amount_due or Decimal(0)) - (self.recovered_total or Decimal(0))

    @calculated(_("Collected in the years before"), Kind.PROSE, article="D1§9.1(2)")
    def history(self) -> str:
        """以往几年回收累计额: what was recovered of this customer, year by year."""
        if self.customer_id is None:
            return ""
        year = func.strftime("%Y", RecoveryStep.done_on)
        if db.engine.dialect.name == "postgresql":
            year = func.to_char(RecoveryStep.done_on, "YYYY")
        query = (
            select(year, func.sum(RecoveryStep.recovered))
            .join(DebtRecovery)
            .where(DebtRecovery.customer_id == self.customer_id, DebtRecovery.voided_at.is_(None))
            .group_by(year)
            .order_by(year)
        )
        with db.session.no_autoflush:
            found = db.session.execute(query).all()
        return "\n".join(f"{one}: {total:,.2f} USD" for one, total in found if total)

    def has_both_securities(self) -> bool:
        """BR-038: whether a guarantor and a collateral secure this customer's debt."""
        customer = self.referred("customer")
        if customer is None or customer.id is None:
            return False
        return Guarantee.stands_for(
            customer.id, crisis_rules.BY_A_PERSON
        ) and Guarantee.stands_for(customer.id, crisis_rules.BY_A_THING)


class RecoveryStep(LineRecord):
    """One step of a recovery, on its day, with what it brought."""

    __tablename__ = "recovery_step"
    parent = "recovery"

    recovery_id: Mapped[int] = reference(_("Debt recovery"), "debt_recovery.id")
    recovery: Mapped[DebtRecovery] = relationship(back_populates="action_lines")
    done_on: Mapped[date] = field(lazy_pgettext("recovery", "On"), catalogue="on", index=True)
    action: Mapped[Choice] = field(lazy_pgettext("recovery", "Step"), choices=RecoveryAction)
    recovered: Mapped[Money] = field(
        lazy_pgettext("recovery", "Recovered"), default=Decimal(0), unit="USD"
    )
    note: Mapped[Line | None] = field(lazy_pgettext("recovery", "Note"))


__all__ = ["CreditCountermeasure", "DebtRecovery", "Guarantee", "RecoveryStep"]
