"""Who asks to see files of customers that are not his, who lets him, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline
from app.deadlines.dates import each_round
from app.documents import Printout
from app.domains.customers.models import CustomerArchiveVolume
from app.domains.customers.rules import access as rules
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    LineRecord,
    Prose,
    Record,
    Refusal,
    States,
    Title,
    clock,
    field,
    follows_from,
    lines,
    reference,
    settings,
)
from app.records.moving import unless
from app.records.opened import close_rows, open_rows
from app.records.plain_rules import ends_after_it_begins

settings.declare(
    settings.Setting(
        "access_request_days",
        _("Longest time for which files of customers are opened, in days"),
        90,
        Kind.WHOLE,
        group=_("Customers"),
        source="D16§6",
        help=_("The regulation asks for a permission and gives no figure."),
    ),
)


class AccessKind(Choices):
    VIEW = "view", _("Look at them")
    COPY = "copy", _("Copy or print")
    EXPORT = "export", lazy_pgettext("access", "Export")
    BORROW = "borrow_volume", _("Borrow the volume")


#: letters of the verbs that each kind opens
_VERBS = {"view": "r", "copy": "rx", "export": "rx", "borrow_volume": "r"}


class AccessState(Choices):
    DRAFT = "draft", lazy_pgettext("access", "Draft")
    PENDING = "pending", lazy_pgettext("access", "Pending")
    APPROVED = "approved", lazy_pgettext("access", "Approved")
    REJECTED = "rejected", lazy_pgettext("access", "Rejected")
    EXPIRED = "expired", lazy_pgettext("access", "Expired")


class CustomerAccessRequest(Approvable, Record):
    """Files of customers are not called up at will: whoever is not their keeper asks, says why, and sees them until the day it ends."""

    __tablename__ = "customer_access_request"
    catalogue_code = "R10"
    sources = ("D16§6", "D20§7", "D1§2.4")
    numbered = "CY-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("applicant_id",)
    never_signed_by = ("applicant_id",)
    ruled_by = (
        ends_after_it_begins("from_on", "to_on"),
        rules.access_is_asked_for_days_to_come,
        rules.files_are_named_once,
    )
    outcome = Outcome(submitted="pending", approved="approved", rejected="rejected")
    states = States(
        AccessState,
        start="draft",
        moves={
            "draft": ("pending",),
            "pending": ("draft", "approved", "rejected"),
            "approved": ("expired",),
        },
        draft="draft",
        locked=("pending", "approved", "rejected", "expired"),
        elsewhere=("expired",),  # by the clock
        tones={
            "draft": "draft",
            "pending": "run",
            "approved": "ok",
            "rejected": "bad",
            "expired": "mute",
        },
    )
    #: AF-22: the applicant's head of department, then the department that keeps the files (A-44)
    signed_by = (
        Route(
            "AF-22",
            _("Access to customer files"),
            Step(
                "head", _("Head of department"), head="requester", on_self="superior",
                on_empty="named", fallback=("customer_service_manager",), within=1, escalates_to="superior",
            ),
            Step(
                "custodian", _("Custodian of the files"), "customer_service_manager", on_self="superior",
                on_repeat="counts", within=2,
            ),
            article="D16§6",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "return_by",
            _("Return of the volumes"),
            open_in=("approved", "expired"),
            done="returned_on",
            whose=("applicant_id",),
            escalates_to=("customer_service_manager",),
        ),
    )
    printed_as = (
        Printout(
            "customer_access_request.html",
            _("Request for access to customer files"),
            form="E45",
            article="D16§6",
        ),
    )

    applicant_id: Mapped[int | None] = reference(
        _("Applicant"), "employee.id", machine=True, sortable=True
    )
    applicant: Mapped[Employee | None] = relationship(foreign_keys=applicant_id)
    access_kind: Mapped[Choice] = field(
        lazy_pgettext("access", "Kind"), choices=AccessKind, default="view", sortable=True
    )
    purpose: Mapped[Prose] = field(lazy_pgettext("access", "Purpose"), width=12)
    from_on: Mapped[date] = field(lazy_pgettext("access", "From"), catalogue="from", sortable=True)
    to_on: Mapped[date] = field(lazy_pgettext("access", "To"), catalogue="to", sortable=True)
    return_by: Mapped[date | None] = field(_("Return by"), machine=True)
    returned_on: Mapped[date | None] = field(_("Returned on"), machine=True)
    files: Mapped[list[CustomerAccessLine]] = relationship(
        back_populates="request",
        cascade="all, delete-orphan",
        order_by="CustomerAccessLine.order_no",
    )
    customers = lines(_("Customer files"), "files")

    def before_submission(self) -> Iterator[Refusal]:
        if not self.files:
            yield Refusal(gettext("Name the customers whose files you need."), "customers")

    def approved(self, case: Any) -> None:
        """AF-22 Effect: the files are open to the applicant, and to nobody else, until the last day."""
        applicant = people.users_of([self.applicant_id] if self.applicant_id else [])
        for user_id in applicant.values():
            open_rows(
                user_id,
                [one.customer for one in self.files],
                _VERBS[self.access_kind],
                max(self.from_on, clock.today()),
                self.to_on,
                self,
            )
        if self.access_kind == AccessKind.BORROW:
            self.return_by = self.to_on
            for volume in self.volumes():
                if volume.state == "in_place":
                    volume.state = "lent"

    def volumes(self) -> list[CustomerArchiveVolume]:
        """The volumes that may be borrowed by it."""
        query = select(CustomerArchiveVolume).where(
            CustomerArchiveVolume.customer_id.in_([one.customer_id for one in self.files]),
            CustomerArchiveVolume.voided_at.is_(None),
        )
        with db.session.no_autoflush:
            return list(db.session.scalars(query))


class CustomerAccessLine(LineRecord):
    """One customer whose file is asked for. Who may not see the customers names him as he is called."""

    __tablename__ = "customer_access_line"
    parent = "request"

    request_id: Mapped[int] = reference(_("Request"), "customer_access_request.id")
    request: Mapped[CustomerAccessRequest] = relationship(back_populates="files")
    named: Mapped[Title] = field(
        _("Customer, by full name or number"), width=6, catalogue="customer"
    )
    customer_id: Mapped[int | None] = reference(_("File"), "customer.id", machine=True)
    customer: Mapped[Customer | None] = relationship(foreign_keys=customer_id)

    def found(self) -> int | None:
        """The one customer that the words name; a name that several bear leads to none."""
        if not self.named or not self.changed("named"):
            return self.customer_id
        word = self.named.strip()
        query = select(Customer.id).where(
            (Customer.number == word) | (Customer.name == word) | (Customer.short_name == word),
            Customer.voided_at.is_(None),
        )
        with db.session.no_autoflush:
            ids = list(db.session.scalars(query.limit(2)))
        return ids[0] if len(ids) == 1 else None


@follows_from("customer_access_request")
def the_applicant_is_who_writes_it(request: Any) -> None:
    """Nobody asks in another one's name."""
    if request.applicant_id is None and request.state == AccessState.DRAFT:
        employee = people.who_acts()
        request.applicant_id = employee.id if employee is not None else None
    for line in request.files:
        line.customer_id = line.found()


