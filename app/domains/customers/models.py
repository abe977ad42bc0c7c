"""What the customer desk keeps besides the customers themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from app.deadlines import working_days
from app.documents import Printout
from app.domains.customers.rules import files as rules
from app.domains.directory.models import Customer, CustomerPerson
from app.extensions import db
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Money,
    Prose,
    Record,
    Stateful,
    States,
    Title,
    Word,
    calculated,
    clock,
    field,
    files,
    follows_from,
    lines,
    once,
    reference,
    settings,
)
from app.records.plain_rules import has_happened

settings.declare(
    settings.Setting(
        "change_event_days",
        _("Working days within which a major change of a customer is entered"),
        1,
        Kind.WHOLE,
        group=_("Customer desk"),
        source="DL-63",
        help=_("The regulation asks for the record and gives no time."),
    ),
)


class VolumeCategory(Choices):
    SUPPLIER = "supplier", _("Supplier")
    BUSINESS_CUSTOMER = "business_customer", _("Business customer")
    PARTNER = "partner", _("Partner organisation or person")


class Carrier(Choices):
    PAPER = "paper", _("Paper")
    DISK = "disk", _("Disk")
    OTHER = "other", _("Other")


class Ink(Choices):
    """What lasts; ball pen and pencil are not offered (BR-011, D12 一.5)."""

    CARBON = "carbon", _("Carbon ink")
    BLUE_BLACK = "blue_black", _("Blue-black ink")
    DURABLE = "durable", _("Another ink that does not fade")


class VolumeState(Choices):
    IN_PLACE = "in_place", _("In place")
    LENT = "lent", lazy_pgettext("volume", "Lent")
    TRANSFERRED = "transferred", lazy_pgettext("volume", "Handed over")
    DESTROYED = "destroyed", _("Destroyed")


def _in_the_order_of_the_shelf(volumes: Any) -> dict[str, Any]:
    """E03: whatever the list was sorted by, the index follows the shelf (BR-011)."""

    def place(volume: CustomerArchiveVolume) -> tuple[Any, ...]:
        cabinet, row, column = volume.cabinet_no, volume.row_no, volume.col_no
        return (
            volume.category,
            *((one is None, one or 0) for one in (cabinet, row, column)),
            volume.id,
        )

    return {"records": sorted(volumes, key=place)}


class CustomerArchiveVolume(Stateful, Record):
    """The folders of a customer, where each stands on the shelf, and in which form it lasts."""

    __tablename__ = "customer_archive_volume"
    catalogue_code = "R03"
    sources = ("D12§1.3", "D12§1.4", "D12§1.5", "D9§7", "D16§3.2", "D20§3")
    numbered = "DAJ-{year}-{seq:05}"
    titled_by = "index_no"
    owned_by = ("keeper_id",)
    owned_through = ("customer",)
    found_by = ("index_no",)
    ruled_by = (rules.paper_says_its_ink, rules.volume_lasts)
    printed_as = (Printout("volume_label.html", _("Volume label"), article="D12§1.3"),)
    lists_printed_as = (
        Printout(
            "archive_index.html",
            _("Index of the archive"),
            form="E03",
            article="D12§1.3, D12§1.4",
            context=_in_the_order_of_the_shelf,
            signatures=(_("Keeper"),),
        ),
    )
    states = States(
        VolumeState,
        start="in_place",
        moves={
            "in_place": ("lent", "transferred", "destroyed"),
            "lent": ("in_place",),
            "transferred": ("in_place",),
        },
        locked=("destroyed",),
        elsewhere=("lent",),  # by an access request (R10)
        tones={"in_place": "ok", "lent": "run", "transferred": "mute", "destroyed": "bad"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    index_no: Mapped[Word] = field(
        _("Index"),
        unique=True,
        searched=True,
        sortable=True,
        help=_("The mark by which the volume is found; it stands on the customer's card too."),
    )
    category: Mapped[Choice] = field(
        lazy_pgettext("volume", "Category"), choices=VolumeCategory, sortable=True
    )
    volume_no: Mapped[Word | None] = field(_("Volume"))
    cabinet_no: Mapped[int | None] = field(_("Cabinet"), sortable=True)
    row_no: Mapped[int | None] = field(_("Row"), help=_("Counted from the top."))
    col_no: Mapped[int | None] = field(_("Column"), help=_("Counted from the left."))
    carrier: Mapped[Choice] = field(_("Carrier"), choices=Carrier, default="paper")
    ink: Mapped[Choice | None] = field(
        _("Ink"), choices=Ink, help=_("For paper. Ball pen and pencil fade and are not used.")
    )
    durable: Mapped[bool] = field(_("Good quality, keeps for long"), default=True)
    keeper_id: Mapped[int | None] = reference(_("Keeper"), "employee.id")
    keeper: Mapped[Employee | None] = relationship(foreign_keys=keeper_id)
    opened_on: Mapped[date | None] = field(lazy_pgettext("volume", "Opened on"), sortable=True)
    pages: Mapped[int | None] = field(lazy_pgettext("archive", "Pages"))
    retention: Mapped[Word | None] = field(_("Retention"))
    electronic_copy = files(_("Electronic copy"))

    @calculated(_("Shelf position"), Kind.LINE)
    def shelf_position(self) -> str:
        """Cabinet, row from the top, column from the left (D12 一.4)."""
        places = (
            (self.cabinet_no, gettext("cabinet %(n)d", n=self.cabinet_no or 0)),
            (self.row_no, gettext("row %(n)d", n=self.row_no or 0)),
            (self.col_no, gettext("column %(n)d", n=self.col_no or 0)),
        )
        return " ".join(words for number, words in places if number is not None)

    @property
    def begun_on(self) -> date:
        """The day it was opened; where nobody wrote it down, the day it was entered."""
        if self.opened_on is not None:
            return self.opened_on
        return clock.in_office(self.created_at).date() if self.created_at else clock.today()

    @classmethod
    def of_customer(cls, customer: Customer) -> list[CustomerArchiveVolume]:
        """The living volumes of a customer, the first one first; those of this click too."""
        found = [
            one
            for one in db.session.new
            if isinstance(one, cls) and one.referred("customer") is customer
        ]
        if customer.id is not None:
            with db.session.no_autoflush:
                found += db.session.scalars(cls.living().where(cls.customer_id == customer.id))
            # One that this click moves here or away stands elsewhere in the table still.
            found += [one for one in db.session.dirty if isinstance(one, cls) and one not in found]
        there = [one for one in found if one.referred("customer") is customer and not one.is_void]
        return sorted(there, key=lambda one: (one.begun_on, one.id or 2**63))

    @classmethod
    def on_the_shelf(cls) -> tuple[Any, ...]:
        """BR-011, D12 一.4: kind by kind, cabinet by cabinet, from above, from the left."""
        return (cls.category, cls.cabinet_no, cls.row_no, cls.col_no, cls.id)


class ChangeEventType(Choices):
    NAME = "name", _("Name or legal representative")
    CAPITAL = "capital", _("Capital")
    ADDRESS = "address", _("Address")
    SCOPE = "scope", _("Business scope")
    OWNERSHIP = "ownership", _("Ownership")
    MERGER = "merger", _("Merger or division")
    LITIGATION = "litigation", _("Lawsuit or bankruptcy")
    OTHER = "other", _("Other")


class MasterField(Choices):
    """What of the customer's card a change may set."""

    NAME = "name", lazy_pgettext("customer", "Name")
    LEGAL_REPRESENTATIVE = "legal_representative", _("Legal representative")
    ADDRESS = "address", _("Address")
    POSTCODE = "postcode", _("Postcode")
    PHONE = "phone", _("Telephone")
    FAX = "fax", _("Fax")
    BUSINESS_SCOPE = "business_scope", _("Business scope")
    REGISTERED_CAPITAL = "registered_capital", _("Registered capital")
    CREDIT_CODE = "unified_social_credit_code", _("Unified social credit code")
    HEADQUARTERS = "headquarters", _("Headquarters")
    WEBSITE = "website", _("Website")


