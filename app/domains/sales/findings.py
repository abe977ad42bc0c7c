"""What is found out: how much a customer trades altogether, and what the figures say."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, relationship

from app.domains.directory.models import Customer, Product
from app.domains.sales import rules
from app.domains.sales.periods import OfPeriod
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Line,
    LineRecord,
    Money,
    Prose,
    Record,
    Stateful,
    States,
    Word,
    field,
    lines,
    reference,
)


class EstimateMethod(Choices):
    """BR-062: the seven ways of D1§3.3(1)."""

    ASKED = "asked", _("Asked the customer for his trade of this year")
    SALES_PLAN = "sales_plan", _("Looked up the customer's sales plan of this year")
    INTENDED = "intended", _("Asked how much he intends to buy from us")
    FROM_OUR_SALES = "our_sales", _("Reckoned his sales from what we sell to him")
    FROM_STOCK = "stock", _("Reckoned turnover from his stock, and his sales from turnover")
    STATEMENTS = "statements", _("Obtained his annual statement of accounts")
    OTHERS = "others", _("Asked other companies")


class Trust(Choices):
    HIGH = "high", lazy_pgettext("estimate", "High")
    MEDIUM = "medium", lazy_pgettext("estimate", "Medium")
    LOW = "low", lazy_pgettext("estimate", "Low")


class CustomerTradeEstimate(OfPeriod, Record):
    """How much a customer trades in a month or a year with everybody, and how we know."""

    __tablename__ = "customer_trade_estimate"
    catalogue_code = "R54"
    sources = ("D1§3.3(1)",)
    numbered = "JYE-{year}{month:02}-{seq:05}"
    ruled_by = (
        rules.period_is_a_year_or_a_month,
        rules.estimate_is_positive,
        rules.estimate_was_asked_already,
        rules.statements_are_named,
    )
    deletable = "unused"
    owned_through = ("customer",)
    found_by = ("customer_id", "period", "method")
    titled_by = "number"

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id")
    customer: Mapped[Customer] = relationship()
    amount: Mapped[Money] = field(_("Trade of the customer"), unit="@currency", sortable=True)
    currency: Mapped[Word | None] = field(
        _("Currency"), help=_("Empty means the currency of the analyses.")
    )
    method: Mapped[Choice] = field(_("How it was found out"), choices=EstimateMethod)
    reliability: Mapped[Choice | None] = field(
        lazy_pgettext("estimate", "Reliability"), choices=Trust
    )
    source_document: Mapped[Line | None] = field(
        _("Document it is from"), help=_("Which statement, plan or letter; attach a copy.")
    )
    asked_on: Mapped[date] = field(_("Asked on"), sortable=True)


class NoteState(Choices):
    DRAFT = "draft", lazy_pgettext("policy", "Draft")
    READ = "read", lazy_pgettext("sales", "Read")


class SalesAnalysisNote(OfPeriod, Stateful, Record):
    """What a representative concludes from the figures of his customers; the marketing manager reads it."""

    __tablename__ = "sales_analysis_note"
    catalogue_code = "R60"
    sources = ("D1§4.2(5)", "D1§4.6(2)")
    numbered = "FXJL-{year}{month:02}-{seq:04}"
    ruled_by = (
        rules.period_is_a_year_or_a_month,
        rules.note_says_something,
        rules.a_product_is_pushed_once,
    )
    owned_through = ("customer",)
    titled_by = "number"
    states = States(
        NoteState,
        start="draft",
        moves={"draft": ("read",)},
        draft="draft",
        locked=("read",),
        tones={"draft": "draft", "read": "ok"},
    )

    customer_id: Mapped[int | None] = reference(
        _("Customer"), "customer.id", help=_("Empty: about all of one's own customers.")
    )
    customer: Mapped[Customer | None] = relationship()
    product_id: Mapped[int | None] = reference(
        _("Product"), "product.id", help=_("Empty: about all products.")
    )
    product: Mapped[Product | None] = relationship()
    tendency: Mapped[Prose | None] = field(_("Tendency of what is sold"), article="D1§4.2(5)")
    problem: Mapped[Prose | None] = field(_("Problems there are"), article="D1§4.2(5)")
    focus_correct: Mapped[bool | None] = field(
        _("The focus of marketing is right"), article="D1§4.2(5)"
    )
    hot_here_slow_there_reason: Mapped[Prose | None] = field(
        _("Why it sells well to one customer and badly to another"), article="D1§4.6(2)"
    )
    push_lines: Mapped[list[PushLine]] = relationship(
        back_populates="note", cascade="all, delete-orphan", order_by="PushLine.order_no"
    )
    products_to_push = lines(
        _("Products to push"),
        "push_lines",
        help=_("Those of a high contribution ratio: see the analysis of turnover."),
    )
    read_by_id: Mapped[int | None] = reference(
        lazy_pgettext("sales", "Read by"), "employee.id", machine=True
    )
    read_by: Mapped[Employee | None] = relationship(foreign_keys=read_by_id)
    read_on: Mapped[date | None] = field(lazy_pgettext("sales", "Read on"), machine=True)

    def was_read(self, reader: Any, day: date) -> None:
        """The manager has read it; from now on it stays as it is."""
        self.read_by, self.read_on, self.state = reader, day, NoteState.READ.value


class PushLine(LineRecord):
    """One product that should be pushed, because it contributes much."""

    __tablename__ = "sales_analysis_push"
    parent = "note"

    note_id: Mapped[int] = reference(
        _("Conclusion of the sales analysis"), "sales_analysis_note.id", ondelete="CASCADE"
    )
    note: Mapped[SalesAnalysisNote] = relationship(back_populates="push_lines")
    product_id: Mapped[int] = reference(_("Product"), "product.id")
    product: Mapped[Product] = relationship()


__all__ = [
    "CustomerTradeEstimate",
    "EstimateMethod",
    "PushLine",
    "SalesAnalysisNote",
]