def why_not_back(request: Any) -> Any:
    if request.return_by is None:
        return _("No volume was borrowed by it.")
    return _("The volumes are back already.") if request.returned_on else None


@unless(why_not_back)
def take_back(request: CustomerAccessRequest, _reason: str | None = None) -> None:
    """The volumes are back on the shelf.

    :raises Refused: where nothing was borrowed, or is back already
    """
    for volume in request.volumes():
        if volume.state == "lent":
            volume.state = "in_place"
    request.returned_on = clock.today()
    _end(request)
    db.session.flush()


def why_not_end(request: Any) -> Any:
    return None if request.state == AccessState.APPROVED else _("It opens nothing now.")


@unless(why_not_end)
def end_early(request: CustomerAccessRequest, _reason: str | None = None) -> None:
    """The files are closed before the day; what was borrowed is still to be returned."""
    _end(request)
    db.session.flush()


def _end(request: CustomerAccessRequest) -> None:
    close_rows(request)
    if request.state == AccessState.APPROVED:
        request.state = AccessState.EXPIRED


@each_round
def end_what_has_passed() -> None:
    """R10: it ends by itself. The rows are closed by their date; here the request says so."""
    query = select(CustomerAccessRequest).where(
        CustomerAccessRequest.state == "approved", CustomerAccessRequest.to_on < clock.today()
    )
    for request in db.session.scalars(query):
        _end(request)
    db.session.flush()
