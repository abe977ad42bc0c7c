"""The masters everybody refers to: customers, their people, kinds of business, products, look-ups."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Mapped, relationship

from app.documents import Beside, Printout
from app.domains.directory import rules
from app.domains.directory.lookups import LookupValue, choices_of
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Email,
    Line,
    Money,
    MultiChoice,
    Phone,
    Prose,
    Record,
    Stateful,
    States,
    Title,
    Url,
    Word,
    field,
    neighbours,
    once,
    reference,
)
from app.records.neighbours import Neighbour
from app.records.plain_rules import has_happened


class BusinessType(Record):
    """The kinds of business by which sales are composed (业种)."""

    __tablename__ = "business_type"
    catalogue_code = "R50"
    sources = ("D1§3.1(1)", "D1§3.2(1)")
    numbered = "YZ-{seq:03}"
    deletable = "unused"
    common = True
    found_by = ("name",)

    name: Mapped[Title] = field(
        lazy_pgettext("business type", "Name"), searched=True, sortable=True, unique=True
    )
    order_no: Mapped[int] = field(_("Order"), default=0, sortable=True)


class PartyKind(Choices):
    SUPPLIER = "supplier", _("Supplier")
    DEALER = "dealer", _("Dealer")
    BUSINESS_CUSTOMER = "business_customer", _("Business customer")
    SPECIAL_PARTNER = "special_partner", _("Special customer or partner")


class SpecialKind(Choices):
    LAWYER = "lawyer", _("Lawyer")
    FINANCIAL_ADVISER = "financial_adviser", _("Financial adviser")
    ADVERTISING = "advertising", _("Advertising")
    PUBLIC_RELATIONS = "public_relations", _("Public relations")
    BANK = "bank", _("Bank")
    INSURANCE = "insurance", _("Insurance")
    FINANCING_HELP = "financing_help", _("Financing assistance agency")
    OTHER = "other", _("Other")


class TradeRoute(Choices):
    DIRECT = "direct", _("Direct customer")
    INDIRECT = "indirect", _("Indirect customer")


class RelationStage(Choices):
    PRESENT = "present", _("Present customer")
    FUTURE = "future", _("Future customer")
    POTENTIAL = "potential", _("Potential customer")
    NEGOTIATING = "negotiating", _("In negotiation")


class ChannelKind(Choices):
    CONSIGNEE = "consignee", _("Consignment seller")
    HOTEL = "hotel", _("Hotel customer")
    DISTRIBUTOR = "distributor", _("Distributor")
    CONSUMER = "consumer", _("General customer")


class TradeStatus(Choices):
    PROSPECT = "prospect", _("Prospect")
    CARD_PENDING = "card_pending", _("Trade card pending")
    TRADING = "trading", _("Trading")
    CREDIT_HOLD = "credit_hold", _("Credit hold")
    SUSPENDED = "suspended", _("Trade suspended")
    TERMINATED = "terminated", _("Trade terminated")
    ARCHIVED = "archived", _("Archived")
    ACTIVE = "active", _("Active partner")
    INACTIVE = "inactive", _("Inactive partner")


class CreditClass(Choices):
    """D1§9.1(1): the three classes of credit limits."""

    JIA = "jia", lazy_pgettext("credit class", "Class A")
    YI = "yi", lazy_pgettext("credit class", "Class B")
    BING = "bing", lazy_pgettext("credit class", "Class C")


_ENTERED_ONCE = _("A customer of this name at this address is entered already.")


class Customer(Stateful, Record):
    """Every supplier, dealer, business customer and partner the company deals with, once each."""

    __tablename__ = "customer"
    # BR-001 as the database keeps it, for two clerks at the same moment. No address is an address:
    # NULL differs from NULL in an index, hence two of them.
    __table_args__ = (
        once(
            "uq_customer_name_address", "name", "address",
            where="address IS NOT NULL AND address <> ''", refusal=_ENTERED_ONCE,
        ),
        once(
            "uq_customer_name_only", "name",
            where="(address IS NULL OR address = '')", refusal=_ENTERED_ONCE,
        ),
    )  # fmt: skip
    catalogue_code = "R01"
    sources = ("D1§1", "D1§2", "D1§10.1(6)", "D9§7", "D12§1", "D16§2", "D20§2", "D8§2")
    numbered = "KH-{year}{month:02}-{seq:04}"
    ruled_by = (
        rules.customer_is_entered_once,
        rules.special_kind_goes_with_special_partners,
        rules.credit_code_checks_out,
        rules.managers_are_not_more_than_staff,
        has_happened("first_contact_on"),
        rules.who_trades_begins_by_the_card,
    )
    reads_logged = True
    owned_by = ("responsible_rep_id",)
    found_by = ("unified_social_credit_code",)
    alike = (("name", "address"),)
    field_groups = {
        "name_only": ("number", "name", "party_kind"),
        "service_contact": ("number", "name", "address", "phone"),
        "identity": ("number", "name", "legal_representative", "address", "phone"),
    }
    states = States(
        TradeStatus,
        start="prospect",
        moves={
            # From a prospect to trade only who is taken over at go-live (BR-023).
            "prospect": ("card_pending", "trading", "active", "archived"),
            "card_pending": ("trading", "prospect"),
            "trading": ("credit_hold", "suspended", "terminated"),
            "credit_hold": ("trading", "suspended", "terminated"),
            "suspended": ("trading", "terminated"),
            "terminated": ("archived",),
            "active": ("inactive", "archived"),
            "inactive": ("active", "archived"),
        },
        locked=("archived",),
        # The trade card (R30), credit (R34, R35) and the end of trade bring them.
        elsewhere=(
            "card_pending",
            "prospect",
            "trading",
            "credit_hold",
            "suspended",
            "terminated",
        ),
        tones={
            "prospect": "draft",
            "card_pending": "run",
            "trading": "ok",
            "credit_hold": "warn",
            "suspended": "bad",
            "terminated": "bad",
            "archived": "mute",
            "active": "ok",
            "inactive": "mute",
        },
    )
    printed_as = (
        Printout(
            "customer_file.html",
            _("Customer file"),
            form="E02",
            article="D12, D16, D8",
            # R02 to R06: whatever of them the house keeps joins the file.
            beside=(
                Beside("customer_person", "customer_id", "-is_primary"),
                Beside("customer_change_event", "customer_id", "-event_on"),
                Beside("customer_interaction", "customer_id", "-happened_on"),
                Beside("customer_annual_record", "customer_id", "-year"),
                Beside("customer_archive_volume", "customer_id", "index_no"),
            ),
            signatures=(_("Custodian of the file"), _("Responsible representative")),
        ),
    )
    lists_printed_as = (
        Printout(
            "customer_list.html",
            _("Customer list"),
            form="E01",
            article="D16§3.2, D20§3",
            landscape=True,
        ),
    )

    name: Mapped[Title] = field(
        lazy_pgettext("customer", "Name"),
        searched=True,
        sortable=True,
        standard=True,
        aliases=("企业名称", "名称", "公司名称"),
    )
    short_name: Mapped[Line | None] = field(_("Short name"), searched=True, width=3)
    party_kind: Mapped[MultiChoice] = field(
        _("Kind of party"),
        choices=PartyKind,
        several=True,
        help=_("Business customers include those still in negotiation."),
        width=12,
    )
    special_kind: Mapped[Choice | None] = field(
        _("Kind of special partner"),
        choices=SpecialKind,
        help=_("Only for special customers and partners, and always for them (BR-003)."),
    )
    trade_route: Mapped[Choice | None] = field(_("Trade route"), choices=TradeRoute)
    relation_stage: Mapped[Choice] = field(
        _("Relation"), choices=RelationStage, default="potential", sortable=True
    )
    legal_representative: Mapped[Line | None] = field(
        _("Legal representative"),
        standard=True,
        personal=True,
        width=3,
        aliases=("法人代表", "法定代表人"),
    )
    unified_social_credit_code: Mapped[Word | None] = field(
        _("Unified social credit code"), unique=True, searched=True
    )
    company_type: Mapped[Line | None] = field(_("Type of company"), width=3, aliases=("企业类型",))
    registered_on: Mapped[date | None] = field(
        _("Registered on"), sortable=True, aliases=("注册日期",)
    )
    province: Mapped[Word | None] = field(_("Province"), aliases=("所在省份", "省/自治区", "省份"))
    district: Mapped[Word | None] = field(_("District"), index=True, aliases=("城市",))
    address: Mapped[Line | None] = field(
        _("Address"), standard=True, width=9, aliases=("注册地址", "通讯联络地址")
    )
    postcode: Mapped[Word | None] = field(_("Postcode"), standard=True)
    phone: Mapped[Phone | None] = field(_("Telephone"), standard=True, searched=True)
    fax: Mapped[Phone | None] = field(_("Fax"), standard=True)
    website: Mapped[Url | None] = field(_("Website"))
    country: Mapped[Word | None] = field(_("Country"))
    headquarters: Mapped[Line | None] = field(_("Headquarters"))
    trading_place: Mapped[Line | None] = field(_("Place of the trading partner"))
    business_scope: Mapped[Prose | None] = field(_("Business scope"), standard=True)
    opened_on: Mapped[date | None] = field(_("Opened business on"))
    registered_capital: Mapped[Money | None] = field(
        _("Registered capital"),
        standard=True,
        unit="@registered_capital_currency",
        aliases=("注册资金",),
    )
    registered_capital_currency: Mapped[Word | None] = field(
        _("Currency of the capital"), default="CNY"
    )
    capital_amount: Mapped[Money | None] = field(_("Capital"), unit="@registered_capital_currency")
    employee_count: Mapped[int | None] = field(_("Number of employees"))
    manager_count: Mapped[int | None] = field(_("Number of managers"))
    operator_age_structure: Mapped[Prose | None] = field(_("Age structure of the operators"))
    business_type_id: Mapped[int | None] = reference(_("Kind of business"), "business_type.id")
    business_type: Mapped[BusinessType | None] = relationship()
    channel_kind: Mapped[Choice | None] = field(_("Channel"), choices=ChannelKind)
    is_vip: Mapped[bool] = field(
        _("Important customer, received as a guest of honour"), default=False, width=6
    )
    is_key_customer: Mapped[bool] = field(_("Key customer"), default=False)
    is_promising_new: Mapped[bool] = field(
        _("Important new customer with a future"),
        default=False,
        width=6,
        help=_("Needs at least two contact persons of ours (BR-010)."),
    )
    #: written by the customer desk with the first archive volume
    archive_opened_on: Mapped[date | None] = field(_("File opened on"), machine=True)
    first_contact_on: Mapped[date | None] = field(
        _("First contact on"),
        help=_("Within a working day of it the file is opened."),
        article="D16§3.3",
    )
    file_by: Mapped[date | None] = field(_("File to be opened by"), machine=True)
    is_opened_late: Mapped[bool] = field(
        _("File opened late"), default=False, machine=True, sortable=True
    )
    currency: Mapped[Word | None] = field(_("Currency of trade"), default="USD")
    responsible_rep_id: Mapped[int | None] = reference(
        _("Responsible representative"), "employee.id"
    )
    responsible_rep: Mapped[Employee | None] = relationship(foreign_keys=responsible_rep_id)
    confidential_business: Mapped[bool] = field(
        _("Confidential business"), default=False, article="D16§4"
    )
    #: who traded before this house kept the cards (BR-023)
    taken_over_on: Mapped[date | None] = field(_("Taken over on"), machine=True)
    take_over_reason: Mapped[Prose | None] = field(_("Why taken over"), machine=True)
    #: written by the credit office when a class or a limit is decided
    credit_class: Mapped[Choice | None] = field(
        _("Credit class"), choices=CreditClass, calculated=True
    )
    credit_limit: Mapped[Money | None] = field(
        _("Credit limit"), calculated=True, unit="@currency"
    )
    #: written by the sales analysis when a result is frozen
    abc_class: Mapped[Word | None] = field(_("ABC class"), calculated=True)
    visit_without_result_count: Mapped[int | None] = field(
        _("Visits without result"), calculated=True
    )
    #: written by the customer desk with the archive volume
    archive_index_no: Mapped[Word | None] = field(
        _("Archive index"), calculated=True, searched=True
    )

    #: written by the customer desk with the contact assignments (R08): who else of ours knows him
    second_contact: Mapped[Line | None] = field(_("Second contact"), calculated=True, width=3)
    #: written by the customer desk with the contact reports (R09)
    last_report_on: Mapped[date | None] = field(_("Last contact report"), calculated=True)

    persons: Mapped[list[CustomerPerson]] = relationship(back_populates="customer", viewonly=True)

    def same_name_and_address(self) -> Neighbour | None:
        """Another living customer with this legal name at this address (BR-001)."""
        return neighbours.alike(self, "name", "address")

    @classmethod
    def incomplete(cls) -> ColumnElement[bool]:
        """Whose standard fields are not all filled (BR-002)."""
        missing = [
            getattr(cls, spec.name).is_(None) for spec in cls.specs().values() if spec.standard
        ]
        return or_(*missing)

    @classmethod
    def neglected(cls) -> ColumnElement[bool]:
        """Important new customers whom fewer than two of ours know, or whom nobody reports of (BR-010)."""
        alone = or_(cls.second_contact.is_(None), cls.last_report_on.is_(None))
        return and_(cls.is_promising_new.is_(True), alone)

    @classmethod
    def of_name(cls, name: str) -> list[Customer]:
        return list(db.session.scalars(select(cls).where(func.lower(cls.name) == name.lower())))


class CustomerPerson(Record):
    """The people at the customer: whom to call, who decides."""

    __tablename__ = "customer_person"
    catalogue_code = "R02"
    sources = ("D16§7", "D20§7", "D9§7")
    numbered = "LXR-{year}{month:02}-{seq:04}"
    owned_through = ("customer",)
    reads_logged = True

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id")
    customer: Mapped[Customer] = relationship(back_populates="persons")
    name: Mapped[Title] = field(
        lazy_pgettext("person", "Name"), searched=True, sortable=True, personal=True, width=3
    )
    title_: Mapped[Line | None] = field(_("Title"), width=3, catalogue="title")
    phone: Mapped[Phone | None] = field(_("Telephone"), personal=True)
    fax: Mapped[Phone | None] = field(_("Fax"), personal=True)
    email: Mapped[Email | None] = field(_("E-mail"), personal=True)
    is_primary: Mapped[bool] = field(_("First contact"), default=False)
    is_decision_maker: Mapped[bool] = field(_("Decision maker"), default=False)


class Product(Record):
    """The goods that analyses, stock and targets speak of."""

    __tablename__ = "product"
    catalogue_code = "R51"
    sources = ("D1§4.2", "D1§4.6", "D9§7")
    numbered = "SP-{seq:05}"
    ruled_by = (rules.prices_are_not_negative,)
    deletable = "unused"
    common = True

    name: Mapped[Title] = field(lazy_pgettext("product", "Name"), searched=True, sortable=True)
    model: Mapped[Line] = field(_("Model"), searched=True, sortable=True, width=3)
    spec: Mapped[Line | None] = field(_("Specification"), width=3)
    category: Mapped[Line | None] = field(
        lazy_pgettext("product", "Category"), sortable=True, width=3
    )
    unit: Mapped[Word | None] = field(_("Unit"))
    unit_cost: Mapped[Money | None] = field(_("Unit cost"))
    list_price: Mapped[Money | None] = field(_("List price"))
    is_batch_managed: Mapped[bool] = field(
        _("Managed by batch number"), default=False, catalogue="batch-managed"
    )


__all__ = [
    "BusinessType",
    "Customer",
    "CustomerPerson",
    "LookupValue",
    "Product",
    "choices_of",
]
