"""Contracts and orders, and the review that comes before they are signed or confirmed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines.dates import Deadline
from app.documents import Printout
from app.domains.credit import lending_rules
from app.domains.directory.models import Customer, Product
from app.organisation import people
from app.organisation.models import Department
from app.records import (
    Choice,
    Choices,
    ExactMoney,
    Kind,
    Line,
    LineRecord,
    Money,
    MultiChoice,
    Prose,
    Quantity,
    Record,
    Stateful,
    States,
    Word,
    calculated,
    clock,
    field,
    lines,
    reference,
)


class ReviewState(Choices):
    OPEN = "open", lazy_pgettext("contract review", "Open")
    SUBMITTED = "submitted", lazy_pgettext("contract review", "With the departments")
    CAPABLE = "capable", lazy_pgettext("contract review", "Capable")
    NOT_CAPABLE = "not_capable", lazy_pgettext("contract review", "Not capable")


class ContractReview(Approvable, Record):
    """Before a contract is signed or an order confirmed: are we able to do what the customer and the law require?"""

    __tablename__ = "contract_review"
    catalogue_code = "R48"
    sources = ("D3§4.2.1",)
    numbered = "HTPS-{year}{month:02}-{seq:04}"
    titled_by = "contract_or_order"
    owned_through = ("customer",)
    outcome = Outcome(
        submitted="submitted", approved="capable", rejected="not_capable", returned="open"
    )
    states = States(
        ReviewState,
        start="open",
        moves={"open": ("submitted",), "submitted": ("open", "capable", "not_capable")},
        draft="open",
        locked=("submitted", "capable", "not_capable"),
        tones={
            "open": "draft",
            "submitted": "run",
            "capable": "ok",
            "not_capable": "bad",
        },
    )
    signed_by = (
        Route(
            "AF-18", _("Contract review (AF-18)"),
            Step("quality", _("Quality department"), "quality_dept", edits=("quality_opinion",), within=2, escalates_to="superior"),
            Step("technical", _("Technical application"), "technical_application", edits=("technical_opinion",), within=2, escalates_to="superior"),
            Step("head", _("Head of the department"), head="requester", on_empty="skip", within=2),
            Step("manager", _("Marketing manager"), "marketing_manager", edits=("conclusion",), on_repeat="again", within=2),
            article="D3§4.2.1",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "contract_review.html", _("Contract review form"), form="E49", article="D3§4.2.1",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "needed_by", _("Review before the contract is signed (DL-32)"), open_in=("open", "submitted"),
            roles=("sales_service_desk",), escalates_to=("marketing_manager",), the_day_before=True, code="DL-32",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    contract_or_order: Mapped[Line] = field(_("Contract or order"), searched=True)
    needed_by: Mapped[date | None] = field(
        _("To be signed or confirmed on"), sortable=True, article="D3§4.2.1"
    )
    customer_requirements: Mapped[Prose] = field(_("Requirements of the customer"))
    regulatory_requirements: Mapped[Prose] = field(_("Requirements of laws and regulations"))
    department_lines: Mapped[list[ReviewOpinion]] = relationship(
        back_populates="review",
        cascade="all, delete-orphan",
        order_by="ReviewOpinion.order_no",
    )
    reviewers = lines(_("Opinions of further departments"), "department_lines")
    quality_opinion: Mapped[Prose | None] = field(_("Opinion of the quality department"))
    technical_opinion: Mapped[Prose | None] = field(_("Opinion of technical application"))
    capable: Mapped[bool | None] = field(
        _("Able to meet the requirements"),
        machine=True,
        help=_("Approved: able. Rejected: not able."),
    )
    conclusion: Mapped[Prose | None] = field(lazy_pgettext("contract review", "Conclusion"))
    reviewed_on: Mapped[date | None] = field(_("Reviewed on"), machine=True, sortable=True)

    @property
    def organiser(self) -> Any:
        return people.employee_of(self.created_by_id) or ""

    def approved(self, case: Any) -> None:
        """AF-18: the contract may be signed."""
        self._conclude(True)

    def rejected(self, case: Any) -> None:
        """AF-18: it may not."""
        self._conclude(False)

    def _conclude(self, capable: bool) -> None:
        self.capable, self.reviewed_on = capable, clock.today()


class ReviewOpinion(LineRecord):
    """What a department says to a contract."""

    __tablename__ = "review_opinion"
    parent = "review"

    review_id: Mapped[int] = reference(_("Contract review"), "contract_review.id")
    review: Mapped[ContractReview] = relationship(back_populates="department_lines")
    dept_id: Mapped[int] = reference(_("Department"), "department.id")
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    opinion: Mapped[Prose] = field(lazy_pgettext("contract review", "Opinion"))


class ContractKind(Choices):
    CONTRACT = "contract", lazy_pgettext("sales contract", "Contract")
    ORDER = "order", lazy_pgettext("sales contract", "Order")


class SpecialTerm(Choices):
    TRAINING = "training", _("Technical training")
    ON_SITE = "on_site", _("Service on site")


class ContractState(Choices):
    DRAFT = "draft", lazy_pgettext("sales contract", "Draft")
    SIGNED = "signed", lazy_pgettext("sales contract", "Signed or confirmed")
    DONE = "done", lazy_pgettext("sales contract", "Done")


class SalesContract(Stateful, Record):
    """What is sold to a customer and on which terms; signed or confirmed only after the review."""

    __tablename__ = "sales_contract"
    catalogue_code = "R49"
    sources = ("D3§4.2.1", "D1§10.2(3)", "D1§7.2(4)", "D5§6.2.1")
    numbered = "XSHT-{year}{month:02}-{seq:04}"
    titled_by = "contract_no"
    owned_through = ("customer",)
    ruled_by = (
        lending_rules.amount_is_above_zero,
        lending_rules.currency_has_its_rate,
        lending_rules.credit_is_part_of_the_amount,
        lending_rules.lines_add_up,
        lending_rules.signed_on_its_day,
        lending_rules.signed_after_its_review,
        lending_rules.contract_fits_the_credit,
    )
    states = States(
        ContractState,
        start="draft",
        moves={"draft": ("signed",), "signed": ("done",)},
        draft="draft",
        locked=("signed", "done"),
        tones={"draft": "draft", "signed": "run", "done": "ok"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("sales contract", "Kind"), choices=ContractKind, default="contract"
    )
    contract_no: Mapped[Word | None] = field(
        _("Number of the contract or order"), searched=True, sortable=True, catalogue="no"
    )
    review_id: Mapped[int | None] = reference(
        _("Contract review"),
        "contract_review.id",
        among=lambda cls: cls.voided_at.is_(None),
        catalogue="review",
    )
    review: Mapped[ContractReview | None] = relationship(foreign_keys=review_id)
    amount: Mapped[Money] = field(
        lazy_pgettext("sales contract", "Amount"), unit="@currency", sortable=True
    )
    currency: Mapped[Word] = field(lazy_pgettext("credit", "Currency"), default="USD", width=3)
    usd_rate: Mapped[ExactMoney | None] = field(
        _("Units for one US dollar"),
        width=3,
        help=_("Only for another currency than the dollar: how many units make one."),
    )
    credit_amount: Mapped[Money] = field(
        _("Of this on credit"),
        default=Decimal(0),
        unit="@currency",
        help=_("Must fit into the credit limit when it is signed."),
    )
    product_lines: Mapped[list[ContractLine]] = relationship(
        back_populates="contract",
        cascade="all, delete-orphan",
        order_by="ContractLine.order_no",
    )
    products = lines(lazy_pgettext("sales contract", "Products"), "product_lines")
    signed_on: Mapped[date | None] = field(_("Signed or confirmed on"), sortable=True)
    special_terms: Mapped[MultiChoice | None] = field(
        _("Special terms"), choices=SpecialTerm, several=True, article="D5§6.2.1"
    )
    terms: Mapped[Prose | None] = field(_("Terms in words"))
    notarised: Mapped[bool] = field(_("Notarised"), default=False, article="D1§7.2(4)")

    def standing(self) -> lending_rules.Standing | None:
        """How the customer would stand with what is sold on credit here."""
        from app.domains.credit.ledger import (
            standing_of,  # the ledger knows contracts, not the other way
        )

        customer = self.referred("customer")
        if customer is None:
            return None
        sold = lending_rules.in_dollars(self.credit_amount, self.usd_rate)
        return standing_of(customer, more=sold)


class ContractLine(LineRecord):
    """What is sold, how many, at which price."""

    __tablename__ = "contract_line"
    parent = "contract"

    contract_id: Mapped[int] = reference(_("Sales contract or order"), "sales_contract.id")
    contract: Mapped[SalesContract] = relationship(back_populates="product_lines")
    product_id: Mapped[int] = reference(_("Product"), "product.id")
    product: Mapped[Product] = relationship(foreign_keys=product_id)
    quantity: Mapped[Quantity] = field(_("Quantity"))
    price: Mapped[ExactMoney] = field(lazy_pgettext("sales contract", "Price"))

    @calculated(lazy_pgettext("sales contract", "Line amount"), Kind.MONEY)
    def line_amount(self) -> Decimal:
        each = (self.quantity or Decimal(0)) * (self.price or Decimal(0))
        return each.quantize(lending_rules.CENT)


__all__ = ["ContractLine", "ContractReview", "ReviewOpinion", "SalesContract"]
