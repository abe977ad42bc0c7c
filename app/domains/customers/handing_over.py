"""When somebody leaves: his customers are handed over (R11), and are told who comes after him (R12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline, working_days
from app.deadlines.dates import each_round
from app.documents import Beside, Printout
from app.domains.customers.contacts import ContactReport, ContactRole, CustomerContactAssignment
from app.domains.customers.models import Channel, CustomerInteraction
from app.domains.customers.rules import handing_over as rules
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Department, Employee
from app.records import (
    REGISTERED,
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Prose,
    Record,
    Refusal,
    Refused,
    Stateful,
    States,
    Word,
    acting,
    clock,
    field,
    follows_from,
    lines,
    once,
    reference,
    settings,
)
from app.records.moving import it_is_void, unless, why_not_move
from app.security import scopes, users

settings.declare(
    settings.Setting(
        "customer_notice_days",
        _("Working days within which a customer is told who comes after a leaver"),
        3,
        Kind.WHOLE,
        group=_("Customer desk"),
        source="DL-21",
        help=_("The regulation says “in time” and no figure."),
    ),
    settings.Setting(
        "first_contact_days",
        _("Working days within which the successor gets in touch with the customer"),
        5,
        Kind.WHOLE,
        group=_("Customer desk"),
        source="DL-21",
        help=_("The regulation says “quickly” and no figure."),
    ),
)


# -- R11 -------------------------------------------------------------------------------------------


class HandoverTrigger(Choices):
    TRANSFER = "transfer", _("Transfer of personnel")
    RESIGNATION = "resignation", lazy_pgettext("customer desk", "Resignation")


class CustomerHandoverState(Choices):
    OPENED = "opened", lazy_pgettext("customer handover", "Opened")
    SIGNING = "signing", lazy_pgettext("customer handover", "Being signed")
    RECEIVED = "received", lazy_pgettext("customer handover", "Received")
    SORTED = "sorted", lazy_pgettext("customer handover", "Sorted")
    ARCHIVED = "archived", lazy_pgettext("customer handover", "Put into the archive")
    CLOSED = "closed", lazy_pgettext("customer handover", "Closed")


class CustomerHandover(Approvable, Record):
    """A leaver's customers and their material: received, sorted, archived, and in other hands."""

    __tablename__ = "customer_handover"
    __table_args__ = (
        once(
            "uq_customer_handover_open", "leaver_id", where="state <> 'closed'",
            refusal=_("A handover of this person is open already."),
        ),
    )  # fmt: skip
    catalogue_code = "R11"
    sources = ("D16§5", "D16§7.4", "D20§6", "D20§8")
    numbered = "KHJJ-{year}{month:02}-{seq:04}"
    titled_by = "number"
    department_by = ("business_dept_id", "owner_dept_id")
    owned_by = ("leaver_id", "successor_id", "received_by_id")
    owned_through = ("material",)
    ruled_by = (
        rules.leaver_does_not_succeed_himself,
        rules.one_handover_for_a_leaver,
        rules.archived_is_complete,
        rules.nobody_is_left_alone,
    )
    outcome = Outcome(
        submitted="signing", approved="received", rejected="opened", returned="opened"
    )
    states = States(
        CustomerHandoverState,
        start="opened",
        moves={
            "opened": ("signing",),
            "signing": ("opened", "received"),
            "received": ("sorted",),
            "sorted": ("archived",),
            "archived": ("closed",),
        },
        locked=("closed",),
        tones={
            "opened": "warn",
            "signing": "run",
            "received": "run",
            "sorted": "run",
            "archived": "run",
            "closed": "ok",
        },
    )
    #: AF-23: the leaver declares, business department and 信息部 receive, the successor takes over
    signed_by = (
        Route(
            "AF-23",
            _("Handover of a leaver's customers"),
            Step("leaver", _("Declaration of the leaver"), named_in="leaver_id", within=2),
            Step(
                "departments", _("Business department and information department"), named_in=("business_head_id", "received_by_id"),
                mode="all", on_self="superior", within=2,
            ),
            Step("successor", lazy_pgettext("customer desk", "Successor"), named_in="successor_id", on_empty="skip", on_repeat="again", within=2),
            article="D16",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "customer_handover.html",
            _("List of handed over customer material"),
            form="E37",
            article="D16§5, D16§7.4, D20§6",
            beside=(Beside("customer_notice", "handover_id", "notify_by"),),
            signatures=(
                lazy_pgettext("customer desk", "Leaver"),
                _("Business department"),
                lazy_pgettext("customer desk", "Information department"),
                lazy_pgettext("customer desk", "Successor"),
            ),
        ),
    )

    leaver_id: Mapped[int] = reference(
        lazy_pgettext("customer desk", "Leaver"), "employee.id", sortable=True
    )
    leaver: Mapped[Employee] = relationship(foreign_keys=leaver_id)
    business_dept_id: Mapped[int] = reference(_("Business department"), "department.id")
    business_dept: Mapped[Department] = relationship(foreign_keys=business_dept_id)
    #: who heads the department when it is opened: he signs for it
    business_head_id: Mapped[int | None] = reference(
        _("Head of the business department"), "employee.id", machine=True
    )
    business_head: Mapped[Employee | None] = relationship(foreign_keys=business_head_id)
    received_by_id: Mapped[int] = reference(
        lazy_pgettext("customer desk", "Received by"),
        "employee.id",
        catalogue="received_by",
        help=_(
            "Who receives, sorts and archives it together with the business department:"
            " of the information department, or of the department above."
        ),
    )
    received_by: Mapped[Employee] = relationship(foreign_keys=received_by_id)
    successor_id: Mapped[int] = reference(
        lazy_pgettext("customer desk", "Successor"),
        "employee.id",
        help=_("Takes over every customer that names no other."),
    )
    successor: Mapped[Employee] = relationship(foreign_keys=successor_id)
    leave_on: Mapped[date | None] = field(_("Leaves on"), sortable=True)
    trigger: Mapped[Choice | None] = field(_("Because of"), choices=HandoverTrigger)
    trigger_no: Mapped[Word | None] = field(_("Number of the transfer or resignation"))
    no_data_taken_declaration: Mapped[bool] = field(
        _("The leaver declares that he takes no customer data along"),
        default=False,
        machine=True,
        width=12,
    )
    access_ended_on: Mapped[date | None] = field(_("Account closed on"), machine=True)
    closed_on: Mapped[date | None] = field(
        lazy_pgettext("customer desk", "Closed on"), machine=True, sortable=True
    )
    material: Mapped[list[CustomerHandoverLine]] = relationship(
        back_populates="handover",
        cascade="all, delete-orphan",
        order_by="CustomerHandoverLine.order_no",
    )
    handed = lines(
        _("Customers and their material"),
        "material",
        help=_("Empty: all his customers are brought in."),
        catalogue="lines",
    )

    def before_submission(self) -> Iterator[Refusal]:
        """BR-006: every customer he has stands in the list, and gets somebody who may take him."""
        yield from self._the_department_signs()
        there = {line.customer_id for line in self.material}
        for customer in customers_of(self.leaver_id):
            if customer.id not in there:
                yield Refusal(
                    gettext("%(name)s is his customer too and stands in no line.", name=customer),
                    "handed",
                )
        for line in self.material:
            contacts = {
                one.employee_id for one in CustomerContactAssignment.active_of(line.customer)
            }
            yield from rules.successor_keeps_two_contacts(line, self, contacts)

    def _the_department_signs(self) -> Iterator[Refusal]:
        """Two sides receive it: where its head submits it himself, somebody stands above him."""
        head = self.business_head
        if head is None:
            yield Refusal(
                gettext("Nobody but the leaver heads this department. Name its head first."),
                "business_dept_id",
            )
        elif (me := acting().actor.id) == head.user_id and me and not people.superior_of(me):
            yield Refusal(
                gettext(
                    "You sign for the department: let somebody else of it submit the handover."
                ),
                "business_dept_id",
            )

    def approved(self, case: Any) -> None:
        """AF-23: his customers go to those who come after him, and his access ends."""
        self.no_data_taken_declaration = any(
            act.step == "leaver" and act.command == "approve" for act in case.actions
        )
        for line in self.material:
            hand_over(line)
        db.session.flush()
        end_access(self)

    def customers_with_him(self) -> list[Customer]:
        """Who still has no other of ours: he is the representative, or in touch (BR-006)."""
        return customers_of(self.leaver_id)

    def not_told(self) -> list[Customer]:
        """Who has not been told yet who comes after him (BR-007)."""
        told = select(CustomerNotice.customer_id).where(
            CustomerNotice.leaver_id == self.leaver_id,
            CustomerNotice.voided_at.is_(None),
            CustomerNotice.notified_on.is_not(None),
        )
        query = (
            select(Customer)
            .join(CustomerHandoverLine, CustomerHandoverLine.customer_id == Customer.id)
            .where(CustomerHandoverLine.handover_id == self.id, Customer.id.not_in(told))
            .order_by(Customer.id)
        )
        with db.session.no_autoflush:
            return list(db.session.scalars(query))

    @classmethod
    def open_of(cls, leaver_id: int, but: int | None) -> CustomerHandover | None:
        """Another handover of this person that is not closed."""
        query = cls.living().where(cls.leaver_id == leaver_id, cls.state != "closed").limit(1)
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query)


