"""What is found out about a customer's credit, and how it is reported to the superior."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.documents import Printout
from app.domains.credit import rules
from app.domains.credit.signed import signed_first_by
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
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
    States,
    calculated,
    clock,
    field,
    files,
    lines,
    reference,
)
from app.records.plain_rules import has_happened, not_below_zero


class SourceOfNews(Choices):
    """BR-040, D1§5: through whom it was found out; four outside the company, two inside."""

    BANK = "bank", _("Financial institution (such as a bank)")
    AGENCY = "agency", _("Credit investigation agency")
    CUSTOMER = "customer", lazy_pgettext("investigation", "Customer")
    TRADE_BODY = "trade_body", _("Organisation of the trade")
    COLLEAGUE = "colleague", _("Colleague")
    NEWS = "news", _("Analysis of the news")


OUTSIDE = ("bank", "agency", "customer", "trade_body")


class InvestigationState(Choices):
    DRAFT = "draft", lazy_pgettext("investigation", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("investigation", "Submitted")
    REVIEWED = "reviewed", _("Read by the superior")


class ItemSection(Choices):
    COMPANY = "company", _("2. State of the company")
    FUNDING = "funding", _("3. Raising of funds")
    PAYMENT = "payment", _("4. Payment")


class OperatorItem(Choices):
    """Section 1, D1§6.1: about the person who runs the business."""

    FAMILY = "family", _("Atmosphere of the family")
    SHOP = "shop", _("Atmosphere of the shop")
    MARRIAGE = "marriage", _("Relation of husband and wife")
    HABITS = "habits", _("Conduct and hobbies")
    ZEAL = "zeal", _("Zeal for work")
    COMMUNITY = "community", _("Service to the community")
    STYLE = "style", _("Style of work")
    OTHER = "other", _("Other")


class CompanyItem(Choices):
    """Sections 2 to 4, D1§6.2 to §6.4."""

    TEAM_SPIRIT = "team_spirit", _("Team spirit of the staff")
    OBEDIENCE = "obedience", _("Attitude to orders")
    EFFICIENCY = "efficiency", _("Efficiency of work")
    TURNOVER = "turnover", _("Turnover of staff")
    CONDUCT = "conduct", _("Conduct at work")
    SOLVENCY = "solvency", _("State of payments")
    EARLY_RECALL = "early_recall", _("Possibility that loans are recalled early")
    BILL_BUSINESS = "bill_business", _("Business in bills")
    DEBTS = "debts", _("State of debts")
    MAIN_BANK = "main_bank", _("Relation to the house bank")
    FUNDING_ACCOUNT = "funding_account", _("Bank account")
    SHAREHOLDERS = "shareholders", _("Relation to the main shareholders")
    PAYMENT_TIME = "payment_time", _("Time of payment")
    PAYMENT_PARTS = "payment_parts", _("Composition of payment")
    PAYMENT_WAY = "payment_way", _("Way of payment")
    PAYMENT_ATTITUDE = "payment_attitude", _("Attitude to payment")
    BILL_CONDUCT = "bill_conduct", _("Conduct with bills")
    PAYMENT_ACCOUNT = "payment_account", _("Bank account")
    BANK_SANCTION = "bank_sanction", _("Whether the bank ever took compulsory measures")
    OTHER = "other", _("Other")


#: what is asked about each customer, in the order of D1§6
PRESET_OF_SECTION_1 = tuple(value for value, _label in OperatorItem.options() if value != "other")
PRESET = {
    "company": ("team_spirit", "obedience", "efficiency", "turnover", "conduct"),
    "funding": (
        "solvency",
        "early_recall",
        "bill_business",
        "debts",
        "main_bank",
        "funding_account",
        "shareholders",
    ),
    "payment": (
        "payment_time",
        "payment_parts",
        "payment_way",
        "payment_attitude",
        "bill_conduct",
        "payment_account",
        "bank_sanction",
    ),
}


class Rating(Choices):
    GOOD = "good", lazy_pgettext("rating", "Good")
    FAIR = "fair", lazy_pgettext("rating", "Fair")
    POOR = "poor", lazy_pgettext("rating", "Poor")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class CreditInvestigation(Approvable, Record):
    """How far a customer deserves credit: the operator, the company, its funds and how it pays."""

    __tablename__ = "credit_investigation"
    catalogue_code = "R32"
    sources = ("D1§5", "D1§6", "D1§11.1(1)")
    numbered = "XYDC-{year}{month:02}-{seq:04}"
    titled_by = "number"
    # Not through the customer: the first section is for who wrote it and those above (§6).
    owned_by = ("investigator_id",)
    reads_logged = True
    ruled_by = (
        has_happened("investigated_on"),
        rules.score_is_a_score,
        rules.items_are_named,
        rules.items_stand_in_their_section,
        rules.sanction_is_answered_by_yes_or_no,
        not_below_zero("best_limit", "cost"),
    )
    outcome = Outcome(submitted="submitted", approved="reviewed", rejected="draft")
    states = States(
        InvestigationState,
        start="draft",
        moves={"draft": ("submitted",), "submitted": ("draft", "reviewed")},
        draft="draft",
        locked=("submitted", "reviewed"),
        tones={"draft": "draft", "submitted": "run", "reviewed": "ok"},
    )
    signed_by = (
        Route(
            "credit_investigation", _("Credit investigation"),
            Step(
                "superior", lazy_pgettext("investigation", "Superior"), "marketing_manager", within=3, escalates_to="superior"
            ),
            article="D1§7.1",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "credit_investigation.html", _("Credit investigation of a customer"), form="E08",
            article="D1§5–6", signatures=(lazy_pgettext("investigation", "Superior"),),
            context=signed_first_by(lazy_pgettext("investigation", "Investigator"), "investigator"),
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    investigator_id: Mapped[int] = reference(
        lazy_pgettext("investigation", "Investigator"), "employee.id", sortable=True
    )
    investigator: Mapped[Employee] = relationship(foreign_keys=investigator_id)
    investigated_on: Mapped[date] = field(_("Investigated on"), sortable=True)
    channel: Mapped[Choice] = field(
        lazy_pgettext("investigation", "Channel"), choices=SourceOfNews, sortable=True
    )
    institution_name: Mapped[Line | None] = field(_("Name of the institution"))
    cost: Mapped[Money | None] = field(lazy_pgettext("investigation", "Cost"))
    operator_items: Mapped[list[OperatorFinding]] = relationship(
        back_populates="investigation",
        cascade="all, delete-orphan",
        order_by="OperatorFinding.order_no",
    )
    section_1 = lines(
        _("1. The operator"),
        "operator_items",
        help=_(
            "Personal data, voluntary: seen by who wrote it, the marketing manager and head office; never exported."
        ),
    )
    company_items: Mapped[list[CompanyFinding]] = relationship(
        back_populates="investigation",
        cascade="all, delete-orphan",
        order_by="CompanyFinding.order_no",
    )
    items = lines(_("2. to 4. Company, funds, payment"), "company_items")
    best_limit: Mapped[Money | None] = field(_("Best credit limit"), unit="USD")
    condition_necessity: Mapped[Prose | None] = field(
        _("Whether additional conditions are necessary"), article="D1§11.1(1)"
    )
    overall_score: Mapped[int | None] = field(_("Overall score (0 to 100)"))
    changed_since_last: Mapped[bool] = field(
        _("Changed since the last investigation"), default=False, width=6
    )
    conclusion: Mapped[Prose | None] = field(
        lazy_pgettext("investigation", "Conclusion"), searched=True
    )
    evidence = files(lazy_pgettext("investigation", "Documents"))

    @calculated(_("Inside or outside"), Kind.LINE)
    def channel_kind(self) -> Any:
        """D1§5: 外部机构 or 内部调查."""
        if not self.channel:
            return ""
        return str(_("Outside agency") if self.channel in OUTSIDE else _("Inside the company"))

    @classmethod
    def there_is_one_of(cls, customer_id: int) -> bool:
        """AF-01: whether an investigation of the customer was handed in."""
        query = cls.living().where(cls.customer_id == customer_id, cls.state != "draft")
        with db.session.no_autoflush:
            return db.session.scalar(query.with_only_columns(cls.id).limit(1)) is not None


class OperatorFinding(LineRecord):
    """An answer of section 1, about the operator (personal data)."""

    __tablename__ = "credit_investigation_operator"
    parent = "investigation"

    investigation_id: Mapped[int] = reference(_("Credit investigation"), "credit_investigation.id")
    investigation: Mapped[CreditInvestigation] = relationship(back_populates="operator_items")
    item: Mapped[Choice] = field(lazy_pgettext("investigation", "Item"), choices=OperatorItem)
    other_item: Mapped[Line | None] = field(_("Further item"))
    rating: Mapped[Choice | None] = field(lazy_pgettext("investigation", "Rating"), choices=Rating)
    text: Mapped[Line | None] = field(_("What was found"), personal=True)


class CompanyFinding(LineRecord):
    """An answer of sections 2 to 4."""

    __tablename__ = "credit_investigation_item"
    parent = "investigation"

    investigation_id: Mapped[int] = reference(_("Credit investigation"), "credit_investigation.id")
    investigation: Mapped[CreditInvestigation] = relationship(back_populates="company_items")
    section: Mapped[Choice] = field(lazy_pgettext("investigation", "Section"), choices=ItemSection)
    item: Mapped[Choice] = field(lazy_pgettext("investigation", "Item"), choices=CompanyItem)
    other_item: Mapped[Line | None] = field(_("Further item"))
    rating: Mapped[Choice | None] = field(lazy_pgettext("investigation", "Rating"), choices=Rating)
    text: Mapped[Line | None] = field(_("What was found"))

    def home_section(self) -> str:
        """The section the preset item belongs to; further items stand in any."""
        return next((section for section, items in PRESET.items() if self.item in items), "")


class ReportMode(Choices):
    DAILY = "daily", _("Daily report")
    URGENT = "urgent", _("Urgent report")
    PERIODIC = "periodic", _("Periodic report")


class ReportForm(Choices):
    ORAL = "oral", _("By word of mouth")
    WRITTEN = "written", lazy_pgettext("investigation report", "In writing")


class ReportState(Choices):
    DRAFT = "draft", lazy_pgettext("investigation report", "Draft")
    REPORTED = "reported", lazy_pgettext("investigation report", "Reported")
    INSTRUCTED = "instructed", lazy_pgettext("investigation report", "Instructed")
    EXECUTED = "executed", lazy_pgettext("investigation report", "Carried out")
    CLOSED = "closed", lazy_pgettext("investigation report", "Closed")


class Measure(Choices):
    """D1§7.2(4): what may be done where a customer's credit has become worse."""

    GUARANTORS = "guarantors", _("The customer gives a guarantor and a joint guarantor")
    DEPOSIT = "deposit", _("A higher credit deposit")
    NOTARISE = "notarise", _("The contract is notarised")
    LESS_SUPPLY = "less_supply", _("Less is supplied")
    DISPATCH_LIMITED = "dispatch_limited", _("Dispatch is limited")
    SUBROGATION = "subrogation", _("Payment by a third party is accepted")
    GOODS_FOR_DEBT = "goods_for_debt", _("Goods are accepted in payment")
    PURSUE_GUARANTOR = "pursue_guarantor", _("The debt is pursued with the guarantor")
    TAKE_COLLATERAL = "take_collateral", _("The collateral is accepted in payment")


