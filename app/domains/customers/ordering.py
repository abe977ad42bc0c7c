"""How a retail customer orders: on the net, by handset, by 烟信通; the password, the training (R21 to R25)."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, declared_attr, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.approvals.asking import may_sign
from app.deadlines import Deadline, working_days
from app.deadlines.dates import each_round
from app.documents import Printout, Signature
from app.domains.customers import retail
from app.domains.customers.retail import (
    MOBILE,
    ONLINE,
    YANXINTONG,
    RetailCustomerProfile,
    RetailOnboarding,
    open_orders_if_ready,
)
from app.domains.customers.rules import ordering as rules
from app.domains.directory.lookups import choices_of
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people, standing_in
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Line,
    Money,
    NotAllowed,
    Phone,
    Prose,
    Record,
    Refusal,
    Stateful,
    States,
    acting,
    clock,
    field,
    follows_from,
    once,
    reference,
)
from app.records.moving import it_is_void, unless
from app.records.plain_rules import has_happened


def _named_rule(method: str) -> Any:
    """The rule that the form is the one of the customer's method."""
    rule = partial(rules.ordering_method_is, method)
    rule.__doc__ = rules.ordering_method_is.__doc__
    return rule


class OfARetailer:
    """What every form about a retail customer asks of his other forms."""

    customer: Any

    def method_in_profile(self) -> str | None:
        customer = self.referred("customer")  # type: ignore[attr-defined]
        profile = RetailCustomerProfile.of_customer(customer) if customer is not None else None
        return profile.order_method if profile is not None else None

    @property
    def customer_code(self) -> str:
        """The code that stands on the forms."""
        profile = RetailCustomerProfile.of_customer(self.customer)
        return (profile.customer_code if profile is not None else None) or ""

    @property
    def onboarding(self) -> RetailOnboarding | None:
        return RetailOnboarding.of_customer(self.customer)

    def first_order_on(self) -> date | None:
        customer = self.referred("customer")  # type: ignore[attr-defined]
        onboarding = RetailOnboarding.of_customer(customer) if customer is not None else None
        return onboarding.first_order_on if onboarding is not None else None


# -- R21 -------------------------------------------------------------------------------------------


class HandedTo(Choices):
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    CUSTOMER = "customer", _("The customer directly")


class OnlineOrderState(Choices):
    APPLIED = "applied", lazy_pgettext("ordering", "Applied")
    SUBMITTED = "submitted", lazy_pgettext("ordering", "Being approved")
    APPROVED = "approved", lazy_pgettext("ordering", "Approved")
    REJECTED = "rejected", lazy_pgettext("ordering", "Rejected")
    MAINTAINED = "maintained", _("Maintained in the system")
    PASSWORD_RECEIVED = "password_received", _("Password received")
    HANDED = "handed", _("Password handed over")
    TRAINING_AGREED = "training_agreed", _("Training agreed")
    TRAINING_DONE = "training_done", _("Training done")


def _customer_signs_first(application: Any) -> dict[str, Any]:
    """E18: the customer signs the form he filled in, before those who gave their opinion."""
    return {"first": [Signature(_("Customer"))]}