class CustomerHandoverLine(LineRecord):
    """One customer, his material, and to whom he goes."""

    __tablename__ = "customer_handover_line"
    parent = "handover"
    owned_by = ("successor_id",)
    ruled_by = (rules.what_was_handed_over_stays,)

    handover_id: Mapped[int] = reference(_("Handover"), "customer_handover.id")
    handover: Mapped[CustomerHandover] = relationship(back_populates="material")
    customer_id: Mapped[int] = reference(_("Customer"), "customer.id")
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    materials: Mapped[Line | None] = field(lazy_pgettext("customer desk", "Material"))
    complete: Mapped[bool] = field(lazy_pgettext("customer desk", "Complete"), default=False)
    missing: Mapped[Line | None] = field(lazy_pgettext("customer desk", "What is missing"))
    successor_id: Mapped[int | None] = reference(_("Another successor"), "employee.id")
    successor: Mapped[Employee | None] = relationship(foreign_keys=successor_id)

    @property
    def goes_to(self) -> Employee:
        return self.successor or self.handover.successor


def customers_of(employee_id: int) -> list[Customer]:
    """Whose representative somebody is, or with whom he is in touch."""
    in_touch = select(CustomerContactAssignment.customer_id).where(
        CustomerContactAssignment.employee_id == employee_id,
        CustomerContactAssignment.state == "active",
        CustomerContactAssignment.voided_at.is_(None),
    )
    query = Customer.living().where(
        or_(Customer.responsible_rep_id == employee_id, Customer.id.in_(in_touch))
    )
    with db.session.no_autoflush:
        return list(db.session.scalars(query.order_by(Customer.id)))


