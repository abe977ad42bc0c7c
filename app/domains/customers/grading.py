"""Retail customers are graded: on which day, on which inputs, with which result (R26)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline
from app.domains.customers import retail
from app.domains.customers.ordering import is_manager
from app.domains.customers.retail import RetailCustomerProfile, RetailOnboarding
from app.domains.customers.retail_fields import GRADED, PROFILE
from app.domains.customers.rules import grading as rules
from app.domains.customers.shielding import needed
from app.domains.directory.lookups import choices_of
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    NotAllowed,
    Record,
    Refusal,
    States,
    Word,
    clock,
    field,
    follows_from,
    once,
    reference,
)
from app.records.moving import it_is_void, unless


class GradingState(Choices):
    OPEN = "open", lazy_pgettext("grading", "Open")
    SUBMITTED = "submitted", lazy_pgettext("grading", "Being approved")
    CLOSED = "closed", lazy_pgettext("grading", "Closed")


class CustomerGrading(Approvable, Record):
    """The grade of a retail customer in one round: the account manager adjusts what it stands on before the day."""

    __tablename__ = "customer_grading"
    __table_args__ = (
        once(
            "uq_customer_grading_round", "round_name", "customer_id",
            refusal=_("This customer is in this round already."),
        ),
    )  # fmt: skip
    catalogue_code = "R26"
    sources = ("D8§7.2",)
    numbered = "DJPD-{year}-{seq:05}"
    titled_by = "number"
    owned_by = ("account_manager_id",)
    owned_through = ("customer",)
    outcome = Outcome(submitted="submitted", approved="closed", rejected="open", returned="open")
    states = States(
        GradingState,
        start="open",
        moves={"open": ("submitted",), "submitted": ("open", "closed")},
        locked=("submitted", "closed"),
        tones={"open": "warn", "submitted": "run", "closed": "ok"},
    )
    #: R26 has no flow in the catalogue: the chief of the section approves (§2.16)
    signed_by = (
        Route(
            "R26",
            _("Grading of retail customers"),
            Step(
                "section_chief", _("Chief of the marketing service section"), "marketing_section_chief",
                within=2, escalates_to="general_manager",
            ),
            article="D8§7.2",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "evaluation_on", _("Adjust what the grading stands on"), ("open",), done="inputs_adjusted_on",
            whose=("account_manager_id",), roles=("account_manager",), escalates_to=("marketing_section_chief",),
            the_day_before=True, warn=3, code="DL-09",
        ),
    )  # fmt: skip

    round_name: Mapped[Word] = field(
        lazy_pgettext("grading", "Round"),
        catalogue="round",
        sortable=True,
        searched=True,
        help=_("For example 2026Q2."),
    )
    evaluation_on: Mapped[date] = field(_("Graded on"), sortable=True)
    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    account_manager_id: Mapped[int | None] = reference(
        _("Account manager"), "employee.id", machine=True
    )
    account_manager: Mapped[Employee | None] = relationship(foreign_keys=account_manager_id)
    grade: Mapped[Choice | None] = field(
        lazy_pgettext("retail", "Grade"),
        choices=choices_of("retail_grade"),
        sortable=True,
        help=_("Required when it is submitted."),
    )
    trade_circle_type: Mapped[Choice | None] = field(
        _("Type of trade circle"), choices=choices_of("retail_trade_circle"), machine=True
    )
    display_form: Mapped[Choice | None] = field(
        _("Form of display"), choices=choices_of("retail_display_form"), machine=True
    )
    attention_degree: Mapped[Choice | None] = field(
        lazy_pgettext("retail", "Attention"), choices=choices_of("retail_attention"), machine=True
    )
    cooperation_degree: Mapped[Choice | None] = field(
        _("Cooperation with the account manager"),
        choices=choices_of("retail_cooperation"),
        machine=True,
    )
    inputs_adjusted_on: Mapped[date | None] = field(_("Inputs adjusted on"), machine=True)
    evaluator_id: Mapped[int | None] = reference(
        _("Evaluator"), "employee.id", help=_("Empty: who enters it.")
    )
    evaluator: Mapped[Employee | None] = relationship(foreign_keys=evaluator_id)
    approver_id: Mapped[int | None] = reference(
        lazy_pgettext("grading", "Approver"), "employee.id", machine=True
    )
    approver: Mapped[Employee | None] = relationship(foreign_keys=approver_id)

    def missing_inputs(self) -> list[str]:
        """Labels of the needed inputs that are empty."""
        specs = self.specs()
        return [str(specs[name].label) for name in needed(GRADED) if not getattr(self, name)]

    def before_submission(self) -> Iterator[Refusal]:
        yield from rules.graded_on_complete_inputs(self)

    def approved(self, case: Any) -> None:
        """The grade stands in the profile: that of the latest day wins."""
        signed = [act for act in case.actions if act.command == "approve"]
        if signed:
            self.approver = people.employee_of(signed[-1].for_id or signed[-1].actor_id)
        profile = RetailCustomerProfile.of_customer(self.customer)
        if profile is None:
            return
        with db.session.no_autoflush:
            later = db.session.scalar(
                select(CustomerGrading.id)
                .where(
                    CustomerGrading.customer_id == self.customer_id,
                    CustomerGrading.state == "closed",
                    CustomerGrading.voided_at.is_(None),
                    CustomerGrading.evaluation_on > self.evaluation_on,
                )
                .limit(1)
            )
        if later is None:
            profile.grade = self.grade

    def take_inputs(self, profile: RetailCustomerProfile) -> None:
        """The snapshot of what it stands on."""
        for name in GRADED:
            setattr(self, name, getattr(profile, name))

    @classmethod
    def open_of(cls, customer_id: int) -> list[CustomerGrading]:
        query = cls.living().where(cls.customer_id == customer_id, cls.state == "open")
        with db.session.no_autoflush:
            return list(db.session.scalars(query))


@retail.gradings_by
def next_grading(customer_id: int, after: date) -> date | None:
    """DL-06: trade circle and display are maintained before a grading that comes early."""
    query = select(func.min(CustomerGrading.evaluation_on)).where(
        CustomerGrading.customer_id == customer_id,
        CustomerGrading.voided_at.is_(None),
        CustomerGrading.evaluation_on > after,
    )
    with db.session.no_autoflush:
        return db.session.scalar(query)


@follows_from("customer_grading")
def a_grading_takes_its_inputs(grading: Any) -> None:
    """What the profile says now, and who has to adjust it before the day; it may hurry an onboarding."""
    customer = grading.referred("customer")
    if customer is None:
        return
    if grading.id is None:
        grading.account_manager = customer.responsible_rep
        if grading.evaluator_id is None and grading.evaluator is None:
            grading.evaluator = people.who_acts()
    profile = RetailCustomerProfile.of_customer(customer)
    if profile is not None and grading.state == "open":
        grading.take_inputs(profile)
    if not (grading.id is None or grading.changed("evaluation_on", "voided_at")):
        return
    onboarding = RetailOnboarding.of_customer(customer)
    if onboarding is not None and onboarding.state != "complete":
        retail.plan(onboarding, None if grading.is_void else grading.evaluation_on)


@follows_from(PROFILE)
def an_open_grading_follows_the_profile(profile: Any) -> None:
    """R26: the snapshot is that of the day on which it is submitted."""
    customer = profile.referred("customer")
    if customer is None or customer.id is None or not profile.changed(*GRADED):
        return
    for grading in CustomerGrading.open_of(customer.id):
        grading.take_inputs(profile)


def why_not_adjust_inputs(grading: Any) -> Any:
    if grading.state != "open":
        return gettext("It is graded already.")
    if grading.inputs_adjusted_on is not None:
        return gettext("It is adjusted already.")
    if missing := grading.missing_inputs():
        return gettext(
            "Not maintained in the customer's profile yet: %(fields)s.", fields="、".join(missing)
        )
    return None


@unless(it_is_void, why_not_adjust_inputs)
def adjust_inputs(grading: CustomerGrading, _reason: str | None = None) -> None:
    """DL-09: the account manager has looked through what the grading stands on, and it is right.

    :raises Refused: while an input is missing
    :raises NotAllowed: for anybody but the account manager and his B
    """
    if not is_manager(grading.account_manager):
        raise NotAllowed(
            Refusal(gettext("The account manager of this customer says that it is right."))
        )
    grading.inputs_adjusted_on = clock.today()
    db.session.flush()


__all__ = ["CustomerGrading"]
