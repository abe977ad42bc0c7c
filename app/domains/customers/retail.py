"""Retail customers: their base information (R19), and how a new one comes into the network (R20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Index, or_, select
from sqlalchemy.orm import Mapped, relationship

from app import notices
from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline, working_days
from app.deadlines.dates import each_round, standing
from app.documents import Printout
from app.domains.customers.retail_fields import (
    BASE,
    CIRCLE,
    MAINTAINED,
    PROFILE,
    STAGES,
    Category,
    Stage,
)
from app.domains.customers.rules import retail as rules
from app.domains.customers.shielding import category_of, needed
from app.domains.directory.lookups import choices_of
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    FieldSpec,
    Kind,
    Line,
    LineRecord,
    Prose,
    Record,
    Refusal,
    Stateful,
    States,
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
from app.records.moving import it_is_void, unless
from app.records.plain_rules import has_happened
from app.records.signing import why_not_sign
from app.security import users

settings.declare(
    settings.Setting(
        "receipt_is_first_day",
        _("The day a new retailer is received counts as the first working day"),
        True,
        Kind.BOOL,
        group=_("Retail customers"),
        source="A-22, BR-017",
        help=_("Otherwise the working days count from the day after."),
    ),
)

#: values of the look-ups that rules speak of (A-23: the office may add others)
PHONE, ONLINE, MOBILE, YANXINTONG = "phone", "online", "mobile", "yanxintong"
CASH = "cash"


class Weekday(Choices):
    MONDAY = "mon", _("Monday")
    TUESDAY = "tue", _("Tuesday")
    WEDNESDAY = "wed", _("Wednesday")
    THURSDAY = "thu", _("Thursday")
    FRIDAY = "fri", _("Friday")
    SATURDAY = "sat", _("Saturday")
    SUNDAY = "sun", _("Sunday")

    @classmethod
    def of(cls, day: date) -> Weekday:
        return list(cls)[day.weekday()]


class OnboardingState(Choices):
    RECEIVED = "received", lazy_pgettext("retail", "Received")
    BASE_MAINTAINED = "base_maintained", lazy_pgettext("retail", "Base data maintained")
    QUANT_MAINTAINED = "quant_maintained", lazy_pgettext("retail", "Quantification maintained")
    APPROVED = "approved", lazy_pgettext("retail", "Approved")
    ORDERABLE = "orderable", lazy_pgettext("retail", "May order")
    COMPLETE = "complete", lazy_pgettext("retail", "Complete")


_TONES = {
    "received": "warn",
    "base_maintained": "run",
    "quant_maintained": "run",
    "approved": "ok",
    "orderable": "ok",
    "complete": "mute",
}


class LawStanding(Choices):
    GOOD = "good", lazy_pgettext("law standing", "Keeps the law")
    MINOR = "minor", lazy_pgettext("law standing", "Minor breach")
    SERIOUS = "serious", lazy_pgettext("law standing", "Serious breach")


def _by_category(_profile: Any) -> dict[str, Any]:
    """E02: the needed fields of each category, as the office has sorted them (A-24); the law records where needed."""
    names: dict[str, list[str]] = {Category.BASIC: ["customer_id"]}
    for name in needed(MAINTAINED):
        names.setdefault(category_of(name), []).append(name)
    names.setdefault(Category.OPERATION, []).extend(needed(("quant_approved_on", "grade")))
    return {
        "names": names,
        "categories": [(value, label) for value, label in Category.options() if value in names],
        "law_records_wanted": bool(needed(("law_records",))),
    }


# -- R19 -------------------------------------------------------------------------------------------


class RetailCustomerProfile(Stateful, Record):
    """The base information of a retail customer in six categories; each post maintains its fields, by its working day."""

    __tablename__ = PROFILE
    __table_args__ = (
        once(
            "uq_retail_customer_profile_customer", "customer_id",
            refusal=_("This customer has a profile already."),
        ),
    )  # fmt: skip
    catalogue_code = "R19"
    sources = ("D8§2", "D8§3", "D8§4", "D8§7.1", "D8§7.2")
    numbered = "LSH-{year}{month:02}-{seq:05}"
    owned_by = ("service_person_id",)
    owned_through = ("customer",)
    reads_logged = True
    found_by = ("customer_code",)
    field_groups = {"identity": ("number", "customer_id", "customer_code", "licence")}
    ruled_by = (rules.sequence_begins_at_one, rules.law_records_have_happened)
    #: mirrors the onboarding form
    states = States(
        OnboardingState,
        start="received",
        moves={
            state: tuple(one.value for one in OnboardingState if one != state)
            for state in OnboardingState
        },
        elsewhere=tuple(state.value for state in OnboardingState),
        tones=_TONES,
    )
    printed_as = (
        Printout(
            "retail_profile.html",
            _("File of a retail customer"),
            form="E02",
            article="D8§2",
            context=_by_category,
            signatures=(_("Statistics analyst"), _("Account manager")),
        ),
    )

    # Every field but the customer may be empty at first: each comes in its own working day.
    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    customer_code: Mapped[Word | None] = field(
        _("Customer code"), unique=True, searched=True, sortable=True
    )
    licence: Mapped[Line | None] = field(
        lazy_pgettext("retail", "Licence"), searched=True, personal=True
    )
    geo_location: Mapped[Line | None] = field(_("Geographic location"), personal=True, width=12)
    visit_batch: Mapped[Word | None] = field(_("Visit batch"), sortable=True)
    delivery_route: Mapped[Line | None] = field(_("Delivery route"), sortable=True)
    delivery_sequence: Mapped[int | None] = field(_("Delivery sequence"))
    invoice_type: Mapped[Choice | None] = field(
        _("Type of invoice"), choices=choices_of("retail_invoice_type")
    )
    service_person_id: Mapped[int | None] = reference(_("Service person"), "employee.id")
    service_person: Mapped[Employee | None] = relationship(foreign_keys=service_person_id)
    order_method: Mapped[Choice | None] = field(
        _("Ordering method"), choices=choices_of("retail_order_method"), sortable=True
    )
    settlement_method: Mapped[Choice | None] = field(
        _("Settlement method"), choices=choices_of("retail_settlement_method")
    )
    order_day: Mapped[Choice | None] = field(
        _("Order day"), choices=Weekday, help=_("The weekday on which the customer orders.")
    )
    delivery_day: Mapped[Choice | None] = field(_("Delivery day"), choices=Weekday)
    market_type: Mapped[Choice | None] = field(
        _("Market type"), choices=choices_of("retail_market_type"), sortable=True
    )
    business_form: Mapped[Choice | None] = field(
        _("Business form"), choices=choices_of("retail_business_form"), sortable=True
    )
    quant_info: Mapped[Prose | None] = field(
        _("Quantification"),
        help=_("What and how much he may order. The chief of the section approves it."),
        article="D8§7.3",
    )
    trade_circle_type: Mapped[Choice | None] = field(
        _("Type of trade circle"), choices=choices_of("retail_trade_circle")
    )
    display_form: Mapped[Choice | None] = field(
        _("Form of display"), choices=choices_of("retail_display_form")
    )
    attention_degree: Mapped[Choice | None] = field(
        lazy_pgettext("retail", "Attention"), choices=choices_of("retail_attention")
    )
    cooperation_degree: Mapped[Choice | None] = field(
        _("Cooperation with the account manager"), choices=choices_of("retail_cooperation")
    )
    grade: Mapped[Choice | None] = field(
        lazy_pgettext("retail", "Grade"),
        choices=choices_of("retail_grade"),
        machine=True,
        sortable=True,
        help=_("From the last grading that was signed."),
    )
    law_standing: Mapped[Choice | None] = field(_("Law-abiding standing"), choices=LawStanding)
    law_lines: Mapped[list[RetailLawRecord]] = relationship(
        back_populates="profile",
        cascade="all, delete-orphan",
        order_by="RetailLawRecord.order_no",
    )
    law_records = lines(_("Law records"), "law_lines")
    signboard: Mapped[Line | None] = field(_("Signboard"))
    shop_image = files(_("Image of the shop"))
    display_photo = files(_("Photograph of the display"))
    quant_approved_on: Mapped[date | None] = field(_("Quantification approved on"), machine=True)
    maintenance: Mapped[list[RetailFieldMaintenance]] = relationship(
        back_populates="profile",
        cascade="all, delete-orphan",
        order_by="RetailFieldMaintenance.order_no",
    )

    @property
    def title(self) -> str:
        customer = self.customer.name if self.customer else ""
        return " ".join(filter(None, (self.customer_code, customer))) or f"#{self.id}"

    @calculated(_("Completeness"), Kind.PERCENT, article="D8§3")
    def completeness(self) -> Decimal:
        """BR-014: the share of the needed fields that are maintained; what is shielded does not count."""
        wanted = needed(MAINTAINED)
        if not wanted:
            return Decimal(100)
        done = len(wanted) - len(self.missing_names())
        return (Decimal(100) * done / len(wanted)).quantize(Decimal("0.01"))

    @calculated(_("Not maintained yet"), Kind.PROSE)
    def missing(self) -> str:
        """What is missing, category by category (D8§2, D8§3)."""
        found: dict[str, list[str]] = {}
        specs = self.specs()
        for name in self.missing_names():
            found.setdefault(category_of(name), []).append(str(specs[name].label))
        return "\n".join(
            gettext("%(category)s: %(fields)s", category=label, fields="、".join(found[value]))
            for value, label in Category.options()
            if value in found
        )

    @calculated(_("Maintained by and on"), Kind.PROSE, reads=("maintenance",))
    def maintained(self) -> str:
        """Each field carries who maintained it last, and when."""
        specs = self.specs()
        return "\n".join(
            gettext(
                "%(field)s: %(who)s, %(day)s",
                field=specs[one.field_name].label,
                who=one.maintained_by or gettext("the system"),
                day=f"{one.maintained_on:%Y-%m-%d}",
            )
            for name in needed(MAINTAINED)
            for one in self.maintenance
            if one.field_name == name
        )

    def missing_names(self) -> list[str]:
        """The needed fields that are still empty."""
        return [name for name in needed(MAINTAINED) if self.is_empty(name)]

    def missing_standard_fields(self) -> list[FieldSpec]:
        return [self.specs()[name] for name in self.missing_names()]

    def is_empty(self, name: str) -> bool:
        value = getattr(self, name)
        if value is None and name.endswith("_id"):
            value = getattr(self, name.removesuffix("_id"))
        return value is None or value == ""

    def has(self, stage: Stage) -> bool:
        """Whether every field of a group that the house needs is maintained."""
        return not any(self.is_empty(name) for name in needed(stage.fields))

    def people_of(self, stage: Stage) -> str:
        """Who maintained the fields of a group."""
        names = [
            str(one.maintained_by)
            for one in self.maintenance
            if one.field_name in stage.fields and one.maintained_by is not None
        ]
        return "、".join(dict.fromkeys(names))

    @classmethod
    def incomplete(cls) -> ColumnElement[bool]:
        """Of whom a field that the house needs is still empty (D8§3)."""
        return or_(*(getattr(cls, name).is_(None) for name in needed(MAINTAINED)))

    @classmethod
    def quant_waits(cls) -> ColumnElement[bool]:
        """Whose quantification was changed and is not approved."""
        return cls.quant_info.is_not(None) & cls.quant_approved_on.is_(None)

    @classmethod
    def of_customer(cls, customer: Customer) -> RetailCustomerProfile | None:
        """His living profile; one of this click too."""
        for one in db.session.new:
            if isinstance(one, cls) and one.referred("customer") is customer and not one.is_void:
                return one
        if customer.id is None:
            return None
        with db.session.no_autoflush:
            return db.session.scalar(cls.living().where(cls.customer_id == customer.id))


class RetailLawRecord(LineRecord):
    """One event about how the customer keeps the law."""

    __tablename__ = "retail_law_record"
    parent = "profile"

    profile_id: Mapped[int] = reference(_("Retail profile"), f"{PROFILE}.id")
    profile: Mapped[RetailCustomerProfile] = relationship(back_populates="law_lines")
    happened_on: Mapped[date] = field(lazy_pgettext("law record", "Happened on"))
    matter: Mapped[Line] = field(lazy_pgettext("law record", "Matter"))
    handling: Mapped[Line | None] = field(lazy_pgettext("law record", "Handling"))


class RetailFieldMaintenance(LineRecord):
    """Who maintained a field of the profile last, and when (R19: maintained by, maintained on)."""

    __tablename__ = "retail_field_maintenance"
    __table_args__ = (
        Index("uq_retail_field_maintenance_field", "profile_id", "field_name", unique=True),
    )
    parent = "profile"
    #: the profile's own entry in the book says who changed which field
    in_the_book = False

    profile_id: Mapped[int] = reference(_("Retail profile"), f"{PROFILE}.id", machine=True)
    profile: Mapped[RetailCustomerProfile] = relationship(back_populates="maintenance")
    field_name: Mapped[Word] = field(lazy_pgettext("field control", "Field"), machine=True)
    maintained_by_id: Mapped[int | None] = reference(
        _("Maintained by"), "employee.id", machine=True
    )
    maintained_by: Mapped[Employee | None] = relationship(foreign_keys=maintained_by_id)
    maintained_on: Mapped[date] = field(_("Maintained on"), machine=True)


@follows_from(PROFILE)
def each_field_says_who_maintained_it(profile: Any) -> None:
    """Who wrote a field, and today; a changed quantification is approved anew (D8§7.3)."""
    there = {one.field_name: one for one in profile.maintenance}
    me, today = people.who_acts(), clock.today()
    for name in MAINTAINED:
        changed = profile.changed(name) or (
            name.endswith("_id") and profile.changed(name.removesuffix("_id"))
        )
        if not changed or (profile.id is None and profile.is_empty(name)):
            continue
        line = there.get(name)
        if line is None:
            line = RetailFieldMaintenance(field_name=name, order_no=len(profile.maintenance))
            profile.maintenance.append(line)
        line.maintained_by, line.maintained_on = me, today
    if profile.changed("quant_info") and not profile.changed("quant_approved_on"):
        profile.quant_approved_on = None
    customer = profile.referred("customer")
    onboarding = RetailOnboarding.of_customer(customer) if customer is not None else None
    if onboarding is not None:
        note_progress(onboarding, profile)
    else:
        profile.state = "complete" if not profile.missing_names() else "received"


def why_not_approve_quantification(profile: Any) -> Any:
    if profile.is_empty("quant_info"):
        return gettext("The account manager maintains the quantification first.")
    if profile.quant_approved_on is not None:
        return gettext("It is approved already.")
    onboarding = RetailOnboarding.of_customer(profile.customer)
    if onboarding is not None and onboarding.state in _BEFORE_APPROVAL:
        return gettext(
            "It is approved with the onboarding form %(number)s.", number=onboarding.number
        )
    return why_not_sign(profile)


@unless(it_is_void, why_not_approve_quantification)
def approve_quantification(profile: RetailCustomerProfile, _reason: str | None = None) -> None:
    """The chief approves a quantification that was changed after the first approval (D8§7.3)."""
    profile.quant_approved_on = clock.today()
    db.session.flush()


# -- R20 -------------------------------------------------------------------------------------------

_BEFORE_APPROVAL = ("received", "base_maintained", "quant_maintained")
#: what nobody signs: it is done when the last of its fields is maintained
_AFTER_APPROVAL = STAGES[2:]


def _stages_of(onboarding: Any) -> dict[str, Any]:
    """What the form E47 says of each stage: until when, since when, by whom."""
    profile = RetailCustomerProfile.of_customer(onboarding.customer)
    rows = [
        (
            _("Location and the like determined"),
            onboarding.located_by,
            onboarding.located_on,
            BASE,
        ),
        *(
            (stage.title, getattr(onboarding, stage.by), getattr(onboarding, stage.done), stage)
            for stage in STAGES
        ),
    ]
    return {
        "stages": [
            {
                "place": place,
                "title": title,
                "by": by,
                "done": done,
                "who": profile.people_of(stage) if profile and done else "",
                "fields": "、".join(
                    str(RetailCustomerProfile.specs()[name].label) for name in needed(stage.fields)
                ),
            }
            for place, (title, by, done, stage) in enumerate(rows, start=1)
        ]
    }


class RetailOnboarding(Approvable, Record):
    """A new retailer, from the licence clerk's message to his first order and the last field of his profile."""

    __tablename__ = "retail_onboarding"
    __table_args__ = (
        once(
            "uq_retail_onboarding_customer", "customer_id",
            refusal=_("This customer is in the network already."),
        ),
    )  # fmt: skip
    catalogue_code = "R20"
    sources = ("D8§7.1", "D8§7.2", "D8§7.3")
    numbered = "XRW-{year}{month:02}-{seq:04}"
    owned_by = ("account_manager_id",)
    owned_through = ("customer",)
    ruled_by = (
        has_happened("received_on"),
        rules.first_order_follows_the_receipt,
        rules.grading_follows_the_receipt,
        rules.what_was_approved_stays,
        rules.quant_is_maintained,
        rules.approved_before_the_first_order,
    )
    outcome = Outcome(
        submitted="base_maintained", approved="approved", rejected="received", returned="received"
    )
    submit_label = _("Base data maintained: tell the account manager")
    states = States(
        OnboardingState,
        start="received",
        moves={
            "received": ("base_maintained",),
            "base_maintained": ("quant_maintained", "received"),
            "quant_maintained": ("approved", "received"),
            "approved": ("orderable",),
            "orderable": ("complete",),
        },
        locked=("complete",),
        elsewhere=("orderable", "complete"),
        tones=_TONES,
    )
    #: AF-24: the analyst submits, the account manager and the chief of the section sign (BR-171)
    signed_by = (
        Route(
            "AF-24",
            _("New retail customer"),
            Step(
                "account_manager", _("Account manager"), named_in="account_manager_id",
                sets_state="quant_maintained", within=1,
            ),
            Step(
                "section_chief", _("Chief of the marketing service section"), "marketing_section_chief",
                within=1, escalates_to="general_manager",
            ),
            article="D8§7",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "located_by", _("Determine location, visits, delivery, ordering and settlement"), ("received",),
            done="located_on", roles=("statistics_analyst",), escalates_to=("marketing_section_chief",), warn=0,
            code="DL-02",
        ),
        Deadline(
            "base_by", _("Maintain the base data and tell the account manager"), ("received",),
            done="base_maintained_on", roles=("statistics_analyst",), escalates_to=("marketing_section_chief",),
            code="DL-03",
        ),
        Deadline(
            "quant_by", _("Maintain market type, business form and quantification"), _BEFORE_APPROVAL,
            done="quant_maintained_on", whose=("account_manager_id",), escalates_to=("marketing_section_chief",),
            code="DL-04",
        ),
        Deadline(
            "first_order_on", _("Approve the quantification"), _BEFORE_APPROVAL, done="chief_approved_on",
            roles=("marketing_section_chief",), escalates_to=("general_manager",), the_day_before=True, code="DL-05",
        ),
        Deadline(
            "circle_display_by", _("Maintain trade circle and display"), done="circle_display_done_on",
            whose=("account_manager_id",), escalates_to=("marketing_section_chief",), warn=2, code="DL-06",
        ),
        Deadline(
            "other_by", _("Maintain what was not needed at once"), done="other_done_on",
            whose=("account_manager_id",), escalates_to=("marketing_section_chief",), warn=2, code="DL-07",
        ),
        Deadline(
            "attention_coop_by", _("Maintain attention and cooperation"), done="attention_coop_done_on",
            whose=("account_manager_id",), escalates_to=("marketing_section_chief",), warn=2, code="DL-08",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "retail_onboarding.html",
            _("Maintenance form of a new retail customer"),
            form="E47",
            article="D8§7",
            context=_stages_of,
            signatures=(
                _("Statistics analyst"),
                _("Account manager"),
                _("Chief of the marketing service section"),
            ),
            submitted_as=_("Statistics analyst"),
        ),
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    received_on: Mapped[date] = field(
        lazy_pgettext("retail", "Received on"),
        sortable=True,
        help=_("The day the licence clerk's message was taken in."),
    )
    account_manager_id: Mapped[int | None] = reference(
        _("Account manager"),
        "employee.id",
        help=_("Empty: the responsible representative of the customer's card."),
    )
    account_manager: Mapped[Employee | None] = relationship(foreign_keys=account_manager_id)
    first_order_on: Mapped[date] = field(_("First order day"), sortable=True)
    grading_on: Mapped[date | None] = field(
        _("Next grading"),
        help=_("Trade circle and display are maintained before it, even if it comes early."),
    )
    located_by: Mapped[date | None] = field(_("To be determined by"), machine=True)
    located_on: Mapped[date | None] = field(_("Determined on"), machine=True)
    base_by: Mapped[date | None] = field(_("Base data by"), machine=True)
    base_maintained_on: Mapped[date | None] = field(_("Base data maintained on"), machine=True)
    account_manager_notified_on: Mapped[date | None] = field(
        _("Account manager told on"), machine=True
    )
    quant_by: Mapped[date | None] = field(_("Quantification by"), machine=True)
    quant_maintained_on: Mapped[date | None] = field(
        _("Quantification maintained on"), machine=True
    )
    chief_notified_on: Mapped[date | None] = field(_("Chief told on"), machine=True)
    chief_approved_on: Mapped[date | None] = field(_("Approved by the chief on"), machine=True)
    circle_display_by: Mapped[date | None] = field(
        _("Trade circle and display by"), machine=True, sortable=True
    )
    circle_display_done_on: Mapped[date | None] = field(
        _("Trade circle and display maintained on"), machine=True
    )
    other_by: Mapped[date | None] = field(_("The rest by"), machine=True)
    other_done_on: Mapped[date | None] = field(_("The rest maintained on"), machine=True)
    attention_coop_by: Mapped[date | None] = field(_("Attention and cooperation by"), machine=True)
    attention_coop_done_on: Mapped[date | None] = field(
        _("Attention and cooperation maintained on"), machine=True
    )
    orderable_on: Mapped[date | None] = field(_("May order since"), machine=True)

    @property
    def title(self) -> str:
        customer = self.customer.name if self.customer else ""
        return " ".join(filter(None, (self.number, customer))) or f"#{self.id}"

    @calculated(lazy_pgettext("retail", "Overdue"), Kind.LINE, catalogue="overdue_*")
    def overdue(self) -> str:
        """The stages that are late now."""
        return "、".join(str(deadline.title) for deadline, _when, late in standing(self) if late)

    @property
    def profile(self) -> RetailCustomerProfile | None:
        customer = self.referred("customer")
        return None if customer is None else RetailCustomerProfile.of_customer(customer)

    def missing_of(self, name: str) -> list[str]:
        """Labels of the fields of a stage that the profile still lacks."""
        stage = next(one for one in STAGES if one.name == name)
        profile, specs = self.profile, RetailCustomerProfile.specs()
        return [
            str(specs[one].label)
            for one in needed(stage.fields)
            if profile is None or profile.is_empty(one)
        ]

    def before_submission(self) -> Iterator[Refusal]:
        yield from rules.base_is_maintained(self)

    def approved(self, case: Any) -> None:
        """AF-24: the quantification counts; who orders by telephone and pays cash orders from now on (D8§7.3)."""
        profile = self.profile
        if profile is None:
            return
        profile.quant_approved_on = clock.today()
        if profile.order_method != PHONE or profile.settlement_method == CASH:
            open_orders_if_ready(self)

    @classmethod
    def of_customer(cls, customer: Customer) -> RetailOnboarding | None:
        """His living form."""
        if customer.id is None:
            return None
        with db.session.no_autoflush:
            return db.session.scalar(cls.living().where(cls.customer_id == customer.id))


# -- the chain of working days -----------------------------------------------------------------------

Gradings = Callable[[int, date], date | None]
_gradings: list[Gradings] = []


def gradings_by(question: Gradings) -> Gradings:
    """The gradings tell here on which day after a day a customer is graded next."""
    _gradings.append(question)
    return question


def plan(onboarding: RetailOnboarding, grading: date | None = None) -> None:
    """BR-017, DL-02…DL-08: the n-th working day, and trade circle and display before a grading.

    :param grading: the day of one that this click enters
    """
    received = onboarding.received_on
    if received is None:
        return
    table = working_days.calendar()
    first_counts = bool(settings.get("receipt_is_first_day"))

    def workday(n: int) -> date:
        return table.nth(received, n) if first_counts else table.after(received, n)

    onboarding.located_by = workday(1)
    for stage in STAGES:
        setattr(onboarding, stage.by, workday(stage.workday))
    graded = [day for day in (onboarding.grading_on, grading) if day and day > received]
    if onboarding.customer_id is not None:
        graded += [day for ask in _gradings if (day := ask(onboarding.customer_id, received))]
    if graded:
        onboarding.circle_display_by = min(
            getattr(onboarding, CIRCLE.by), table.before(min(graded))
        )


@each_round
def plan_anew() -> None:
    """Another calendar, another switch, a field that was shielded: what is not complete is planned anew."""
    for onboarding in db.session.scalars(
        RetailOnboarding.living().where(RetailOnboarding.state != "complete")
    ):
        plan(onboarding)
        if (profile := onboarding.profile) is not None:
            note_progress(onboarding, profile)
    db.session.flush()


@each_round
def pass_new_retailers_on() -> None:
    """DL-01: the analysts hear of every customer whom a licence clerk entered and nobody has taken in yet."""
    clerks = users.holding("licence_clerk")
    if not clerks:
        return
    taken_in = select(RetailOnboarding.customer_id).where(RetailOnboarding.voided_at.is_(None))
    fresh = Customer.living().where(
        Customer.created_by_id.in_(clerks),
        Customer.created_at >= clock.now() - timedelta(days=30),
        Customer.id.not_in(taken_in),
    )
    for customer in db.session.scalars(fresh):
        notices.tell(
            users.holding("statistics_analyst"),
            "new_retailer",
            _("New retailer from the licence clerk: %(customer)s.", customer=customer.name),
            f"/retail_onboarding/add?customer_id={customer.id}",
            once=f"new_retailer:{customer.id}",
        )


@follows_from("retail_onboarding")
def a_new_retailer_has_his_days_and_his_profile(onboarding: Any) -> None:
    """DL-01: what the licence clerk passed on becomes a form with its days, and an empty profile."""
    customer = onboarding.referred("customer")
    if customer is None:
        return
    if onboarding.id is None or onboarding.changed("received_on", "grading_on", "customer_id"):
        plan(onboarding)
    if onboarding.id is None:
        if onboarding.account_manager_id is None and onboarding.account_manager is None:
            onboarding.account_manager = customer.responsible_rep
        elif customer.responsible_rep_id is None and customer.responsible_rep is None:
            customer.responsible_rep = onboarding.referred("account_manager")
    profile = RetailCustomerProfile.of_customer(customer)
    if profile is None and not onboarding.is_void:
        profile = RetailCustomerProfile(customer=customer, customer_id=customer.id)
        db.session.add(profile)
    if profile is None:
        return
    if profile.is_empty("order_day") and onboarding.first_order_on:
        profile.order_day = Weekday.of(onboarding.first_order_on)
    _note_signatures(onboarding)
    note_progress(onboarding, profile)


def _note_signatures(onboarding: RetailOnboarding) -> None:
    """Each station of the case stands on the form with its day; what is returned begins anew."""
    if onboarding.id is None or not onboarding.changed("state"):
        return
    today = clock.today()
    if onboarding.state == "received":
        onboarding.base_maintained_on = onboarding.account_manager_notified_on = None
        onboarding.quant_maintained_on = onboarding.chief_notified_on = None
    elif onboarding.state == "base_maintained":
        onboarding.base_maintained_on = onboarding.account_manager_notified_on = today
    elif onboarding.state == "quant_maintained":
        onboarding.quant_maintained_on = onboarding.chief_notified_on = today
    elif onboarding.state == "approved":
        onboarding.chief_approved_on = today


def note_progress(onboarding: RetailOnboarding, profile: RetailCustomerProfile) -> None:
    """What the profile has by now is noted on the form; the last of it completes the form."""
    today = clock.today()
    if onboarding.located_on is None and profile.has(BASE):
        onboarding.located_on = today
    for stage in _AFTER_APPROVAL:
        since = getattr(onboarding, stage.done)
        if profile.has(stage) != (since is not None):
            setattr(onboarding, stage.done, None if since else today)
    if onboarding.state == "orderable" and not profile.missing_names():
        onboarding.state = OnboardingState.COMPLETE
    if profile.state != onboarding.state:
        profile.state = onboarding.state


def why_not_determine(onboarding: Any) -> Any:
    if onboarding.located_on is not None:
        return gettext("It is determined already.")
    return None


@unless(it_is_void, why_not_determine)
def determine(onboarding: RetailOnboarding, _reason: str | None = None) -> None:
    """DL-02: location, visits, delivery, ordering and settlement are determined with the account manager."""
    onboarding.located_on = clock.today()
    db.session.flush()


Ready = Callable[[Customer], Any]
_ready: dict[str, Ready] = {}


def ready_by(method: str) -> Callable[[Ready], Ready]:
    """This function says what a customer who orders by this method still lacks; None: nothing."""

    def keep(question: Ready) -> Ready:
        _ready[method] = question
        return question

    return keep


def why_not_order(onboarding: Any) -> Any:
    """D8§7.3, D8§7.4: why the customer cannot order yet."""
    if onboarding.is_void:
        return gettext("It is void.")
    if onboarding.state in ("orderable", "complete"):
        return gettext("The customer may order already.")
    if onboarding.state != "approved":
        return gettext("The chief of the section approves the quantification first.")
    profile = onboarding.profile
    if profile is None or profile.is_empty("order_method"):
        return gettext("The profile says the ordering method first.")
    question = _ready.get(profile.order_method)
    return question(onboarding.customer) if question is not None else None


@unless(why_not_order)
def open_orders(onboarding: RetailOnboarding, _reason: str | None = None) -> None:
    """From now on the customer may order.

    :raises Refused: while something that his way of ordering needs is missing
    """
    onboarding.state = OnboardingState.ORDERABLE
    onboarding.orderable_on = clock.today()
    db.session.flush()


def open_orders_if_ready(onboarding: RetailOnboarding | None) -> None:
    """The last thing that was missing has come: nobody has to press a button for it."""
    if onboarding is not None and why_not_order(onboarding) is None:
        open_orders(onboarding)


__all__ = [
    "RetailCustomerProfile",
    "RetailFieldMaintenance",
    "RetailLawRecord",
    "RetailOnboarding",
]