def open_handover(
    leaver: Employee,
    *,
    successor: Employee,
    received_by: Employee,
    leave_on: date | None = None,
    trigger: str | None = None,
    trigger_no: str | None = None,
) -> CustomerHandover | None:
    """Open the handover of somebody who leaves (R225, R226); None where he has no customers."""
    if not customers_of(leaver.id):
        return None
    handover = CustomerHandover(
        leaver=leaver,
        business_dept=leaver.dept,
        successor=successor,
        received_by=received_by,
        leave_on=leave_on,
        trigger=trigger,
        trigger_no=trigger_no,
    )
    db.session.add(handover)
    db.session.flush()
    return handover


@follows_from("customer_handover")
def it_brings_in_his_customers(handover: Any) -> None:
    """A line for each of his customers, and who signs for the department."""
    if handover.id is not None and not handover.changed("business_dept_id"):
        return
    leaver = handover.referred("leaver")
    handover.business_head_id = _head_beside(handover.referred("business_dept"), leaver)
    if handover.id is None and leaver is not None and leaver.id and not handover.material:
        handover.material = [
            CustomerHandoverLine(customer=customer, customer_id=customer.id, order_no=place)
            for place, customer in enumerate(customers_of(leaver.id))
        ]


def _head_beside(department: Department | None, leaver: Employee | None) -> int | None:
    """Who signs for a department: its head, or the one above where the leaver heads it himself."""
    steps = 0
    while department is not None and steps < 50:
        if department.head_id is not None and (leaver is None or department.head_id != leaver.id):
            return department.head_id
        department, steps = department.parent, steps + 1
    return None


def why_not_bring_in(handover: Any) -> Any:
    return None if handover.state == "opened" else gettext("It is signed already.")


@unless(why_not_bring_in)
def bring_in(handover: CustomerHandover, _reason: str | None = None) -> None:
    """Add a line for each of his customers that has none yet.

    :raises Refused: when it is signed already
    """
    there = {line.customer_id for line in handover.material}
    for customer in customers_of(handover.leaver_id):
        if customer.id not in there:
            place = len(handover.material)
            handover.material.append(CustomerHandoverLine(customer=customer, order_no=place))
    db.session.flush()


