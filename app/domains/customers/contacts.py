"""Who of ours is in touch with a customer, and what they report: R07, R08, R09."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, lazy_pgettext, pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.approvals.words import in_office_language
from app.deadlines import working_days
from app.documents import Printout
from app.domains.customers.models import Channel
from app.domains.customers.rules import contacts as rules
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Department, Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    NotAllowed,
    Prose,
    Record,
    Refusal,
    Refused,
    Stateful,
    States,
    clock,
    field,
    follows_from,
    lines,
    once,
    reference,
    settings,
)
from app.records.moving import it_is_void, unless
from app.records.plain_rules import ends_after_it_begins, has_happened

settings.declare(
    settings.Setting(
        "major_matter_days",
        _("Working days within which a major matter with a customer is reported"),
        1,
        Kind.WHOLE,
        group=_("Customer desk"),
        source="DL-65",
        help=_("The regulation asks for the report and gives no time."),
    ),
)


# -- R07 -------------------------------------------------------------------------------------------


class MatterState(Choices):
    REPORTED = "reported", lazy_pgettext("major matter", "Reported")
    RECEIVED = "received", lazy_pgettext("major matter", "Received")
    FILED = "filed", lazy_pgettext("major matter", "Filed")


#: what everybody reads in place of a confidential matter (D16§4)
CONFIDENTIAL = _("This business is confidential.")


class CustomerMajorMatter(Stateful, Record):
    """What any department has to do with a customer that matters: reported, received, filed."""

    __tablename__ = "customer_major_matter"
    catalogue_code = "R07"
    sources = ("D16§4", "D20§5")
    numbered = "ZDSX-{year}{month:02}-{seq:04}"
    titled_by = "number"
    department_by = ("dept_id", "reported_to_id", "owner_dept_id")
    ruled_by = (
        has_happened("happened_on"),
        rules.confidential_says_why,
        rules.receipt_says_who_and_when,
    )
    states = States(
        MatterState,
        start="reported",
        moves={"reported": ("received",), "received": ("filed",)},
        locked=("filed",),
        tones={"reported": "warn", "received": "run", "filed": "ok"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    dept_id: Mapped[int] = reference(
        _("Department"), "department.id", help=_("The department that had the contact.")
    )
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    happened_on: Mapped[date | None] = field(
        lazy_pgettext("major matter", "Happened on"), sortable=True
    )
    matter: Mapped[Prose] = field(
        lazy_pgettext("customer desk", "Matter"),
        searched=True,
        help=_(
            "Of a confidential business only the fact is listed: what you write here is then read by"
            " yourself, the head of your department and the general manager alone."
        ),
    )
    reported_to_id: Mapped[int] = reference(
        lazy_pgettext("customer desk", "Reported to"),
        "department.id",
        help=_("The department that keeps the customer files, or the one above yours."),
    )
    reported_to: Mapped[Department] = relationship(foreign_keys=reported_to_id)
    is_confidential: Mapped[bool] = field(_("Confidential business"), default=False)
    confidential_reason: Mapped[Line | None] = field(
        _("Why it is confidential"), article="D16§4", catalogue="reason"
    )
    #: never typed here: what `matter` held before it was marked as confidential
    confidential_content: Mapped[Prose | None] = field(_("Confidential content"), machine=True)
    received_by_id: Mapped[int | None] = reference(
        lazy_pgettext("customer desk", "Received by"),
        "employee.id",
        machine=True,
        catalogue="received_by",
    )
    received_by: Mapped[Employee | None] = relationship(foreign_keys=received_by_id)
    received_on: Mapped[date | None] = field(
        lazy_pgettext("customer desk", "Received on"), machine=True, sortable=True
    )
    report_by: Mapped[date | None] = field(_("To be reported by"), machine=True, sortable=True)
    is_late: Mapped[bool] = field(
        _("Reported late"), default=False, machine=True, sortable=True, article="D16§4"
    )


@follows_from("customer_major_matter")
def only_the_fact_is_listed(report: Any) -> None:
    """BR-008: of a confidential business the content is kept apart, before anything is stored."""
    secret = in_office_language(CONFIDENTIAL)
    if report.is_confidential:
        if report.matter and report.matter != secret:
            report.confidential_content, report.matter = report.matter, secret
    elif report.confidential_content:
        if report.matter == secret:
            report.matter = report.confidential_content
        report.confidential_content = None


@follows_from("customer_major_matter")
def the_report_has_its_day(report: Any) -> None:
    """DL-65: within one working day; what comes later says so."""
    if not report.happened_on or not report.changed("happened_on"):
        return
    report.report_by = working_days.calendar().after(
        report.happened_on, int(settings.get("major_matter_days"))
    )
    told = clock.in_office(report.created_at).date() if report.created_at else clock.today()
    report.is_late = told > report.report_by


def why_not_receive(report: Any) -> Any:
    if report.state != "reported":
        return gettext("It is received already.")
    return _why_not_of_the_department(report)


@unless(it_is_void, why_not_receive, error=NotAllowed)
def receive(report: CustomerMajorMatter, _reason: str | None = None) -> None:
    """The department it was reported to says that it has it.

    :raises NotAllowed: for people of another department
    """
    report.received_by = people.who_acts()
    report.received_on = clock.today()
    report.state = "received"
    db.session.flush()


def why_not_put_on_file(report: Any) -> Any:
    if report.state != "received":
        return gettext("Receive it first; what is filed stays filed.")
    return _why_not_of_the_department(report)


@unless(it_is_void, why_not_put_on_file, error=NotAllowed)
def put_on_file(report: CustomerMajorMatter, _reason: str | None = None) -> None:
    """The matter is part of the customer's file, and is not changed any more.

    :raises NotAllowed: for people of another department
    """
    report.state = "filed"
    db.session.flush()


def _why_not_of_the_department(report: Any) -> Any:
    person = people.who_acts()
    if person is None or person.dept_id not in people.departments_below(report.reported_to_id):
        return gettext("%(department)s receives and files it.", department=report.reported_to)
    return None


# -- R08 -------------------------------------------------------------------------------------------


class ContactRole(Choices):
    MAIN = "main", _("Main contact")
    SECOND = "second", lazy_pgettext("assignment", "Second contact")


class ContactState(Choices):
    ACTIVE = "active", lazy_pgettext("contact assignment", "Active")
    ENDED = "ended", lazy_pgettext("contact assignment", "Ended")


_IN_TOUCH_ALREADY = _("This person is in touch with the customer already.")
_ONE_MAIN = _("The customer has a main contact already. End that one first, or enter a second.")


class CustomerContactAssignment(Stateful, Record):
    """Who of ours is in touch with a customer; an important new one has two or more of us."""

    __tablename__ = "customer_contact_assignment"
    __table_args__ = (
        once(
            "uq_customer_contact_person", "customer_id", "employee_id",
            where="state = 'active'", refusal=_IN_TOUCH_ALREADY,
        ),
        once(
            "uq_customer_contact_main", "customer_id",
            where="state = 'active' AND role = 'main'", refusal=_ONE_MAIN,
        ),
    )  # fmt: skip
    catalogue_code = "R08"
    sources = ("D16§7.3", "D20§8")
    numbered = "LXRY-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("employee_id",)
    owned_through = ("customer", "employee")
    ruled_by = (
        ends_after_it_begins("from_on", "to_on"),
        rules.contact_is_another_person,
        rules.customer_has_one_main_contact,
        rules.important_customer_keeps_two_contacts,
    )
    states = States(
        ContactState,
        start="active",
        moves={"active": ("ended",)},
        locked=("ended",),
        tones={"active": "ok", "ended": "mute"},
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    employee_id: Mapped[int] = reference(_("Contact person of ours"), "employee.id")
    employee: Mapped[Employee] = relationship(foreign_keys=employee_id)
    role: Mapped[Choice] = field(
        lazy_pgettext("contact assignment", "Role"), choices=ContactRole, default="main"
    )
    from_on: Mapped[date | None] = field(
        lazy_pgettext("contact assignment", "From"), catalogue="from", sortable=True
    )
    to_on: Mapped[date | None] = field(
        lazy_pgettext("contact assignment", "To"), catalogue="to", sortable=True
    )

    @property
    def is_active(self) -> bool:
        return (self.state or "active") == "active" and not self.is_void

    @classmethod
    def active_of(cls, customer: Customer) -> list[CustomerContactAssignment]:
        """Who is in touch with him now, the main contact first; those of this click too."""
        found = [
            one
            for one in (*db.session.new, *db.session.dirty)
            if isinstance(one, cls) and one.referred("customer") is customer
        ]
        if customer.id is not None:
            query = cls.living().where(cls.customer_id == customer.id, cls.state == "active")
            with db.session.no_autoflush:
                found += [one for one in db.session.scalars(query) if one not in found]
        there = [one for one in found if one.is_active and one.referred("customer") is customer]
        return sorted(there, key=lambda one: (one.role != ContactRole.MAIN, one.id or 2**63))

    @classmethod
    def of_employee(cls, employee_id: int) -> list[CustomerContactAssignment]:
        """The customers somebody is in touch with."""
        query = cls.living().where(cls.employee_id == employee_id, cls.state == "active")
        return list(db.session.scalars(query.order_by(cls.id)))


@follows_from("customer_contact_assignment")
def the_card_names_the_second_contact(assignment: Any) -> None:
    """R01 `second_contact`, via R08: everybody in touch with him but the first."""
    if not assignment.changed(
        "customer_id", "customer", "employee_id", "role", "state", "voided_at"
    ):
        return
    former = assignment.as_stored("customer_id")
    told = {assignment.referred("customer"), db.session.get(Customer, former) if former else None}
    for customer in told - {None}:
        others = CustomerContactAssignment.active_of(customer)[1:]
        names = [one.referred("employee").name for one in others]
        customer.second_contact = "、".join(names)[:500] or None


@follows_from("customer_contact_assignment")
def voiding_leaves_nobody_alone(assignment: Any) -> None:
    """BR-010 for what is voided: the rules of a record are not asked of a void one.

    :raises Refused: where an important new customer would be left with one contact
    """
    if assignment.is_void and assignment.changed("voided_at"):
        refusals = list(rules.important_customer_keeps_two_contacts(assignment))
        if refusals:
            raise Refused(refusals)


@follows_from("customer_contact_assignment")
def the_assignment_has_its_days(assignment: Any) -> None:
    """It begins today where nobody says otherwise, and ends on the day it is ended."""
    if assignment.from_on is None and assignment.id is None:
        assignment.from_on = clock.today()
    if assignment.state == "ended" and assignment.to_on is None:
        assignment.to_on = clock.today()


# -- R09 -------------------------------------------------------------------------------------------


class ReportState(Choices):
    DRAFT = "draft", lazy_pgettext("contact report", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("contact report", "Submitted")
    READ = "read", lazy_pgettext("contact report", "Read")


class ContactReport(Approvable, Record):
    """What the contact persons report of a contact with a customer; their superior reads it."""

    __tablename__ = "contact_report"
    catalogue_code = "R09"
    sources = ("D16§7.3", "D20§8")
    numbered = "LXBG-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("next_by_id",)
    owned_through = ("customer", "reporting")
    ruled_by = (rules.contact_has_happened, rules.reporters_stand_once)
    outcome = Outcome(submitted="submitted", approved="read", rejected="draft")
    states = States(
        ReportState,
        start="draft",
        moves={"draft": ("submitted",), "submitted": ("draft", "read")},
        draft="draft",
        locked=("submitted", "read"),
        tones={"draft": "draft", "submitted": "run", "read": "ok"},
    )
    #: R09 has no flow in the catalogue: the superior's reading is the signature (§2.16)
    signed_by = (
        Route(
            "R09",
            _("Reading of a contact report"),
            Step(
                "superior", lazy_pgettext("customer desk", "Superior"), head="requester", on_self="superior", on_empty="named",
                fallback=("marketing_manager",), needs_opinion=True, within=2,
            ),
            article="D16",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "contact_report.html",
            _("Contact report"),
            form="E44",
            article="D16§7.3, D20§8",
            signatures=(_("Reporter"), _("Reporter"), lazy_pgettext("customer desk", "Superior")),
        ),
    )

    customer_id: Mapped[int] = reference(_("Customer"), "customer.id", sortable=True)
    customer: Mapped[Customer] = relationship(foreign_keys=customer_id)
    contact_on: Mapped[date] = field(_("Contact on"), sortable=True)
    channel: Mapped[Choice | None] = field(lazy_pgettext("dealing", "Channel"), choices=Channel)
    reporting: Mapped[list[ContactReporter]] = relationship(
        back_populates="report", cascade="all, delete-orphan", order_by="ContactReporter.order_no"
    )
    reporters = lines(
        _("Reporters"),
        "reporting",
        help=_("Empty: you alone. Each of the others signs with his own account."),
    )
    matters_discussed: Mapped[Prose] = field(_("Matters discussed"), searched=True)
    customer_intention: Mapped[Prose | None] = field(_("What the customer intends"))
    commitments: Mapped[Prose | None] = field(_("What was promised"))
    next_step: Mapped[Line | None] = field(lazy_pgettext("contact report", "Next step"))
    next_on: Mapped[date | None] = field(
        lazy_pgettext("contact report", "Next step on"), sortable=True
    )
    next_by_id: Mapped[int | None] = reference(
        _("Next step by"), "employee.id", help=_("Empty: who enters it.")
    )
    next_by: Mapped[Employee | None] = relationship(foreign_keys=next_by_id)
    superior_remark: Mapped[Prose | None] = field(_("Remark of the superior"), machine=True)
    read_by_id: Mapped[int | None] = reference(
        lazy_pgettext("customer desk", "Read by"), "employee.id", machine=True, catalogue="read_by"
    )
    read_by: Mapped[Employee | None] = relationship(foreign_keys=read_by_id)

    def before_submission(self) -> Iterator[Refusal]:
        """BR-010: two of us report of an important new customer, and all of them sign."""
        yield from rules.enough_people_report(
            self, [one.employee_id for one in CustomerContactAssignment.active_of(self.customer)]
        )
        author = people.employee_of(self.created_by_id)
        for one in self.reporting:
            if one.signed_at is None and one.employee_id != (author.id if author else None):
                yield Refusal(
                    gettext("%(name)s has not signed it yet.", name=one.employee), "reporters"
                )

    def approved(self, case: Any) -> None:
        """Reading it is the superior's signature; his opinion is the remark."""
        act = next(a for a in reversed(case.actions) if a.command in ("approve", "force_pass"))
        self.read_by = people.employee_of(act.actor_id)
        self.superior_remark = act.opinion or None
        db.session.flush()

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        """E44: the reporters, and who read it. Who submits it signs by that."""
        author = people.employee_of(self.created_by_id)
        blocks: list[tuple[Any, str, datetime | None]] = [
            (
                gettext("Reporter"),
                str(one.employee),
                self.submitted_at
                if author is not None and one.employee_id == author.id
                else one.signed_at,
            )
            for one in self.reporting
        ]
        return [
            *blocks,
            (pgettext("customer desk", "Superior"), str(self.read_by or ""), self.decided_at),
        ]