class CustomerChangeEvent(Record):
    """Major changes at a customer; when confirmed they change his card, and the old value is kept."""

    __tablename__ = "customer_change_event"
    catalogue_code = "R04"
    sources = ("D16§3.4(1)", "D16§3.4(2)", "D20§4.4")
    numbered = "BD-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("reported_by_id",)
    owned_through = ("customer",)
    ruled_by = (
        has_happened("event_on"),
        rules.new_values_fit_the_card,
        rules.known_after_it_happened,
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    event_on: Mapped[date] = field(_("Happened on"), sortable=True)
    event_type: Mapped[Choice | None] = field(_("Kind of change"), choices=ChangeEventType)
    content: Mapped[Prose] = field(_("What changed"), searched=True)
    reported_by_id: Mapped[int | None] = reference(_("Reported by"), "employee.id")
    reported_by: Mapped[Employee | None] = relationship(foreign_keys=reported_by_id)
    effects: Mapped[list[CustomerChangeEffect]] = relationship(
        back_populates="event",
        cascade="all, delete-orphan",
        order_by="CustomerChangeEffect.order_no",
    )
    effect_on_master = lines(
        _("Effect on the card"),
        "effects",
        help=_("What of the customer's card this changes, and into what."),
    )
    known_on: Mapped[date | None] = field(
        _("Known on"),
        help=_(
            "When we heard of it; empty: when it happened. It is entered within a working day."
        ),
    )
    record_by: Mapped[date | None] = field(_("To be entered by"), machine=True, sortable=True)
    is_late: Mapped[bool] = field(_("Entered late"), default=False, machine=True, sortable=True)
    applied: Mapped[bool] = field(_("Confirmed"), default=False, machine=True, sortable=True)

    @property
    def is_closed(self) -> bool:
        """BR-004: a confirmed change is history, its lines too; a further change is a new entry."""
        return bool(self.as_stored("applied"))


@follows_from("customer_change_event")
def a_change_is_entered_in_time(event: Any) -> None:
    """DL-63: within one working day of knowing; what comes later says so (D16§3.4, D20§4.4)."""
    known = event.known_on or event.event_on
    if known is None or not event.changed("known_on", "event_on"):
        return
    event.record_by = working_days.calendar().after(known, int(settings.get("change_event_days")))
    entered = clock.in_office(event.created_at).date() if event.created_at else clock.today()
    event.is_late = entered > event.record_by


class CustomerChangeEffect(LineRecord):
    """One field of the card that a change sets."""

    __tablename__ = "customer_change_effect"
    parent = "event"

    event_id: Mapped[int] = reference(_("Change"), "customer_change_event.id")
    event: Mapped[CustomerChangeEvent] = relationship(back_populates="effects")
    master_field: Mapped[Choice] = field(_("Field of the card"), choices=MasterField)
    new_value: Mapped[Line] = field(_("New value"))
    old_value: Mapped[Line | None] = field(_("Old value"), machine=True)


class Channel(Choices):
    LETTER = "letter", _("Letter")
    FAX = "fax", _("Fax")
    LONG_DISTANCE_CALL = "long_distance_call", _("Long-distance call")
    THEIR_VISIT = "their_visit", _("Their visit")
    OUR_VISIT = "our_visit", _("Our visit")
    MAIL = "mail", _("Mail")
    OTHER = "other", _("Other")


class Direction(Choices):
    IN = "in", _("From the customer")
    OUT = "out", _("To the customer")


class CustomerInteraction(Record):
    """Every letter, fax, long-distance call and other dealing with a customer, part of his file."""

    __tablename__ = "customer_interaction"
    catalogue_code = "R05"
    sources = ("D16§7.2", "D20§8", "D16§3.4", "D1§2.1")
    numbered = "WL-{year}{month:02}-{seq:05}"
    titled_by = "subject"
    owned_by = ("our_person_id", "next_by_id")
    owned_through = ("customer",)
    ruled_by = (
        rules.dealing_is_not_in_the_future,
        rules.their_person_is_of_the_customer,
        rules.next_action_has_its_day,
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    channel: Mapped[Choice] = field(lazy_pgettext("dealing", "Channel"), choices=Channel)
    direction: Mapped[Choice | None] = field(_("Direction"), choices=Direction)
    happened_on: Mapped[datetime] = field(_("Happened at"), sortable=True)
    subject: Mapped[Title | None] = field(_("Subject"), searched=True)
    content: Mapped[Prose] = field(_("Content"), searched=True)
    letter_no: Mapped[Word | None] = field(_("Letter number"), searched=True)
    our_person_id: Mapped[int | None] = reference(_("Our person"), "employee.id")
    our_person: Mapped[Employee | None] = relationship(foreign_keys=our_person_id)
    their_person_id: Mapped[int | None] = reference(_("Their person"), "customer_person.id")
    their_person: Mapped[CustomerPerson | None] = relationship(foreign_keys=their_person_id)
    next_action: Mapped[Line | None] = field(_("Next step"))
    next_action_on: Mapped[date | None] = field(_("Next step on"), sortable=True)
    next_by_id: Mapped[int | None] = reference(
        _("Next step by"),
        "employee.id",
        help=_("Empty: our person. A handover (R11) puts the successor here."),
    )
    next_by: Mapped[Employee | None] = relationship(foreign_keys=next_by_id)


class CustomerAnnualRecord(Record):
    """What a customer achieved in a year, and his financial report."""

    __tablename__ = "customer_annual_record"
    __table_args__ = (once("uq_customer_annual_record_year", "customer_id", "year"),)
    catalogue_code = "R06"
    sources = ("D16§3.4(3)", "D20§4.5", "D1§3.3(1)")
    numbered = "ND-{year}-{seq:05}"
    titled_by = "number"
    owned_through = ("customer",)
    reads_logged = True
    ruled_by = (rules.year_has_begun, rules.one_record_for_each_year)

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    year: Mapped[int] = field(_("Year"), sortable=True, width=3)
    performance: Mapped[Prose | None] = field(_("Achievements of the year"))
    revenue: Mapped[Money | None] = field(_("Revenue"), sortable=True)
    net_profit: Mapped[Money | None] = field(_("Net profit"), sortable=True)
    total_assets: Mapped[Money | None] = field(_("Total assets"))
    total_liabilities: Mapped[Money | None] = field(_("Total liabilities"))
    source: Mapped[Line | None] = field(lazy_pgettext("annual record", "Source"))
    financial_report = files(_("Financial report"))

    @classmethod
    def of_year(cls, customer_id: int, year: int, but: int | None) -> CustomerAnnualRecord | None:
        """Another living record of this customer and year."""
        query = cls.living().where(cls.customer_id == customer_id, cls.year == year).limit(1)
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query)


__all__ = [
    "CustomerAnnualRecord",
    "CustomerArchiveVolume",
    "CustomerChangeEffect",
    "CustomerChangeEvent",
    "CustomerInteraction",
]