def hand_over(line: CustomerHandoverLine) -> None:
    """One customer goes to the successor: card, contacts, what was to be done next, and the notice."""
    handover, customer, successor = line.handover, line.customer, line.goes_to
    leaver = handover.leaver
    if customer.responsible_rep_id == leaver.id:
        customer.responsible_rep = successor
    _hand_over_contact(customer, leaver, successor)
    for dealing in db.session.scalars(
        CustomerInteraction.living().where(
            CustomerInteraction.customer_id == customer.id,
            CustomerInteraction.next_action.is_not(None),
            func.coalesce(CustomerInteraction.next_by_id, CustomerInteraction.our_person_id)
            == leaver.id,
            or_(
                CustomerInteraction.next_action_on.is_(None),
                CustomerInteraction.next_action_on >= clock.today(),
            ),
        )
    ):
        dealing.next_by = successor
    for report in db.session.scalars(
        ContactReport.living().where(
            ContactReport.customer_id == customer.id,
            ContactReport.next_by_id == leaver.id,
            or_(ContactReport.next_on.is_(None), ContactReport.next_on >= clock.today()),
        )
    ):
        report.next_by = successor
    db.session.add(
        CustomerNotice(customer=customer, leaver=leaver, successor=successor, handover=handover)
    )


def _hand_over_contact(customer: Customer, leaver: Employee, successor: Employee) -> None:
    """The successor comes first and the leaver goes then: an important customer is never left with one."""
    active = CustomerContactAssignment.active_of(customer)
    former = next((one for one in active if one.employee_id == leaver.id), None)
    if former is None:
        return
    role = former.role
    taken = next((one for one in active if one.employee_id == successor.id), None)
    if taken is None:
        taken = CustomerContactAssignment(
            customer=customer, employee=successor, role=ContactRole.SECOND
        )
        db.session.add(taken)
        db.session.flush()
    former.state = "ended"
    db.session.flush()
    if role == ContactRole.MAIN:
        taken.role = role
        db.session.flush()


def end_access(handover: CustomerHandover) -> None:
    """The leaver's account is closed: at once, or on the day after his last one."""
    leaver = handover.leaver
    if handover.access_ended_on is not None or leaver.user_id is None:
        return
    if handover.leave_on is not None and handover.leave_on > clock.today():
        return
    users.close(users.by_id(leaver.user_id))
    handover.access_ended_on = clock.today()
    db.session.flush()


def move_on(state: str) -> Any:
    """整理, 归档, 结束: the officer goes on by one step."""

    missing = {
        "archived": rules.what_is_not_complete,
        "closed": rules.what_stands_against_closing,
    }

    def what_lacks(handover: Any) -> Any:
        found = missing[state](handover) if state in missing else ()
        return next(map(str, found), None)

    @unless(why_not_move(state, what_lacks), field="state")
    def move(handover: CustomerHandover, _reason: str | None = None) -> None:
        if state == "closed":
            end_access(handover)
            handover.closed_on = clock.today()
        handover.state = state
        db.session.flush()

    return move


# -- the export right of a leaver (BR-006) -------------------------------------------------------------


@people.counted("leaving")
def _handovers_under_way(user_id: int, _pairs: Any) -> Any:
    """How many handovers of one's own customers are under way; told with who the person is."""
    return (
        select(func.count(CustomerHandover.id))
        .join(Employee, Employee.id == CustomerHandover.leaver_id)
        .where(
            Employee.user_id == user_id,
            CustomerHandover.state != "closed",
            CustomerHandover.voided_at.is_(None),
        )
        .scalar_subquery()
    )


@scopes.withhold_by
def no_export_for_who_leaves(person: scopes.Person, verb: str, register: str) -> bool:
    """BR-006: from the moment his R11 opens a leaver exports and prints nothing about customers."""
    return verb == "x" and bool(person.figures.get("leaving")) and is_about_customers(register)


def is_about_customers(register: str) -> bool:
    """Whether a register is one of the customer desk's, or its rows name a customer."""
    cls = REGISTERED.get(register)
    if cls is None:
        return False
    return cls.__module__.startswith(__package__ or "") or any(
        spec.references == "customer" or register == "customer" for spec in cls.specs().values()
    )


# -- R12 -------------------------------------------------------------------------------------------


class NoticeState(Choices):
    DRAFTED = "drafted", lazy_pgettext("customer notice", "Drafted")
    NOTIFIED = "notified", lazy_pgettext("customer notice", "Customer told")
    CONTACTED = "contacted", lazy_pgettext("customer notice", "Successor in touch")