class ContactReporter(LineRecord):
    """One of the people who report."""

    __tablename__ = "contact_reporter"
    parent = "report"
    owned_by = ("employee_id",)

    report_id: Mapped[int] = reference(_("Contact report"), "contact_report.id")
    report: Mapped[ContactReport] = relationship(back_populates="reporting")
    employee_id: Mapped[int] = reference(_("Reporter"), "employee.id")
    employee: Mapped[Employee] = relationship(foreign_keys=employee_id)
    signed_at: Mapped[datetime | None] = field(
        lazy_pgettext("contact report", "Signed at"), machine=True
    )


@follows_from("contact_report")
def who_enters_it_reports(report: Any) -> None:
    """Where nobody is named, the one who enters the report is its reporter, and takes the next step."""
    if report.id is not None:
        return
    author = people.who_acts()
    if author is None:
        return
    if not report.reporting:
        report.reporting = [ContactReporter(employee=author, employee_id=author.id, order_no=0)]
    if report.next_step and report.next_by is None and report.next_by_id is None:
        report.next_by = author


_SAID = (
    "customer_id", "contact_on", "channel", "matters_discussed", "customer_intention", "commitments",
    "next_step", "next_on",
)  # fmt: skip


@follows_from("contact_report")
def what_is_changed_is_signed_anew(report: Any) -> None:
    if report.id is not None and report.changed(*_SAID):
        for one in report.reporting:
            one.signed_at = None