class OnlineOrderApplication(OfARetailer, Approvable, Record):
    """The form for ordering on the net, filled in by the customer at the unit; his password never stands here."""

    __tablename__ = "online_order_application"
    catalogue_code = "R21"
    sources = ("D8§7.4",)
    numbered = "WD-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("account_manager_id",)
    owned_through = ("customer",)
    ruled_by = (
        has_happened("applied_on"),
        _named_rule(ONLINE),
        rules.no_password_is_written,
    )
    outcome = Outcome(
        submitted="submitted", approved="approved", rejected="rejected", returned="applied"
    )
    states = States(
        OnlineOrderState,
        start="applied",
        moves={
            "applied": ("submitted",),
            "submitted": ("applied", "approved", "rejected"),
            "approved": ("maintained",),
            "maintained": ("password_received", "handed"),
            "password_received": ("handed",),
            "handed": ("training_agreed",),
            "training_agreed": ("training_done",),
        },
        draft="applied",
        locked=("submitted", "rejected", "training_done"),
        # The handover of the password (R22) and the training (R25) bring them.
        elsewhere=("password_received", "handed", "training_agreed", "training_done"),
        tones={
            "applied": "draft",
            "submitted": "run",
            "approved": "ok",
            "rejected": "bad",
            "maintained": "run",
            "password_received": "run",
            "handed": "run",
            "training_agreed": "run",
            "training_done": "ok",
        },
    )
    #: AF-25: account manager, then chief; where the manager keyed it in himself the chief decides
    signed_by = (
        Route(
            "AF-25",
            _("Ordering on the net"),
            Step(
                "account_manager", _("Account manager"), named_in="account_manager_id", on_self="skip",
                on_empty="skip", within=1,
            ),
            Step(
                "section_chief", _("Chief of the marketing service section"), "marketing_section_chief",
                within=1, escalates_to="general_manager",
            ),
            article="D8§7.4",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "password_at", _("Password from the order clerk"), ("maintained",),
            roles=("order_clerk", "statistics_analyst"), escalates_to=("marketing_section_chief",), warn=0,
            code="DL-10",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "online_order_application.html",
            _("Application for ordering on the net"),
            form="E18",
            article="D8§7.4",
            signatures=(
                _("Customer"),
                _("Account manager"),
                _("Chief of the marketing service section"),
            ),
            context=_customer_signs_first,
        ),
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    applied_on: Mapped[date] = field(_("Applied on"), sortable=True)
    account_manager_id: Mapped[int | None] = reference(
        _("Account manager"),
        "employee.id",
        help=_("Empty: the responsible representative of the customer's card."),
    )
    account_manager: Mapped[Employee | None] = relationship(foreign_keys=account_manager_id)
    #: what they say when they sign
    account_manager_opinion: Mapped[Prose | None] = field(
        _("Opinion of the account manager"), machine=True
    )
    section_chief_opinion: Mapped[Prose | None] = field(_("Opinion of the chief"), machine=True)
    system_maintained_on: Mapped[date | None] = field(
        _("Maintained in the system on"), machine=True
    )
    password_at: Mapped[datetime | None] = field(
        _("Password due"), machine=True, help=_("The morning of the second working day after.")
    )
    password_received_on: Mapped[date | None] = field(_("Password received on"), machine=True)
    handed_to: Mapped[Choice | None] = field(_("Handed to"), choices=HandedTo, machine=True)
    reset_by_manager: Mapped[bool] = field(
        _("Reset by the account manager"), default=False, machine=True
    )
    training_at: Mapped[datetime | None] = field(
        _("Time of the training"), machine=True, catalogue="training_time"
    )
    training_method: Mapped[Line | None] = field(_("Method of the training"), machine=True)

    def before_submission(self) -> Any:
        """AF-25: his step is left out only where he keyed the form in himself, not where he cannot sign."""
        if self.account_manager is None:
            yield Refusal(
                gettext("Name the account manager who goes on with it."), "account_manager_id"
            )
            return
        account = self.account_manager.user_id
        if account is None or not may_sign(account, self.register_name()):
            yield Refusal(
                gettext(
                    "%(name)s cannot sign here: name an account manager.",
                    name=self.account_manager,
                ),
                "account_manager_id",
            )

    def approved(self, case: Any) -> None:
        """AF-25: what they said when they signed stands on the form."""
        for act in case.actions:
            if act.command == "approve" and act.opinion:
                if act.step == "account_manager":
                    self.account_manager_opinion = act.opinion
                elif act.step == "section_chief":
                    self.section_chief_opinion = act.opinion

    @classmethod
    def waiting_for_training(cls, customer_id: int) -> OnlineOrderApplication | None:
        """The living form of the customer whose training is to be agreed or held."""
        query = cls.living().where(
            cls.customer_id == customer_id, cls.state.in_(("handed", "training_agreed"))
        )
        with db.session.no_autoflush:
            return db.session.scalars(query.order_by(cls.id.desc())).first()


@follows_from("online_order_application")
def an_application_knows_its_manager(application: Any) -> None:
    customer = application.referred("customer")
    if application.id is not None or customer is None:
        return
    if application.account_manager_id is None and application.account_manager is None:
        application.account_manager = customer.responsible_rep


def why_not_maintain(application: Any) -> Any:
    if application.state == "approved":
        return None
    if application.state in ("applied", "submitted"):
        return gettext("Account manager and chief approve it first.")
    return gettext("It is maintained already, or was rejected.")


@unless(it_is_void, why_not_maintain)
def maintain(application: OnlineOrderApplication, _reason: str | None = None) -> None:
    """The analyst has maintained the customer; the password comes in the morning of the second working day after (DL-10)."""
    application.system_maintained_on = clock.today()
    _plan_password(application)
    application.state = OnlineOrderState.MAINTAINED
    db.session.flush()


def _plan_password(application: OnlineOrderApplication) -> None:
    """DL-10: the day after the maintenance is the first working day (A-22)."""
    table, since = working_days.calendar(), application.system_maintained_on
    if since is not None:
        application.password_at = table.ends_at(table.after(since, 2), morning=True)


def why_not_reset(application: Any) -> Any:
    if application.state != "maintained":
        return gettext("Only where a password is awaited can it be reset.")
    if application.password_at is None or clock.now() < application.password_at:
        return gettext("The password may still come, until noon of the second working day.")
    return None


@unless(it_is_void, why_not_reset)
def reset(application: OnlineOrderApplication, _reason: str | None = None) -> None:
    """No password came because of the system: the account manager sets a new one in 新商盟 (AF-25).

    :raises Refused: before the morning is over on which it is due
    :raises NotAllowed: for anybody but the account manager and his B
    """
    if not is_manager(application.account_manager):
        raise NotAllowed(Refusal(gettext("The account manager of this customer resets it.")))
    application.reset_by_manager = True
    application.handed_to = HandedTo.ACCOUNT_MANAGER
    application.state = OnlineOrderState.HANDED
    db.session.flush()


def is_manager(person: Employee | None) -> bool:
    """Whether who acts is this account manager, or his B today."""
    me = acting().actor.id
    if person is None or person.user_id is None or me is None:
        return False
    return me == person.user_id or person.user_id in standing_in.for_whom(me)


# -- R22 -------------------------------------------------------------------------------------------


class PasswordState(Choices):
    SENT = "sent", lazy_pgettext("password", "Sent")
    RECEIVED = "received", lazy_pgettext("password", "Received")
    HANDED = "handed", lazy_pgettext("password", "Handed over")


class OrderPasswordHandover(Stateful, Record):
    """That a password went from the order clerk to the analyst and on to the customer: who, when, never which."""

    __tablename__ = "order_password_handover"
    __table_args__ = (
        once(
            "uq_order_password_handover_application", "application_id",
            refusal=_("The password of this application is handed over already."),
        ),
    )  # fmt: skip
    catalogue_code = "R22"
    sources = ("D8§7.4",)
    numbered = "MM-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("from_person_id", "to_person_id")
    owned_through = ("application",)
    ruled_by = (
        rules.password_is_of_a_maintained_application,
        rules.sender_is_not_the_receiver,
        rules.no_password_is_written,
    )
    states = States(
        PasswordState,
        start="sent",
        moves={"sent": ("received",), "received": ("handed",)},
        locked=("handed",),
        tones={"sent": "warn", "received": "run", "handed": "ok"},
    )

    application_id: Mapped[int] = reference(
        _("Application for ordering on the net"), "online_order_application.id", sortable=True
    )
    application: Mapped[OnlineOrderApplication] = relationship(foreign_keys=application_id)
    from_person_id: Mapped[int | None] = reference(
        lazy_pgettext("password", "From"),
        "employee.id",
        catalogue="from",
        help=_("The order clerk. Empty: who enters it."),
    )
    from_person: Mapped[Employee | None] = relationship(foreign_keys=from_person_id)
    to_person_id: Mapped[int | None] = reference(
        lazy_pgettext("password", "To"),
        "employee.id",
        catalogue="to",
        help=_("The statistics analyst. Empty: who receives it."),
    )
    to_person: Mapped[Employee | None] = relationship(foreign_keys=to_person_id)
    sent_on: Mapped[date | None] = field(
        lazy_pgettext("password", "Sent on"), machine=True, sortable=True, catalogue="on"
    )
    received_on: Mapped[date | None] = field(
        lazy_pgettext("password", "Received on"), machine=True
    )
    handed_to: Mapped[Choice | None] = field(_("Handed to"), choices=HandedTo, machine=True)
    handed_on: Mapped[date | None] = field(_("Handed over on"), machine=True)


@follows_from("order_password_handover")
def a_handover_says_who_and_when(handover: Any) -> None:
    if handover.id is not None:
        return
    handover.sent_on = clock.today()
    if handover.from_person_id is None and handover.from_person is None:
        handover.from_person = people.who_acts()


def why_not_receive_password(handover: Any) -> Any:
    if handover.state != "sent":
        return gettext("It is received already.")
    if handover.application.state != "maintained":
        return gettext("The account manager has reset it meanwhile.")
    return None


@unless(it_is_void, why_not_receive_password)
def receive_password(handover: OrderPasswordHandover, _reason: str | None = None) -> None:
    """The analyst has it (DL-10)."""
    handover.received_on = clock.today()
    if handover.to_person_id is None:
        handover.to_person = people.who_acts()
    handover.state = PasswordState.RECEIVED
    handover.application.password_received_on = clock.today()
    handover.application.state = OnlineOrderState.PASSWORD_RECEIVED
    db.session.flush()


def hand_on(to: HandedTo) -> Any:
    """The analyst gives it to the account manager, or tells the customer himself."""

    @unless(it_is_void, why_not_hand_on)
    def hand(handover: OrderPasswordHandover, _reason: str | None = None) -> None:
        handover.handed_to = handover.application.handed_to = to
        handover.handed_on = clock.today()
        handover.state = PasswordState.HANDED
        handover.application.state = OnlineOrderState.HANDED
        db.session.flush()

    return hand


def why_not_hand_on(handover: Any) -> Any:
    if handover.state == "sent":
        return gettext("The analyst receives it first.")
    return gettext("It is handed over already.") if handover.state == "handed" else None


# -- R23, R24 ----------------------------------------------------------------------------------------


class OperatorState(Choices):
    RECEIVED = "received", lazy_pgettext("operator", "Received")
    SENT = "sent", _("Code and order day sent")
    MAINTAINED = "maintained", _("Maintained in the system")
    TRAINED = "trained", lazy_pgettext("operator", "Trained")


class OperatorOrdering(OfARetailer, Stateful, Record):
    """What ordering through a telephone operator has in common, whichever operator it is."""

    __abstract__ = True
    titled_by = "number"
    owned_through = ("customer",)

    method: ClassVar[str] = ""
    states = States(
        OperatorState,
        start="received",
        moves={"received": ("sent",), "sent": ("maintained",), "maintained": ("trained",)},
        locked=("trained",),
        tones={"received": "warn", "sent": "run", "maintained": "ok", "trained": "mute"},
    )
    due = (
        Deadline(
            "reply_by", _("Send customer code and order day, maintain the system"), ("received", "sent"),
            roles=("statistics_analyst",), escalates_to=("marketing_section_chief",), warn=1, code="DL-12",
        ),
        Deadline(
            "order_day_sent", _("Training by the operator"), ("maintained",), done="trained_on",
            roles=("statistics_analyst",), escalates_to=("marketing_section_chief",), warn=1, code="DL-11",
        ),
    )  # fmt: skip

    @declared_attr
    def customer_id(cls) -> Mapped[int]:  # noqa: N805
        return reference(_("Customer"), "customer.id", sortable=True)

    @declared_attr
    def customer(cls) -> Mapped[Customer]:  # noqa: N805
        return relationship(Customer, foreign_keys=lambda: cls.__table__.c.customer_id)

    handset_received: Mapped[bool] = field(_("Handset for ordering received"), default=False)
    agreement_received_on: Mapped[date] = field(_("Agreement received on"), sortable=True)
    binding_info: Mapped[Phone] = field(
        _("Number bound to the handset"), personal=True, searched=True
    )
    reply_by: Mapped[date | None] = field(
        _("Answer to the operator by"), machine=True, sortable=True
    )
    customer_code_sent_on: Mapped[date | None] = field(_("Customer code sent on"), machine=True)
    order_day_sent: Mapped[date | None] = field(
        _("Order day sent"),
        help=_("Empty: the first order day of the onboarding form."),
    )
    system_maintained_on: Mapped[date | None] = field(
        _("Maintained in the system on"), machine=True
    )
    trained_on: Mapped[date | None] = field(_("Trained by the operator on"), machine=True)


class MobileOrderAgreement(OperatorOrdering):
    """Ordering by handset: the agreement of tobacco company, telecom company and customer."""

    __tablename__ = "mobile_order_agreement"
    catalogue_code = "R23"
    sources = ("D8§7.4",)
    numbered = "SJ-{year}{month:02}-{seq:04}"
    method = MOBILE
    ruled_by = (
        has_happened("agreement_received_on"),
        rules.fee_is_not_negative,
        _named_rule(MOBILE),
        rules.operator_trains_on_the_order_day,
    )
    printed_as = (
        Printout(
            "mobile_order_agreement.html",
            _("Agreement of three parties on ordering by handset"),
            form="E19",
            article="D8§7.4",
            signatures=(
                _("Tobacco company (seal)"),
                _("Telecom company (seal)"),
                _("Customer (signature)"),
            ),
            subtitle=_("In three copies, one for each party"),
        ),
    )

    telecom_prepaid_fee: Mapped[Money | None] = field(_("Prepaid call charges"))


class YanxintongApplication(OperatorOrdering):
    """Ordering by 烟信通: like ordering by handset, with the mobile operator and a deposit."""

    __tablename__ = "yanxintong_application"
    catalogue_code = "R24"
    sources = ("D8§7.4",)
    numbered = "YXT-{year}{month:02}-{seq:04}"
    method = YANXINTONG
    ruled_by = (
        has_happened("agreement_received_on"),
        rules.fee_is_not_negative,
        _named_rule(YANXINTONG),
        rules.operator_trains_on_the_order_day,
    )

    deposit: Mapped[Money | None] = field(
        lazy_pgettext("ordering", "Deposit"), help=_("Paid to the mobile operator.")
    )


@follows_from("mobile_order_agreement")
@follows_from("yanxintong_application")
def an_agreement_is_answered_in_a_day(agreement: Any) -> None:
    """DL-12, AF-26: one working day from receipt; the day after the receipt is the first (A-22)."""
    if agreement.changed("agreement_received_on"):
        _plan_reply(agreement)
    if agreement.id is None and agreement.order_day_sent is None:
        agreement.order_day_sent = agreement.first_order_on()


def _plan_reply(agreement: Any) -> None:
    if agreement.agreement_received_on:
        agreement.reply_by = working_days.calendar().after(agreement.agreement_received_on, 1)


def why_not_send_code(agreement: Any) -> Any:
    if agreement.state != "received":
        return gettext("Code and order day are sent already.")
    if not agreement.customer_code:
        return gettext("The customer's profile has no customer code yet.")
    if agreement.order_day_sent is None:
        return gettext("Enter the order day first.")
    return None


@unless(it_is_void, why_not_send_code)
def send_code(agreement: Any, _reason: str | None = None) -> None:
    """The operator has customer code and order day (AF-26)."""
    agreement.customer_code_sent_on = clock.today()
    agreement.state = OperatorState.SENT
    db.session.flush()


def why_not_maintain_agreement(agreement: Any) -> Any:
    if agreement.state == "received":
        return gettext("Send customer code and order day to the operator first.")
    return None if agreement.state == "sent" else gettext("It is maintained already.")


@unless(it_is_void, why_not_maintain_agreement)
def maintain_agreement(agreement: Any, _reason: str | None = None) -> None:
    """The customer is maintained in the system: he orders from now on."""
    agreement.system_maintained_on = clock.today()
    agreement.state = OperatorState.MAINTAINED
    db.session.flush()
    open_orders_if_ready(agreement.onboarding)


def why_not_note_training(agreement: Any) -> Any:
    if agreement.is_void:
        return gettext("It is void.")
    if agreement.state == "trained":
        return gettext("The customer is trained already.")
    if agreement.state != "maintained":
        return gettext("The customer is maintained in the system first.")
    if agreement.order_day_sent and clock.today() < agreement.order_day_sent:
        return gettext(
            "The operator trains on the order day, %(day)s.",
            day=f"{agreement.order_day_sent:%Y-%m-%d}",
        )
    return None


@unless(why_not_note_training)
def note_training(agreement: Any, _reason: str | None = None) -> None:
    """The operator trained the customer, on the order day (DL-11)."""
    agreement.trained_on = clock.today()
    agreement.state = OperatorState.TRAINED
    db.session.flush()


# -- R25 -------------------------------------------------------------------------------------------


class Trainer(Choices):
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    TELECOM = "telecom", _("Telecom company")
    MOBILE_OPERATOR = "mobile_operator", _("Mobile operator")


class TrainingState(Choices):
    AGREED = "agreed", lazy_pgettext("ordering training", "Agreed")
    DONE = "done", lazy_pgettext("ordering training", "Done")


class OrderingTraining(OfARetailer, Stateful, Record):
    """When and how a customer learns to order: on the net before his order day, by handset on the day itself."""

    __tablename__ = "ordering_training"
    catalogue_code = "R25"
    sources = ("D8§7.4",)
    numbered = "DHPX-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("customer",)
    ruled_by = (rules.trainer_fits_the_method, rules.training_comes_in_time)
    states = States(
        TrainingState,
        start="agreed",
        moves={"agreed": ("done",)},
        locked=("done",),
        tones={"agreed": "run", "done": "ok"},
    )
    due = (
        Deadline(
            "done_by", _("Training in ordering"), ("agreed",), whose=("trainer_person_id",),
            roles=("account_manager",), escalates_to=("marketing_section_chief",), code="DL-11",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    order_method: Mapped[Choice] = field(
        _("Ordering method"), choices=choices_of("retail_order_method"), sortable=True
    )
    trainer: Mapped[Choice | None] = field(
        lazy_pgettext("ordering training", "Trainer"),
        choices=Trainer,
        help=_("Empty: who trains for this method."),
    )
    trainer_person_id: Mapped[int | None] = reference(
        _("Account manager"), "employee.id", machine=True
    )
    trainer_person: Mapped[Employee | None] = relationship(foreign_keys=trainer_person_id)
    order_on: Mapped[date | None] = field(
        _("First order day"),
        sortable=True,
        help=_("Empty: the first order day of the onboarding form."),
    )
    trained_at: Mapped[datetime] = field(
        lazy_pgettext("ordering training", "Time"), catalogue="time", sortable=True
    )
    method: Mapped[Line] = field(
        lazy_pgettext("ordering training", "Method"),
        help=_("At the shop, at the unit, by telephone: as agreed with the customer."),
    )
    done: Mapped[bool] = field(
        lazy_pgettext("ordering training", "Done"), default=False, machine=True
    )
    done_by: Mapped[date | None] = field(_("To be done by"), machine=True)
    done_on: Mapped[date | None] = field(_("Done on"), machine=True)


@follows_from("ordering_training")
def a_training_has_its_day_and_its_trainer(training: Any) -> None:
    """DL-11: before the order day for the net, on it for a handset; what is agreed stands on R21."""
    customer = training.referred("customer")
    if customer is None:
        return
    if training.id is None:
        if not training.trainer:
            training.trainer = rules.TRAINERS.get(training.order_method or "")
        if training.order_on is None:
            training.order_on = training.first_order_on()
        training.trainer_person = customer.responsible_rep
    if training.changed("order_on", "order_method"):
        _plan_training(training)
    if training.order_method != ONLINE or customer.id is None or training.is_void:
        return
    application = OnlineOrderApplication.waiting_for_training(customer.id)
    if application is not None and training.changed("trained_at", "method", "customer_id"):
        application.training_at = training.trained_at
        application.training_method = training.method
        application.state = OnlineOrderState.TRAINING_AGREED


def _plan_training(training: OrderingTraining) -> None:
    if training.order_on:
        training.done_by = (
            working_days.calendar().before(training.order_on)
            if training.order_method == ONLINE
            else training.order_on
        )


@each_round
def plan_anew() -> None:
    """Another calendar: what still waits is due on other days."""
    for cls, states, planned in (
        (OnlineOrderApplication, ("maintained",), _plan_password),
        (MobileOrderAgreement, ("received", "sent"), _plan_reply),
        (YanxintongApplication, ("received", "sent"), _plan_reply),
        (OrderingTraining, ("agreed",), _plan_training),
    ):
        for record in db.session.scalars(cls.living().where(cls.state.in_(states))):
            planned(record)
    db.session.flush()


def why_not_finish_training(training: Any) -> Any:
    if training.state == "done":
        return gettext("It is done already.")
    if training.trained_at > clock.now():
        return gettext("The time that was agreed has not come yet.")
    return None


@unless(it_is_void, why_not_finish_training)
def finish_training(training: OrderingTraining, _reason: str | None = None) -> None:
    """The customer knows how to order.

    :raises Refused: before the time that was agreed
    """
    training.done, training.done_on = True, clock.today()
    training.state = TrainingState.DONE
    if training.order_method == ONLINE:
        application = OnlineOrderApplication.waiting_for_training(training.customer_id)
        if application is not None:
            application.state = OnlineOrderState.TRAINING_DONE
    else:
        agreement = _agreement_of(training.customer, training.order_method)
        if agreement is not None and why_not_note_training(agreement) is None:
            note_training(agreement)
    db.session.flush()
    open_orders_if_ready(training.onboarding)


# -- who may order -------------------------------------------------------------------------------------


_AGREEMENTS: dict[str, Any] = {MOBILE: MobileOrderAgreement, YANXINTONG: YanxintongApplication}


def _agreement_of(customer: Customer, method: str) -> Any:
    """The customer's living agreement with the operator of this method."""
    cls = _AGREEMENTS.get(method)
    if cls is None:
        return None
    query = cls.living().where(cls.customer_id == customer.id).order_by(cls.id.desc())
    with db.session.no_autoflush:
        return db.session.scalars(query).first()


@retail.ready_by(ONLINE)
def _what_the_net_still_wants(customer: Customer) -> Any:
    """D8§7.4: who orders on the net has been trained."""
    done = select(OnlineOrderApplication.id).where(
        OnlineOrderApplication.customer_id == customer.id,
        OnlineOrderApplication.state == "training_done",
        OnlineOrderApplication.voided_at.is_(None),
    )
    with db.session.no_autoflush:
        if db.session.scalar(done.limit(1)) is not None:
            return None
    return gettext("Application, password and training for ordering on the net come first.")


def _what_the_operator_still_wants(method: str, customer: Customer) -> Any:
    """D8§7.4: who orders through an operator is maintained; he is trained on the order day itself."""
    agreement = _agreement_of(customer, method)
    if agreement is not None and agreement.state in ("maintained", "trained"):
        return None
    return gettext("The agreement with the operator is maintained in the system first.")


for _method in _AGREEMENTS:
    retail.ready_by(_method)(partial(_what_the_operator_still_wants, _method))


__all__ = [
    "MobileOrderAgreement",
    "OnlineOrderApplication",
    "OrderPasswordHandover",
    "OrderingTraining",
    "YanxintongApplication",
]
