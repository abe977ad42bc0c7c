"""The trade card: without one that head office approved nobody trades with us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.documents import Printout
from app.domains.credit import rules
from app.domains.credit.investigations import CreditInvestigation
from app.domains.credit.signed import signed_first_by
from app.domains.directory.models import Customer
from app.domains.directory.rules import managers_are_not_more_than_staff
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Line,
    LineRecord,
    Money,
    MultiChoice,
    Phone,
    Prose,
    Quantity,
    Record,
    Refusal,
    States,
    Title,
    Url,
    Word,
    field,
    lines,
    once,
    reference,
    settings,
)
from app.records.plain_rules import not_below_zero


class CardState(Choices):
    DRAFT = "draft", lazy_pgettext("trade card", "Draft")
    WITH_CUSTOMER = "with_customer", _("With the customer")
    COMPLETE = "complete", _("Filled in completely")
    SUBMITTED = "submitted", _("Handed to the marketing manager")
    MANAGER_APPROVED = "manager_approved", _("Agreed by the marketing manager")
    HQ_SUBMITTED = "hq_submitted", _("Handed to head office")
    HQ_APPROVED = "hq_approved", _("Approved by head office")
    REJECTED = "rejected", lazy_pgettext("trade card", "Rejected")
    RETURNED = "returned", lazy_pgettext("trade card", "Returned")
    SUPERSEDED = "superseded", _("Replaced by a newer version")


#: a card in one of these is being written or decided
ON_ITS_WAY = (
    "draft",
    "with_customer",
    "complete",
    "returned",
    "submitted",
    "manager_approved",
    "hq_submitted",
)
IN_FORCE = "hq_approved"


class CardField(Choices):
    """What of the card the customer fills in himself (D1§10.1(3): 有关事项交客户填写)."""

    NAME = "name", lazy_pgettext("trade card", "Name")
    HEADQUARTERS = "headquarters", _("Headquarters")
    TRADING_PLACE = "trading_place", _("Place of the trading partner")
    CONTACT_ADDRESS = "contact_address", _("Address for correspondence")
    CONTACT_PHONE = "contact_phone", _("Telephone for contact")
    CONTACT_EMAIL = "contact_email", _("E-mail for contact")
    WEBSITE = "website", _("Website")
    OPENED_ON = "opened_on", _("Opened business on")
    CAPITAL = "capital", _("Capital")
    EMPLOYEE_COUNT = "employee_count", _("Number of employees")
    MANAGER_COUNT = "manager_count", _("Number of managers")
    ASSETS = "assets", _("Detailed list of equipment and real estate")
    OPERATOR_AGE_STRUCTURE = "operator_age_structure", _("Age structure of the operators")
    CREDIT_LIMIT_REQUESTED = "credit_limit_requested", _("Credit limit applied for")


#: what a new card takes over from the customer's file
FROM_THE_FILE = {
    "name": "name",
    "headquarters": "headquarters",
    "trading_place": "trading_place",
    "contact_address": "address",
    "contact_phone": "phone",
    "website": "website",
    "opened_on": "opened_on",
    "capital": "capital_amount",
    "capital_currency": "registered_capital_currency",
    "employee_count": "employee_count",
    "manager_count": "manager_count",
    "operator_age_structure": "operator_age_structure",
}


class TradeCard(Approvable, Record):
    """The card that is filled in without a blank before a customer may trade, in two copies: the representative keeps one, head office approves the other."""

    __tablename__ = "trade_card"
    # BR-024 as the database keeps it, for two clerks at the same moment.
    __table_args__ = (
        once(
            "uq_trade_card_on_its_way", "customer_id",
            where="state IN ('draft', 'with_customer', 'complete', 'returned', 'submitted', 'manager_approved', 'hq_submitted')",
            refusal=_("A card of this customer is on its way already."),
        ),
        once(
            "uq_trade_card_in_force", "customer_id", where="state = 'hq_approved'",
            refusal=_("A card of this customer is in force already."),
        ),
    )  # fmt: skip
    catalogue_code = "R30"
    sources = ("D1§10.1(2)", "D1§10.1(3)", "D1§10.1(4)", "D1§10.1(5)", "D1§10.1(6)", "D1§10.1(7)", "D1§10.1(8)")  # fmt: skip
    numbered = "JYK-{year}{month:02}-{seq:04}"
    owned_by = ("sales_rep_id",)
    owned_through = ("customer",)
    ruled_by = (
        rules.one_card_is_on_its_way,
        rules.card_stays_with_its_customer,
        rules.finished_card_has_no_blank,
        rules.no_assets_means_none,
        rules.mail_address_is_one,
        rules.both_copies_are_on_their_way,
        rules.change_says_why,
        managers_are_not_more_than_staff,
        not_below_zero("capital", "employee_count", "manager_count", "credit_limit_requested"),
    )  # fmt: skip
    outcome = Outcome(
        submitted="submitted",
        approved=IN_FORCE,
        rejected="rejected",
        returned="returned",
        ready=("complete",),
    )
    states = States(
        CardState,
        start="draft",
        moves={
            "draft": ("with_customer", "complete"),
            "with_customer": ("complete",),
            "complete": ("with_customer", "submitted"),
            "returned": ("with_customer", "submitted"),
            "submitted": ("manager_approved", "rejected", "returned"),
            "manager_approved": ("hq_submitted", "rejected", "returned"),
            "hq_submitted": ("manager_approved", "hq_approved", "rejected", "returned"),
            "hq_approved": ("superseded",),
        },
        draft="draft",
        locked=(
            "submitted",
            "manager_approved",
            "hq_submitted",
            "hq_approved",
            "rejected",
            "superseded",
        ),
        # The manager's signature forwards it; the approval of a newer version replaces it.
        elsewhere=("hq_submitted", "superseded"),
        tones={
            "draft": "draft",
            "with_customer": "run",
            "complete": "run",
            "submitted": "run",
            "manager_approved": "run",
            "hq_submitted": "run",
            "hq_approved": "ok",
            "rejected": "bad",
            "returned": "warn",
            "superseded": "mute",
        },
    )
    signed_by = (
        # BR-023: the marketing manager before head office.
        Route(
            "AF-01", _("Open trade with a new customer"),
            Step(
                "manager", _("Marketing manager"), "marketing_manager", sets_state="manager_approved",
                edits=("copy_rep_kept_on", "copy_hq_forwarded_on"), within=2, escalates_to="superior",
            ),
            Step("hq", _("Head office"), "hq_approver", within=3, escalates_to="general_manager"),
            article="D1§10.1(8)",
        ),
        Route(
            "AF-02", _("Adjust an approved trade card"),
            Step(
                "manager", _("Marketing manager"), "marketing_manager", sets_state="manager_approved",
                edits=("copy_rep_kept_on", "copy_hq_forwarded_on"), within=2, escalates_to="superior",
            ),
            Step("hq", _("Head office"), "hq_approver", within=3, escalates_to="general_manager"),
            article="D1§10.1(7)", when="card_version > 1", priority=5,
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "trade_card.html", _("Customer trade card"), form="E07", article="D1§10.1",
            subtitle=_("in two copies"),
            copies=(_("Copy kept by the sales representative"), _("Copy for head office")),
            signatures=(_("Marketing manager"), _("Head office")),
            context=signed_first_by(_("Sales representative"), "sales_rep", before=(_("Customer"),)),
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    sales_rep_id: Mapped[int | None] = reference(
        _("Sales representative"), "employee.id", help=_("By default the customer's own.")
    )
    sales_rep: Mapped[Employee | None] = relationship(foreign_keys=sales_rep_id)
    customer_filled_fields: Mapped[MultiChoice | None] = field(
        _("Left to the customer to fill in"), choices=CardField, several=True, article="D1§10.1(3)"
    )
    name: Mapped[Title | None] = field(
        lazy_pgettext("trade card", "Name"), searched=True, sortable=True
    )
    headquarters: Mapped[Line | None] = field(_("Headquarters"))
    trading_place: Mapped[Line | None] = field(_("Place of the trading partner"))
    contact_address: Mapped[Line | None] = field(_("Address for correspondence"), personal=True)
    contact_phone: Mapped[Phone | None] = field(_("Telephone for contact"))
    contact_email: Mapped[Line | None] = field(
        _("E-mail for contact"), width=4, help=_("Where there is none, write “无”.")
    )
    website: Mapped[Url | None] = field(_("Website"), help=_("Where there is none, write “无”."))
    opened_on: Mapped[date | None] = field(_("Opened business on"))
    capital: Mapped[Money | None] = field(_("Capital"), unit="@capital_currency")
    capital_currency: Mapped[Word | None] = field(_("Currency of the capital"))
    employee_count: Mapped[int | None] = field(_("Number of employees"))
    manager_count: Mapped[int | None] = field(_("Number of managers"))
    asset_lines: Mapped[list[TradeCardAsset]] = relationship(
        back_populates="card", cascade="all, delete-orphan", order_by="TradeCardAsset.order_no"
    )
    assets = lines(_("Detailed list of equipment and real estate"), "asset_lines")
    no_assets: Mapped[bool] = field(_("No equipment and no real estate"), default=False, width=6)
    operator_age_structure: Mapped[Prose | None] = field(
        _("Age structure of the operators"), personal=True
    )
    credit_limit_requested: Mapped[Money | None] = field(
        _("Credit limit applied for"), unit="USD", sortable=True
    )
    copy_rep_kept_on: Mapped[date | None] = field(
        _("Copy kept by the representative on"),
        article="D1§10.1(4)",
        help=_("By default the day the card is handed in."),
    )
    copy_hq_forwarded_on: Mapped[date | None] = field(
        _("Copy forwarded to head office on"),
        article="D1§10.1(4)",
        help=_("The marketing manager says it when he agrees; by default that day."),
    )
    card_version: Mapped[int] = field(
        _("Version of the card"), catalogue="version", default=1, machine=True, sortable=True
    )
    replaces_id: Mapped[int | None] = reference(
        _("Adjusts the card"), "trade_card.id", machine=True
    )
    replaces: Mapped[TradeCard | None] = relationship(
        foreign_keys=replaces_id, remote_side="TradeCard.id"
    )
    change_reason: Mapped[Prose | None] = field(_("Why it is adjusted"), article="D1§10.1(7)")

    @property
    def company_cap(self) -> Any:
        return settings.get("credit_company_cap_usd")

    @classmethod
    def states_by_signature(cls) -> frozenset[str]:
        return super().states_by_signature() | {"hq_submitted", "superseded"}

    def before_submission(self) -> Iterator[Refusal]:
        """BR-021, AF-01: no blank, an investigation of the customer, and no more than the company grants."""
        yield from rules.blanks_of(self)
        if not CreditInvestigation.there_is_one_of(self.customer_id):
            yield Refusal(
                gettext("Investigate the customer's credit first, and hand the result in."),
                "customer_id",
            )
        cap, asked = self.company_cap, self.credit_limit_requested
        if cap is not None and asked is not None and asked > cap:
            yield Refusal(
                gettext("No customer's limit is above %(cap)s USD.", cap=f"{cap:,.2f}"),
                "credit_limit_requested",
            )

    def compared_with(self) -> TradeCard | None:
        """AF-02: who signs an adjusted card sees what differs from the one in force."""
        return self.replaces

    def approved(self, case: Any) -> None:
        """BR-023, BR-024: from here on the customer trades; an older version steps back."""
        from app.domains.credit import operations  # the verbs know the records, not the other way

        operations.card_comes_into_force(self)

    def other_on_its_way(self) -> TradeCard | None:
        """Another living card of this customer that is being written or decided, if this one is."""
        if self.customer_id is None or (self.state or "draft") not in ON_ITS_WAY or self.is_void:
            return None
        cls = type(self)
        query = cls.living().where(
            cls.customer_id == self.customer_id,
            cls.state.in_(ON_ITS_WAY),
            cls.id != (self.id or 0),
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))

    @classmethod
    def in_force(cls, customer: Customer) -> TradeCard | None:
        """The card of a customer that head office approved and nothing has replaced."""
        query = cls.living().where(cls.customer_id == customer.id, cls.state == IN_FORCE)
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))


class AssetKind(Choices):
    EQUIPMENT = "equipment", lazy_pgettext("asset", "Equipment")
    REAL_ESTATE = "real_estate", lazy_pgettext("asset", "Real estate")


class Ownership(Choices):
    OWN = "own", lazy_pgettext("asset", "Own")
    RENTED = "rented", lazy_pgettext("asset", "Rented")


class TradeCardAsset(LineRecord):
    """A piece of equipment or real estate of the customer, part of his trade card."""

    __tablename__ = "trade_card_asset"
    catalogue_code = "R31"
    sources = ("D1§10.1(6)",)
    parent = "card"
    ruled_by = (not_below_zero("quantity", "value"),)

    card_id: Mapped[int] = reference(_("Trade card"), "trade_card.id")
    card: Mapped[TradeCard] = relationship(back_populates="asset_lines")
    kind: Mapped[Choice] = field(lazy_pgettext("asset", "Kind"), choices=AssetKind)
    name: Mapped[Line] = field(lazy_pgettext("asset", "Name"))
    quantity: Mapped[Quantity | None] = field(_("Quantity"))
    location: Mapped[Line | None] = field(_("Location"))
    value: Mapped[Money | None] = field(lazy_pgettext("asset", "Value"))
    ownership: Mapped[Choice | None] = field(_("Ownership"), choices=Ownership)
    mortgaged: Mapped[bool] = field(_("Mortgaged"), default=False)


__all__ = ["TradeCard", "TradeCardAsset"]
