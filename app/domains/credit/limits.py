"""How far a customer is trusted: his class by the criteria of the regulation, and his limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.domains.credit import rules
from app.domains.credit.cards import TradeCard
from app.domains.directory.models import CreditClass, Customer
from app.extensions import db
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    Money,
    Percent,
    Prose,
    Record,
    Refusal,
    States,
    calculated,
    clock,
    field,
    once,
    reference,
    settings,
)
from app.records.plain_rules import ends_after_it_begins, not_below_zero


class OneInForce(Approvable):
    """Of a customer's classes one is in force, and of his limits: who comes into force replaces the former."""

    customer_id: Mapped[int]

    @classmethod
    def in_force(cls, customer: Customer) -> Any:
        """The one of this customer that is in force, or none."""
        record_class: Any = cls
        query = record_class.living().where(
            record_class.customer_id == customer.id, record_class.state == "active"
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))

    def compared_with(self) -> Any:
        """Who signs sees what differs from the one in force."""
        return self.in_force(self.customer)  # type: ignore[attr-defined]

    def step_in(self) -> None:
        former = self.compared_with()
        if former is not None:
            former.state = "replaced"
            db.session.flush()  # first, for the database too knows of one only
        self.state = "active"
        db.session.flush()


class ClassificationState(Choices):
    PROPOSED = "proposed", lazy_pgettext("credit class", "Proposed")
    SUBMITTED = "submitted", lazy_pgettext("credit class", "Submitted")
    APPROVED = "approved", lazy_pgettext("credit class", "Approved")
    ACTIVE = "active", lazy_pgettext("credit class", "In force")
    REJECTED = "rejected", lazy_pgettext("credit class", "Rejected")
    REPLACED = "replaced", lazy_pgettext("credit class", "Replaced")