class CustomerNotice(Stateful, Record):
    """A customer is told who comes after a leaver, and the successor gets in touch."""

    __tablename__ = "customer_notice"
    catalogue_code = "R12"
    sources = ("D16§7.4", "D20§8")
    numbered = "BGTZ-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_through = ("leaver", "successor")
    ruled_by = (
        rules.notice_names_two_persons,
        rules.notice_says_when_and_how,
        rules.successor_gets_in_touch_after_the_notice,
    )
    states = States(
        NoticeState,
        start="drafted",
        moves={"drafted": ("notified",), "notified": ("contacted",)},
        locked=("contacted",),
        tones={"drafted": "warn", "notified": "run", "contacted": "ok"},
    )

    due = (
        Deadline(
            "notify_by", _("Notice to the customer"), ("drafted",), whose=("successor_id",), with_heads=True,
            escalates_to=("marketing_manager",), warn=0, code="DL-21",
        ),
        Deadline(
            "contact_by", _("First contact of the successor"), ("notified",), whose=("successor_id",), with_heads=True,
            escalates_to=("marketing_manager",), warn=0, code="DL-21",
        ),
    )  # fmt: skip

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    leaver_id: Mapped[int] = reference(lazy_pgettext("customer desk", "Leaver"), "employee.id")
    leaver: Mapped[Employee] = relationship(foreign_keys=leaver_id)
    successor_id: Mapped[int] = reference(
        lazy_pgettext("customer desk", "Successor"), "employee.id"
    )
    successor: Mapped[Employee] = relationship(foreign_keys=successor_id)
    handover_id: Mapped[int | None] = reference(
        _("Handover"), "customer_handover.id", machine=True
    )
    handover: Mapped[CustomerHandover | None] = relationship(foreign_keys=handover_id)
    channel: Mapped[Choice | None] = field(lazy_pgettext("dealing", "Channel"), choices=Channel)
    content: Mapped[Prose | None] = field(_("Text of the notice"))
    notified_on: Mapped[date | None] = field(_("Customer told on"), sortable=True)
    first_contact_on: Mapped[date | None] = field(
        _("First contact of the successor on"), sortable=True
    )
    notify_by: Mapped[date | None] = field(
        _("To be told by"), machine=True, sortable=True, article="D16§7.4"
    )
    contact_by: Mapped[date | None] = field(
        _("Successor in touch by"), machine=True, sortable=True, article="D16§7.4"
    )


@follows_from("customer_notice")
def a_notice_has_its_days(notice: Any) -> None:
    """DL-21: told within three working days, and in touch within five of being told."""
    table = working_days.calendar()
    if notice.notify_by is None:
        notice.notify_by = table.after(clock.today(), int(settings.get("customer_notice_days")))
    if notice.notified_on and notice.changed("notified_on"):
        notice.contact_by = table.after(
            notice.notified_on, int(settings.get("first_contact_days"))
        )


@follows_from("customer_notice")
def a_closed_handover_keeps_its_notices(notice: Any) -> None:
    """BR-007: after a handover every customer has his notice.

    :raises Refused: when one of a closed handover is voided
    """
    if not (notice.is_void and notice.changed("voided_at")):
        return
    handover = notice.referred("handover")
    if handover is not None and handover.state == "closed":
        raise Refused(Refusal(gettext("The handover is closed; its notices stay.")))


def why_not_note_notice(notice: Any) -> Any:
    if notice.state != "drafted":
        return gettext("The customer is told already.")
    return None if notice.channel else gettext("Say how the customer is told: enter the channel.")


@unless(it_is_void, why_not_note_notice)
def note_notice(notice: CustomerNotice, _reason: str | None = None) -> None:
    """The customer has been told, today unless another day is entered.

    :raises Refused: where nobody says how
    """
    notice.notified_on = notice.notified_on or clock.today()
    notice.state = "notified"
    db.session.flush()


def why_not_note_first_contact(notice: Any) -> Any:
    if notice.state == "contacted":
        return gettext("The successor is in touch already.")
    return None if notice.state == "notified" else gettext("Tell the customer first.")


@unless(it_is_void, why_not_note_first_contact)
def note_first_contact(notice: CustomerNotice, _reason: str | None = None) -> None:
    """The successor has been in touch, today unless another day is entered.

    :raises Refused: before the customer is told
    """
    notice.first_contact_on = notice.first_contact_on or clock.today()
    notice.state = "contacted"
    db.session.flush()


# -- the clock -----------------------------------------------------------------------------------------


@each_round
def close_the_accounts_of_leavers() -> None:
    """R11: whose last day has come gets in no more."""
    for handover in db.session.scalars(
        CustomerHandover.living().where(
            CustomerHandover.access_ended_on.is_(None),
            CustomerHandover.state.in_(("received", "sorted", "archived")),
        )
    ):
        end_access(handover)


__all__ = ["CustomerHandover", "CustomerHandoverLine", "CustomerNotice"]