@follows_from("contact_report")
def the_card_says_when_it_was_reported_of(report: Any) -> None:
    """BR-010: an important new customer is reported of; his card says when last."""
    if not report.changed("state", "voided_at"):
        return
    customer = report.referred("customer")
    if customer is None:
        return
    query = select(func.max(ContactReport.contact_on)).where(
        ContactReport.customer_id == customer.id,
        ContactReport.state != "draft",
        ContactReport.voided_at.is_(None),
        ContactReport.id != (report.id or 0),
    )
    with db.session.no_autoflush:
        days = [db.session.scalar(query)]
    if (report.state or "draft") != "draft" and not report.is_void:
        days.append(report.contact_on)
    customer.last_report_on = max((day for day in days if day is not None), default=None)


def why_not_sign_as_reporter(report: Any) -> Any:
    if report.is_void or report.state != "draft":
        return gettext("It is signed while it is a draft.")
    line = _line_of(report)
    if line is None:
        return gettext("Only who is named as a reporter signs it.")
    return gettext("You have signed already.") if line.signed_at is not None else None


@unless(why_not_sign_as_reporter, error=NotAllowed)
def sign_as_reporter(report: ContactReport, _reason: str | None = None) -> None:
    """One of the reporters says with his own account that it was so.

    :raises NotAllowed: for anybody else
    """
    _line_of(report).signed_at = clock.now()
    db.session.flush()


def _line_of(report: Any) -> Any:
    person = people.who_acts()
    return next((o for o in report.reporting if person and o.employee_id == person.id), None)


__all__ = [
    "ContactReport",
    "ContactReporter",
    "CustomerContactAssignment",
    "CustomerMajorMatter",
]