class CreditClassification(OneInForce, Record):
    """Into which of the three classes a customer falls by the criteria of the regulation, or why into another."""

    __tablename__ = "credit_classification"
    __table_args__ = (
        once(
            "uq_credit_classification_active", "customer_id", where="state = 'active'",
            refusal=_("A class of this customer is in force already."),
        ),
    )  # fmt: skip
    catalogue_code = "R34"
    sources = ("D1§9.1(1)", "D1§9.1(2)")
    numbered = "XYFL-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        rules.in_force_is_decided,
        rules.another_class_says_why,
        rules.large_trade_follows_its_share,
        not_below_zero("claims_balance", "employee_count", "years_collected_total"),
    )
    outcome = Outcome(
        submitted="submitted", approved="approved", rejected="rejected", returned="proposed"
    )
    states = States(
        ClassificationState,
        start="proposed",
        moves={
            "proposed": ("submitted",),
            "submitted": ("proposed", "approved", "rejected"),
            "approved": ("active",),
            "active": ("replaced",),
        },
        draft="proposed",
        locked=("submitted", "approved", "active", "rejected", "replaced"),
        elsewhere=("active", "replaced"),  # by its approval, and by that of the next one
        tones={
            "proposed": "draft",
            "submitted": "run",
            "approved": "run",
            "active": "ok",
            "rejected": "bad",
            "replaced": "mute",
        },
    )
    signed_by = (
        Route(
            "AF-04-class", _("Class of a customer (AF-04)"),
            Step("manager", _("Marketing manager"), "marketing_manager", within=3, escalates_to="superior"),
            article="D1§9.1(1)",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    large_scale: Mapped[bool] = field(_("Large company"), default=False, article="D1§9.1(1)")
    good_reputation: Mapped[bool] = field(_("Good reputation"), default=False)
    stable: Mapped[bool] = field(_("Stable business"), default=False)
    is_intermediate_wholesaler: Mapped[bool] = field(_("Intermediate wholesaler"), default=False)
    claims_balance: Mapped[Money] = field(_("Balance of claims"), unit="USD", sortable=True)
    trade_share: Mapped[Percent | None] = field(
        _("Share of our sales"),
        unit="%",
        help=_("From the sales analysis. Where it is given, it says whether the trade is large."),
    )
    large_trade_volume: Mapped[bool] = field(_("Large trade with us"), default=False)
    employee_count: Mapped[int] = field(_("Number of employees"))
    newly_established: Mapped[bool] = field(_("Newly established company"), default=False)
    past_dishonesty: Mapped[bool] = field(_("Was dishonest in the past"), default=False)
    credit_class: Mapped[Choice] = field(
        _("Credit class"), choices=CreditClass, catalogue="class", sortable=True
    )
    override_reason: Mapped[Prose | None] = field(
        _("Why another class than suggested"), help=_("Only where the class differs (BR-033).")
    )
    past_collection: Mapped[Prose | None] = field(
        _("How payments were collected so far"), article="D1§9.1(2)"
    )
    years_collected_total: Mapped[Money | None] = field(
        _("Collected in past years, together"), unit="USD"
    )
    avg_gross_margin: Mapped[Percent | None] = field(_("Average gross margin"), unit="%")
    other_company_limits: Mapped[Line | None] = field(_("Credit limits that other companies set"))
    valid_from: Mapped[date | None] = field(
        lazy_pgettext("credit class", "In force from"), machine=True
    )

    @calculated(_("Suggested class"), Kind.CHOICE, choices=CreditClass)
    def suggested_class(self) -> str:
        """BR-031: what the criteria give."""
        return rules.suggested_class(self)

    @calculated(_("Why it is suggested"), Kind.LINE)
    def suggested_because(self) -> str:
        """BR-031: the criterion that decided."""
        return rules.why_suggested(self)

    @property
    def large_share(self) -> Any:
        return settings.get("large_trade_share")

    def approved(self, case: Any) -> None:
        """AF-04: the former class steps back, and the customer's file says the new one."""
        self.valid_from = clock.today()
        self.step_in()
        self.customer.credit_class = self.credit_class
        db.session.flush()

    @classmethod
    def overridden(cls) -> Any:
        """In force with another class than the criteria give."""
        return (cls.state == "active") & cls.override_reason.is_not(None)


class LimitState(Choices):
    REQUESTED = "requested", lazy_pgettext("credit limit", "Requested")
    SUBMITTED = "submitted", lazy_pgettext("credit limit", "Submitted")
    APPROVED = "approved", lazy_pgettext("credit limit", "Approved")
    ACTIVE = "active", lazy_pgettext("credit limit", "In force")
    EXPIRED = "expired", lazy_pgettext("credit limit", "Expired")
    REPLACED = "replaced", lazy_pgettext("credit limit", "Replaced")
    REJECTED = "rejected", lazy_pgettext("credit limit", "Rejected")


class CreditLimit(OneInForce, Record):
    """Up to which sum of unpaid sales and open bills a customer gets credit, and until when."""

    __tablename__ = "credit_limit"
    __table_args__ = (
        once(
            "uq_credit_limit_active", "customer_id", where="state = 'active'",
            refusal=_("A limit of this customer is in force already."),
        ),
    )  # fmt: skip
    catalogue_code = "R35"
    sources = ("D1§8", "D1§9.3(1)", "D1§10.1(6)")
    numbered = "XYXD-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        rules.in_force_is_decided,
        rules.credit_begins_with_trade,
        rules.limit_stays_below_the_cap,
        ends_after_it_begins("valid_from", "valid_to"),
        rules.basis_is_of_this_customer,
        not_below_zero("limit_amount", "receivable_total", "unsettled_bill_total"),
    )
    outcome = Outcome(
        submitted="submitted", approved="approved", rejected="rejected", returned="requested"
    )
    states = States(
        LimitState,
        start="requested",
        moves={
            "requested": ("submitted",),
            "submitted": ("requested", "approved", "rejected"),
            "approved": ("active", "replaced"),
            "active": ("expired", "replaced"),
        },
        draft="requested",
        locked=("submitted", "approved", "active", "expired", "replaced", "rejected"),
        # The calendar, and the next limit that comes into force.
        elsewhere=("active", "expired", "replaced"),
        tones={
            "requested": "draft",
            "submitted": "run",
            "approved": "run",
            "active": "ok",
            "expired": "warn",
            "replaced": "mute",
            "rejected": "bad",
        },
    )
    signed_by = (
        Route(
            "AF-04-limit", _("First credit limit of a customer (AF-04)"),
            Step("manager", _("Marketing manager"), "marketing_manager", within=2, escalates_to="superior"),
            Step("hq", _("Head office"), "hq_approver", within=3, escalates_to="general_manager"),
            article="D1§9.3(1)",
        ),
        Route(
            "AF-04-change", _("Change of a credit limit (AF-04)"),
            Step("manager", _("Marketing manager"), "marketing_manager", within=2, escalates_to="superior"),
            Step("general_manager", _("General manager"), "general_manager", within=3),
            article="D1§9.3(3)", when="is_change = 1", priority=5,
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    limit_amount: Mapped[Money] = field(_("Credit limit"), unit="USD", sortable=True)
    credit_class: Mapped[Choice | None] = field(
        _("Credit class"),
        choices=CreditClass,
        catalogue="class",
        machine=True,
        help=_("The class of the customer when the limit is asked for."),
    )
    valid_from: Mapped[date | None] = field(
        lazy_pgettext("credit limit", "In force from"),
        sortable=True,
        help=_("Empty: from the day of the approval."),
    )
    valid_to: Mapped[date | None] = field(
        lazy_pgettext("credit limit", "In force until"), sortable=True
    )
    classification_id: Mapped[int | None] = reference(
        _("Based on the class"), "credit_classification.id", catalogue="basis"
    )
    classification: Mapped[CreditClassification | None] = relationship(
        foreign_keys=classification_id
    )
    trade_card_id: Mapped[int | None] = reference(
        _("Based on the trade card"), "trade_card.id", catalogue="basis"
    )
    trade_card: Mapped[TradeCard | None] = relationship(foreign_keys=trade_card_id)
    reason: Mapped[Prose | None] = field(lazy_pgettext("credit limit", "Reason"))
    #: written under a lock on the customer with every sale, payment and bill (see watching.py)
    receivable_total: Mapped[Money | None] = field(
        _("Unpaid sales on credit"), unit="USD", machine=True
    )
    unsettled_bill_total: Mapped[Money | None] = field(_("Open bills"), unit="USD", machine=True)

    @calculated(_("Exposure"), Kind.MONEY, unit="USD")
    def exposure(self) -> Decimal:
        """BR-030: unpaid sales on credit and open bills together."""
        return rules.exposure(self.receivable_total, self.unsettled_bill_total)

    @calculated(lazy_pgettext("credit limit", "Used"), Kind.PERCENT, unit="%")
    def usage_pct(self) -> Decimal | None:
        """Exposure ÷ limit; blank where there is no limit."""
        if not self.limit_amount:
            return None
        used = self.exposure * 100 / self.limit_amount
        return used.quantize(Decimal("0.01"), ROUND_HALF_UP)

    @calculated(_("Highest limit of the company"), Kind.MONEY, unit="USD")
    def company_cap(self) -> Decimal | None:
        """A-01: the figure that the document lost; a setting."""
        return settings.get("credit_company_cap_usd")

    @calculated(_("Changes a limit in force"), Kind.BOOL)
    def is_change(self) -> bool:
        """AF-04: who had a limit gets another one by the general manager, not by head office."""
        if self.customer_id is None:
            return False
        cls = type(self)
        query = cls.living().where(
            cls.customer_id == self.customer_id,
            cls.id != (self.id or 0),
            cls.state.in_(("active", "expired", "replaced")),
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.with_only_columns(cls.id).limit(1)) is not None

    def before_submission(self) -> Iterator[Refusal]:
        """BR-023, A-01: no credit before trade, and no limit without the company's figure."""
        yield from rules.no_credit_before_trade(self)
        if self.company_cap is None:
            yield Refusal(
                gettext("The company's highest limit is not set. Until it is, no limit comes into force."),
                "limit_amount",
            )  # fmt: skip

    def approved(self, case: Any) -> None:
        """AF-04: the limit is in force, from today or from its day on."""
        if self.valid_from is None:
            self.valid_from = clock.today()
        if self.valid_from <= clock.today():
            self.put_in_force()

    def put_in_force(self) -> None:
        """The former limit steps back, and the customer's file says the new one."""
        from app.domains.credit import watching  # the verbs know the records, not the other way

        self.step_in()
        self.customer.credit_limit = self.limit_amount
        db.session.flush()
        watching.look_again(self.customer)

    def expire(self) -> None:
        """Its day is over: without a newer one the customer has no limit."""
        from app.domains.credit import watching

        self.state = LimitState.EXPIRED.value
        self.customer.credit_limit = None
        db.session.flush()
        watching.look_again(self.customer)


__all__ = ["CreditClassification", "CreditLimit"]
