"""Additional conditions: what a customer has to give before or while he trades on credit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.domains.credit import rules
from app.domains.credit.investigations import CustomerInvestigationReport
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import (
    Choices,
    MultiChoice,
    Prose,
    Record,
    Refusal,
    States,
    clock,
    field,
    files,
    reference,
)
from app.records.plain_rules import has_happened


class ConditionState(Choices):
    PROPOSED = "proposed", lazy_pgettext("condition", "Proposed")
    SUBMITTED = "submitted", lazy_pgettext("condition", "Submitted")
    SET = "set", lazy_pgettext("condition", "Set")
    FULFILLED = "fulfilled", lazy_pgettext("condition", "Fulfilled")
    WAIVED = "waived", lazy_pgettext("condition", "Waived")
    REJECTED = "rejected", lazy_pgettext("condition", "Rejected")


class ConditionKind(Choices):
    """BR-025, D1§10.2(3): these four, and no others."""

    CONTRACT = "contract", _("Exchange of a contract")
    PERSONAL = "personal", _("Personal guarantee")
    JOINT = "joint", _("Joint and several guarantee")
    MORTGAGE = "mortgage", _("Mortgage")


class ConditionBasis(Choices):
    INVESTIGATION = "investigation", _("Result of the credit investigation")
    ABILITY = "ability", _("Ability to run the business")


class AdditionalCondition(Approvable, Record):
    """What the manager demands of a customer, new or old, by the report of his representative."""

    __tablename__ = "additional_condition"
    catalogue_code = "R40"
    sources = ("D1§10.2(1)", "D1§10.2(2)", "D1§10.2(3)")
    numbered = "FJTJ-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (rules.condition_has_its_report, has_happened("fulfilled_on"))
    outcome = Outcome(
        submitted="submitted", approved="set", rejected="rejected", returned="proposed"
    )
    states = States(
        ConditionState,
        start="proposed",
        moves={
            "proposed": ("submitted",),
            "submitted": ("proposed", "set", "rejected"),
            "set": ("fulfilled", "waived"),
        },
        draft="proposed",
        locked=("submitted", "set", "rejected", "fulfilled", "waived"),
        tones={
            "proposed": "draft",
            "submitted": "run",
            "set": "warn",
            "fulfilled": "ok",
            "waived": "mute",
            "rejected": "bad",
        },
    )
    signed_by = (
        Route(
            "AF-03", _("Set additional conditions"),
            Step("manager", _("Marketing manager"), "marketing_manager", within=3, escalates_to="superior"),
            article="D1§10.2(2)",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    conditions: Mapped[MultiChoice] = field(
        lazy_pgettext("condition", "Conditions"),
        choices=ConditionKind,
        several=True,
        article="D1§10.2(3)",
    )
    basis: Mapped[MultiChoice] = field(
        lazy_pgettext("condition", "Basis"),
        choices=ConditionBasis,
        several=True,
        article="D1§10.2(1)",
    )
    basis_report_id: Mapped[int] = reference(
        _("Investigation report"), "customer_investigation_report.id"
    )
    basis_report: Mapped[CustomerInvestigationReport] = relationship(foreign_keys=basis_report_id)
    details: Mapped[Prose | None] = field(lazy_pgettext("condition", "Details"))
    holds_up_trade: Mapped[bool] = field(
        _("Trade begins only when it is fulfilled"),
        default=False,
        width=6,
        help=_("For a customer whose trade card is approved or under way."),
    )
    due_on: Mapped[date | None] = field(lazy_pgettext("condition", "Due"), sortable=True)
    fulfilled_on: Mapped[date | None] = field(_("Fulfilled on"), machine=True, sortable=True)
    evidence = files(lazy_pgettext("condition", "Proof"))

    def before_submission(self) -> Iterator[Refusal]:
        yield from rules.report_was_handed_in(self)

    @classmethod
    def holding_up(cls, customer: Customer) -> bool:
        """Whether a condition that stands keeps the customer from trading."""
        query = cls.living().where(
            cls.customer_id == customer.id, cls.state == "set", cls.holds_up_trade.is_(True)
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.with_only_columns(cls.id).limit(1)) is not None

    @classmethod
    def overdue(cls) -> Any:
        return (cls.state == "set") & (cls.due_on < clock.today())


__all__ = ["AdditionalCondition"]
