"""Visits before trade begins: who is to be visited, who was, and with which result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.documents import Printout
from app.domains.credit import rules
from app.domains.credit.signed import signed_first_by
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Line,
    LineRecord,
    Prose,
    Record,
    Refusal,
    States,
    clock,
    field,
    lines,
    reference,
)
from app.records.plain_rules import ends_after_it_begins


class PlanState(Choices):
    DRAFT = "draft", lazy_pgettext("visit plan", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("visit plan", "Submitted")
    ACTIVE = "active", lazy_pgettext("visit plan", "In force")
    REJECTED = "rejected", lazy_pgettext("visit plan", "Rejected")
    CLOSED = "closed", lazy_pgettext("visit plan", "Closed")


class VisitProgress(Choices):
    PLANNED = "planned", lazy_pgettext("visit", "Planned")
    VISITED = "visited", lazy_pgettext("visit", "Visited")
    REMOVED = "removed", lazy_pgettext("visit", "Taken off")


class VisitPlan(Approvable, Record):
    """Whom a representative is going to visit, when and what for; who was visited in vain is taken off."""

    __tablename__ = "visit_plan"
    catalogue_code = "R28"
    sources = ("D1§10.1(1)", "D1§10.1(2)")
    numbered = "FWJH-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("sales_rep_id",)
    ruled_by = (
        ends_after_it_begins("period_from", "period_to"),
        rules.visits_are_planned_within_the_period,
        rules.each_customer_is_planned_once,
        rules.fruitless_customers_are_not_planned,
    )
    outcome = Outcome(submitted="submitted", approved="active", rejected="rejected")
    states = States(
        PlanState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "active", "rejected"),
            "active": ("closed",),
        },
        draft="draft",
        # A plan in force stays open: dates move, and the visits themselves write its lines.
        locked=("submitted", "rejected", "closed"),
        tones={
            "draft": "draft",
            "submitted": "run",
            "active": "ok",
            "rejected": "bad",
            "closed": "mute",
        },
    )
    signed_by = (
        Route(
            "visit_plan",
            _("Visit plan"),
            Step(
                "manager", _("Marketing manager"), "marketing_manager", within=2, escalates_to="superior"
            ),
            article="D1§10.1(1)",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "visit_plan.html", _("Plan of visits to customers"), form="E06", article="D1§10.1(1)",
            signatures=(_("Marketing manager"),),
            context=signed_first_by(lazy_pgettext("visit plan", "Representative"), "sales_rep"),
        ),
    )  # fmt: skip

    sales_rep_id: Mapped[int] = reference(
        lazy_pgettext("visit plan", "Representative"), "employee.id", sortable=True
    )
    sales_rep: Mapped[Employee] = relationship(foreign_keys=sales_rep_id)
    period_from: Mapped[date] = field(
        lazy_pgettext("visit plan", "From"), catalogue="period", sortable=True
    )
    period_to: Mapped[date] = field(
        lazy_pgettext("visit plan", "To"), catalogue="period", sortable=True
    )
    planned: Mapped[list[VisitPlanLine]] = relationship(
        back_populates="plan", cascade="all, delete-orphan", order_by="VisitPlanLine.order_no"
    )
    visits = lines(
        _("Customers to visit"),
        "planned",
        catalogue="customer",
        help=_("Who was visited five times in a row without result is taken off by itself."),
    )

    def before_submission(self) -> Iterator[Refusal]:
        if not self.planned:
            yield Refusal(gettext("Name the customers to visit."), "visits")

    @classmethod
    def over(cls) -> ColumnElement[bool]:
        """In force still, although its period is over."""
        return (cls.state == "active") & (cls.period_to < clock.today())


class VisitPlanLine(LineRecord):
    """A customer on a plan: when and what for, and how far it came."""

    __tablename__ = "visit_plan_line"
    parent = "plan"

    plan_id: Mapped[int] = reference(_("Visit plan"), "visit_plan.id")
    plan: Mapped[VisitPlan] = relationship(back_populates="planned")
    customer_id: Mapped[int] = reference(_("Customer"), "customer.id")
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    planned_on: Mapped[date | None] = field(_("Planned on"))
    planned_visits: Mapped[int] = field(_("Planned visits"), default=1)
    purpose: Mapped[Line] = field(lazy_pgettext("visit", "Purpose"))
    visits_made: Mapped[int | None] = field(_("Visits made"), calculated=True)
    progress: Mapped[Choice | None] = field(
        lazy_pgettext("visit", "Progress"),
        choices=VisitProgress,
        default="planned",
        calculated=True,
    )
    removed_on: Mapped[date | None] = field(_("Taken off on"), calculated=True)
    removed_reason: Mapped[Line | None] = field(_("Why it was taken off"), calculated=True)

    @classmethod
    def open_of(cls, customer: Customer) -> list[VisitPlanLine]:
        """The lines of plans that are not closed which name this customer."""
        query = (
            select(cls)
            .join(cls.plan)
            .where(
                VisitPlan.voided_at.is_(None),
                VisitPlan.state.in_(("draft", "active")),
                cls.customer_id == customer.id,
            )
            .order_by(cls.id)
        )
        with db.session.no_autoflush:
            return list(db.session.scalars(query))


class VisitRecord(Record):
    """A visit to a customer: who went, whom he met, and whether it led to anything."""

    __tablename__ = "visit_record"
    catalogue_code = "R29"
    sources = ("D1§10.1(2)",)
    numbered = "FW-{year}{month:02}-{seq:05}"
    titled_by = "number"
    owned_by = ("visitor_id",)
    owned_through = ("customer",)
    ruled_by = (rules.visit_is_not_in_the_future,)

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    visitor_id: Mapped[int] = reference(
        lazy_pgettext("visit", "Visitor"), "employee.id", sortable=True
    )
    visitor: Mapped[Employee] = relationship(foreign_keys=visitor_id)
    visited_on: Mapped[date] = field(_("Visited on"), sortable=True)
    effective: Mapped[bool] = field(
        _("Had a result"),
        default=False,
        sortable=True,
        help=_("Five visits in a row without one take the customer off the plan (BR-020)."),
    )
    person_met: Mapped[Line | None] = field(_("Person met"), width=4)
    content: Mapped[Prose | None] = field(lazy_pgettext("visit", "Content"), searched=True)
    next_step: Mapped[Line | None] = field(_("Next step"))

    @classmethod
    def of_customer(cls, customer: Customer) -> list[VisitRecord]:
        """The living visits of a customer in the order they happened, those of this click too."""
        stored: list[VisitRecord] = []
        if customer.id is not None:
            with db.session.no_autoflush:
                stored = list(
                    db.session.scalars(cls.living().where(cls.customer_id == customer.id))
                )
        touched = [one for one in (*db.session.new, *db.session.dirty) if isinstance(one, cls)]
        there = [
            one
            for one in dict.fromkeys((*stored, *touched))
            if one.referred("customer") is customer
            and not one.is_void
            and one.visited_on is not None
            and one not in db.session.deleted
        ]
        return sorted(there, key=lambda one: (one.visited_on, one.id or 2**63))


__all__ = ["VisitPlan", "VisitPlanLine", "VisitRecord"]