class CustomerInvestigationReport(Approvable, Record):
    """What was found out about a customer, reported to the superior; in an urgent case nothing is done before he instructs."""

    __tablename__ = "customer_investigation_report"
    catalogue_code = "R33"
    sources = ("D1§7.1(1)", "D1§7.1(2)", "D1§7.2(1)", "D1§7.2(2)", "D1§7.2(3)", "D1§10.2(2)")
    numbered = "DCBG-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (
        rules.abnormality_is_urgent,
        rules.urgent_report_says_its_form,
        rules.nothing_is_done_without_instruction,
        has_happened("reported_on"),
        rules.investigation_is_of_this_customer,
    )
    outcome = Outcome(submitted="reported", approved="instructed", rejected="draft")
    states = States(
        ReportState,
        start="draft",
        moves={
            "draft": ("reported",),
            "reported": ("draft", "instructed"),
            "instructed": ("executed", "closed"),
            "executed": ("closed",),
        },
        draft="draft",
        locked=("reported", "instructed", "executed", "closed"),
        tones={
            "draft": "draft",
            "reported": "run",
            "instructed": "warn",
            "executed": "ok",
            "closed": "mute",
        },
    )
    signed_by = (
        Route(
            "AF-09", _("Urgent report on a customer's credit"),
            Step(
                "superior", lazy_pgettext("investigation", "Superior"), named_in="reported_to_id", on_empty="named",
                fallback=("marketing_manager",), edits=("instruction", "countermeasures"), within=1,
                escalates_to="general_manager",
            ),
            article="D1§7.2", when="report_mode = urgent", priority=5,
        ),
        Route(
            "AF-13", _("Report on an investigation of a customer"),
            Step(
                "superior", lazy_pgettext("investigation", "Superior"), named_in="reported_to_id", on_empty="named",
                fallback=("marketing_manager",), edits=("instruction",), within=3, escalates_to="superior",
            ),
            article="D1§7.1",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "customer_investigation_report.html", _("Report on the investigation of a customer"), form="E09",
            article="D1§7.1", signatures=(lazy_pgettext("investigation", "Superior"),),
            context=signed_first_by(_("Sales staff"), "reporter"),
        ),
    )  # fmt: skip

    report_mode: Mapped[Choice] = field(_("Way of reporting"), choices=ReportMode, sortable=True)
    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    investigation_id: Mapped[int | None] = reference(
        _("Credit investigation"), "credit_investigation.id"
    )
    investigation: Mapped[CreditInvestigation | None] = relationship(foreign_keys=investigation_id)
    abnormality: Mapped[bool] = field(
        _("Something is abnormal"),
        default=False,
        help=_("Then it is reported urgently (BR-036)."),
    )
    form: Mapped[Choice | None] = field(
        lazy_pgettext("investigation report", "Form"), choices=ReportForm
    )
    content: Mapped[Prose] = field(lazy_pgettext("investigation report", "Content"), searched=True)
    reported_to_id: Mapped[int] = reference(_("Superior in charge"), "employee.id")
    reported_to: Mapped[Employee] = relationship(foreign_keys=reported_to_id)
    reported_on: Mapped[datetime | None] = field(
        lazy_pgettext("customer report", "Reported at"),
        sortable=True,
        help=_("When the superior learned of it; by default when it is handed in."),
    )
    instruction: Mapped[Prose | None] = field(
        _("Explicit instruction of the superior"),
        article="D1§7.2(3)",
        help=_("The superior writes it when he signs."),
    )
    countermeasures: Mapped[MultiChoice | None] = field(
        _("Countermeasures instructed"),
        choices=Measure,
        several=True,
        article="D1§7.2(4)",
        help=_("Of an urgent report: what the superior names here is opened as a countermeasure."),
    )
    instructed_by_id: Mapped[int | None] = reference(
        _("Instructed by"), "employee.id", machine=True
    )
    instructed_by: Mapped[Employee | None] = relationship(foreign_keys=instructed_by_id)
    instructed_on: Mapped[date | None] = field(_("Instructed on"), machine=True)

    @property
    def reporter(self) -> Any:
        """Who wrote it."""
        return people.employee_of(self.created_by_id) or ""

    def approved(self, case: Any) -> None:
        """AF-09: the instruction stands, with who gave it. AF-13: read, and nothing remains to be done."""
        from app.domains.credit import emergencies  # the verbs know the records, not the other way

        self.instructed_by = people.who_acts()
        self.instructed_on = clock.today()
        if not (self.instruction or "").strip():
            self.state = ReportState.CLOSED.value
        db.session.flush()
        emergencies.open_countermeasure(self)

    @classmethod
    def without_instruction(cls) -> Any:
        """Urgent, and the superior has not spoken yet."""
        return (cls.report_mode == "urgent") & (cls.state == "reported")


__all__ = [
    "CompanyFinding",
    "CreditInvestigation",
    "CustomerInvestigationReport",
    "OperatorFinding",
]
