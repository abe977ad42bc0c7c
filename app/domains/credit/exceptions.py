"""When the limit is not the usual one: exceptions with an end, and what is reported before it is passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines.dates import Deadline
from app.domains.credit import lending_rules
from app.domains.credit.limits import CreditLimit
from app.domains.credit.rules import exposure
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Money,
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
from app.records.plain_rules import not_below_zero


class ExceptionGround(Choices):
    """BR-035, D1§9.2: these five, and no others."""

    GROWTH = "growth", _("Special instruction of the marketing manager to let trade grow")
    BANK_DISHONOUR = "bank_dishonour", _("Dishonoured by the bank")
    DISHONOUR_LIKELY = "dishonour_likely", _("Dishonour is likely")
    BILL_DELAYED = "bill_delayed", _("Bill paid late")
    CREDIT_WORSE = "credit_worse", _("Credit has become worse")


class ExceptionDirection(Choices):
    RAISE = "raise", lazy_pgettext("credit exception", "Raise")
    LOWER = "lower", lazy_pgettext("credit exception", "Lower")


class ExceptionState(Choices):
    PENDING = "pending", lazy_pgettext("credit exception", "Pending")
    SUBMITTED = "submitted", lazy_pgettext("credit exception", "Submitted")
    APPROVED = "approved", lazy_pgettext("credit exception", "Approved")
    ACTIVE = "active", lazy_pgettext("credit exception", "In force")
    ENDED = "ended", lazy_pgettext("credit exception", "Ended")
    REJECTED = "rejected", lazy_pgettext("credit exception", "Rejected")


def _instructed(flow: str, title: Any, article: str, when: str) -> Route:
    return Route(
        flow, title,
        Step(
            "manager", _("Marketing manager"), "marketing_manager", edits=("instruction",), within=1,
            escalates_to="general_manager",
        ),
        article=article, when=when, priority=5,
    )  # fmt: skip


class CreditException(Approvable, Record):
    """A limit other than the usual one, on one of five grounds, by instruction and until a day."""

    __tablename__ = "credit_exception"
    __table_args__ = (
        once(
            "uq_credit_exception_active", "customer_id", where="state = 'active'",
            refusal=_("An exception of this customer is in force already."),
        ),
    )  # fmt: skip
    catalogue_code = "R38"
    sources = ("D1§9.2(1)", "D1§9.2(2)")
    numbered = "XDLW-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        lending_rules.exception_has_its_end,
        lending_rules.exception_goes_the_way_of_its_ground,
        lending_rules.exception_stays_below_the_cap,
        lending_rules.exception_is_instructed,
    )
    outcome = Outcome(
        submitted="submitted", approved="approved", rejected="rejected", returned="pending"
    )
    states = States(
        ExceptionState,
        start="pending",
        moves={
            "pending": ("submitted",),
            "submitted": ("pending", "approved", "rejected"),
            "approved": ("active", "ended"),
            "active": ("ended",),
        },
        draft="pending",
        locked=("submitted", "approved", "active", "ended", "rejected"),
        elsewhere=("active",),  # on its first day
        tones={
            "pending": "draft",
            "submitted": "run",
            "approved": "run",
            "active": "warn",
            "ended": "mute",
            "rejected": "bad",
        },
    )
    signed_by = (
        _instructed("AF-07", _("Exception to let trade grow (AF-07)"), "D1§9.2(1)", "ground = growth"),
        _instructed("AF-08", _("Exception where credit has become worse (AF-08)"), "D1§9.2(2)", "ground != growth"),
    )  # fmt: skip
    due = (
        Deadline(
            "valid_to", _("End of the exception"), open_in=("active",), roles=("marketing_manager",), warn=3,
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    ground: Mapped[Choice] = field(
        lazy_pgettext("credit exception", "Ground"), choices=ExceptionGround, sortable=True
    )
    direction: Mapped[Choice] = field(
        lazy_pgettext("credit exception", "Direction"), choices=ExceptionDirection
    )
    new_limit: Mapped[Money] = field(_("Limit by the exception"), unit="USD", sortable=True)
    valid_from: Mapped[date] = field(lazy_pgettext("credit limit", "In force from"), sortable=True)
    valid_to: Mapped[date] = field(lazy_pgettext("credit limit", "In force until"), sortable=True)
    reason: Mapped[Prose | None] = field(lazy_pgettext("credit exception", "Report"))
    instruction: Mapped[Prose | None] = field(
        lazy_pgettext("credit exception", "Instruction"),
        article="D1§9.2",
        help=_("The superior writes it when he signs."),
    )

    @calculated(_("Limit without the exception"), Kind.MONEY, unit="USD")
    def usual_limit(self) -> Decimal | None:
        customer = self.referred("customer")
        return usual_limit_of(customer.id) if customer is not None and customer.id else None

    @property
    def company_cap(self) -> Decimal | None:
        return settings.get("credit_company_cap_usd")

    def approved(self, case: Any) -> None:
        """AF-07, AF-08: in force from its first day on, in place of the former one."""
        if self.valid_from <= clock.today():
            self.put_in_force()

    def put_in_force(self) -> None:
        from app.domains.credit import watching  # the verbs know the records, not the other way

        cls = type(self)
        former = cls.living().where(cls.customer_id == self.customer_id, cls.state == "active")
        for one in db.session.scalars(former):
            one.state = "ended"
        db.session.flush()  # first, for the database too knows of one only
        self.state = "active"
        db.session.flush()
        watching.look_again(self.customer)


class AlertKind(Choices):
    NEAR = "near", lazy_pgettext("credit alert", "Close to the limit")
    MAY_EXCEED = "may_exceed", lazy_pgettext("credit alert", "May exceed it")
    EXCEEDED = "exceeded", lazy_pgettext("credit alert", "Above the limit")


class HandlingDecision(Choices):
    ALLOW = "allow", lazy_pgettext("credit alert", "Allow")
    REDUCE = "reduce", lazy_pgettext("credit alert", "Reduce supply")
    STOP_SUPPLY = "stop_supply", lazy_pgettext("credit alert", "Stop supply")
    RAISE_LIMIT = "raise_limit", lazy_pgettext("credit alert", "Raise the limit")
    COLLECT = "collect", lazy_pgettext("credit alert", "Collect")


class AlertState(Choices):
    RAISED = "raised", lazy_pgettext("credit alert", "Raised")
    OPINION = "opinion", lazy_pgettext("credit alert", "Opinion asked for")
    DECIDED = "decided", lazy_pgettext("credit alert", "Decided")
    DISMISSED = "dismissed", lazy_pgettext("credit alert", "Not followed")
    LAPSED = "lapsed", lazy_pgettext("credit alert", "No longer so")


_DECIDES = ("handling_decision", "handling_opinion", "allowed_up_to", "allowed_until")


class CreditLimitAlert(Approvable, Record):
    """A customer comes close to his credit limit, may pass it or has passed it: reported beforehand, with how to handle it."""

    __tablename__ = "credit_limit_alert"
    __table_args__ = (
        once(
            "uq_credit_limit_alert_open", "customer_id", "kind", where="state IN ('raised', 'opinion')",
            refusal=_("This is reported already."),
        ),
    )  # fmt: skip
    catalogue_code = "R39"
    sources = ("D1§9.3(2)", "D1§9.3(3)")
    numbered = "XDYJ-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        lending_rules.alert_fits_the_figures,
        lending_rules.one_alert_is_on_its_way,
        not_below_zero("planned_amount"),
        lending_rules.decision_is_explicit,
    )
    outcome = Outcome(
        submitted="opinion", approved="decided", rejected="dismissed", returned="raised"
    )
    states = States(
        AlertState,
        start="raised",
        moves={
            "raised": ("opinion", "lapsed"),
            "opinion": ("raised", "decided", "dismissed"),
        },
        locked=("opinion", "decided", "dismissed", "lapsed"),
        elsewhere=("lapsed",),  # when the figures have fallen again
        tones={
            "raised": "warn",
            "opinion": "run",
            "decided": "ok",
            "dismissed": "mute",
            "lapsed": "mute",
        },
    )
    signed_by = (
        Route(
            "AF-06", _("Above the credit limit: the general manager decides (AF-06)"),
            Step("manager", _("Marketing manager"), "marketing_manager", edits=_DECIDES, within=1, escalates_to="general_manager"),
            Step("general_manager", _("General manager"), "general_manager", edits=_DECIDES, within=1),
            article="D1§9.3(3)", when="kind = exceeded", priority=5,
        ),
        Route(
            "AF-05", _("Close to the credit limit: the superior's opinion (AF-05)"),
            Step("manager", _("Marketing manager"), "marketing_manager", edits=_DECIDES, within=1, escalates_to="general_manager"),
            # To let a customer pass his limit is the general manager's, also beforehand.
            Step(
                "general_manager", _("General manager"), "general_manager", edits=_DECIDES, within=1,
                when="kind = may_exceed and handling_decision = allow",
            ),
            article="D1§9.3(2)",
        ),
    )  # fmt: skip
    submit_label = _("Report and ask for an opinion")
    due = (
        Deadline(
            "report_by", _("Report to the superior that the limit is close (DL-23)"), open_in=("raised",),
            whose=("responsible_rep_id",), roles=("sales_rep",), escalates_to=("marketing_manager",), code="DL-23",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("credit alert", "Kind"), choices=AlertKind, sortable=True
    )
    receivable_total: Mapped[Money | None] = field(
        _("Unpaid sales on credit"), unit="USD", machine=True
    )
    unsettled_bill_total: Mapped[Money | None] = field(_("Open bills"), unit="USD", machine=True)
    limit_amount: Mapped[Money | None] = field(
        _("Credit limit"), unit="USD", machine=True, catalogue="limit"
    )
    planned_amount: Mapped[Money | None] = field(
        _("Planned sale on credit"),
        unit="USD",
        help=_("Where a sale that is still to come would pass the limit."),
    )
    opinion_requested: Mapped[Prose | None] = field(
        _("Opinion asked for"), help=_("What happened, and how you would handle it.")
    )
    report_by: Mapped[date | None] = field(
        _("To be reported by"), machine=True, sortable=True, article="D1§9.3(2)"
    )
    responsible_rep_id: Mapped[int | None] = reference(
        _("Responsible representative"), "employee.id", machine=True
    )
    responsible_rep: Mapped[Employee | None] = relationship(foreign_keys=responsible_rep_id)
    handling_decision: Mapped[Choice | None] = field(
        _("Decision on the handling"),
        choices=HandlingDecision,
        help=_("Who signs decides it."),
    )
    handling_opinion: Mapped[Prose | None] = field(lazy_pgettext("credit alert", "Opinion"))
    allowed_up_to: Mapped[Money | None] = field(
        _("Exposure allowed up to"), unit="USD", help=_("Only where more is allowed.")
    )
    allowed_until: Mapped[date | None] = field(_("Allowed until"), sortable=True)

    @calculated(_("Exposure"), Kind.MONEY, unit="USD")
    def exposure(self) -> Decimal:
        """BR-030: unpaid sales on credit and open bills together, when it was reported."""
        return exposure(self.receivable_total, self.unsettled_bill_total)

    @property
    def warn_from(self) -> Decimal:
        return Decimal(settings.get("credit_warn_pct"))

    def other_on_its_way(self) -> CreditLimitAlert | None:
        """The same alert of this customer that nobody has decided yet, if this is one."""
        if self.is_void or self.state not in (None, "raised", "opinion"):
            return None
        customer = self.referred("customer")
        if customer is None or customer.id is None:
            return None
        cls = type(self)
        query = cls.living().where(
            cls.customer_id == customer.id, cls.kind == self.kind,
            cls.state.in_(("raised", "opinion")), cls.id != (self.id or 0),
        )  # fmt: skip
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))

    def before_submission(self) -> Iterator[Refusal]:
        """D1§9.3(2): 汇报,并征求处理意见."""
        if not (self.opinion_requested or "").strip():
            yield Refusal(gettext("Say what you ask an opinion on."), "opinion_requested")

    def approved(self, case: Any) -> None:
        """AF-05, AF-06: what was decided is carried out at once."""
        from app.domains.credit import watching

        watching.carry_out_decision(self)

    @classmethod
    def to_report(cls) -> Any:
        return cls.state == "raised"


# -- up to where a customer gets credit today ---------------------------------------------------------


def usual_limit_of(customer_id: int) -> Decimal | None:
    """The limit in force, without exceptions."""
    query = select(CreditLimit.limit_amount).where(
        CreditLimit.voided_at.is_(None),
        CreditLimit.customer_id == customer_id,
        CreditLimit.state == "active",
        or_(CreditLimit.valid_to.is_(None), CreditLimit.valid_to >= clock.today()),
    )
    with db.session.no_autoflush:
        return db.session.scalar(query.limit(1))


def limit_of(customer_id: int) -> Decimal | None:
    """BR-034, BR-035: the limit, or the exception in its place; more only where the general manager allowed it since."""
    today = clock.today()
    running = (
        select(CreditException.new_limit, CreditException.decided_at)
        .where(
            CreditException.voided_at.is_(None),
            CreditException.customer_id == customer_id,
            CreditException.state.in_(("approved", "active")),
            CreditException.valid_from <= today,
            CreditException.valid_to >= today,
        )
        .order_by(CreditException.decided_at.desc(), CreditException.id.desc())
    )
    allowed = select(func.max(CreditLimitAlert.allowed_up_to)).where(
        CreditLimitAlert.voided_at.is_(None),
        CreditLimitAlert.customer_id == customer_id,
        CreditLimitAlert.state == "decided",
        CreditLimitAlert.kind != "near",
        CreditLimitAlert.handling_decision == "allow",
        CreditLimitAlert.allowed_until >= today,
    )
    with db.session.no_autoflush:
        exception = db.session.execute(running.limit(1)).first()
        if exception is not None:
            allowed = allowed.where(CreditLimitAlert.decided_at >= exception.decided_at)
        more = db.session.scalar(allowed)
    limit = exception.new_limit if exception is not None else usual_limit_of(customer_id)
    return max((one for one in (limit, more) if one is not None), default=None)


def is_undecided(customer_id: int) -> bool:
    """AF-06: whether it waits for the general manager that a customer is above his limit."""
    query = select(CreditLimitAlert.id).where(
        CreditLimitAlert.voided_at.is_(None),
        CreditLimitAlert.customer_id == customer_id,
        CreditLimitAlert.kind == "exceeded",
        CreditLimitAlert.state.in_(("raised", "opinion")),
    )
    with db.session.no_autoflush:
        return db.session.scalar(query.limit(1)) is not None


__all__ = ["CreditException", "CreditLimitAlert", "is_undecided", "limit_of", "usual_limit_of"]
