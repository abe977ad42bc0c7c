"""Leave: who is away, who agreed, and who stands in meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline, working_days
from app.documents import Printout
from app.domains.directory import rules
from app.extensions import db
from app.organisation.models import AbHandover, AbPost, Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Prose,
    Record,
    Refusal,
    States,
    calculated,
    field,
    reference,
)
from app.records.plain_rules import ends_after_it_begins


class LeaveKind(Choices):
    ANNUAL = "annual", _("Annual leave")
    PERSONAL = "personal", _("Personal leave")
    SICK = "sick", _("Sick leave")
    MARRIAGE = "marriage", _("Marriage leave")
    MATERNITY = "maternity", _("Maternity leave")
    PATERNITY = "paternity", _("Paternity leave")
    NURSING = "nursing", _("Nursing leave")
    PARENTAL = "parental", _("Parental leave")
    BEREAVEMENT = "bereavement", _("Bereavement leave")
    INJURY = "injury", _("Work injury leave")
    IN_LIEU = "in_lieu", _("Time off in lieu")
    OVERTIME = "overtime", _("Overtime")
    OTHER = "other", lazy_pgettext("leave", "Other")


class LeaveState(Choices):
    DRAFT = "draft", lazy_pgettext("leave", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("leave", "Submitted")
    APPROVED = "approved", lazy_pgettext("leave", "Approved")
    REJECTED = "rejected", lazy_pgettext("leave", "Rejected")
    BACK = "back", _("Back at work")


class LeaveRequest(Approvable, Record):
    """Who wants to be away, when and why. Whose post has a B writes the handover first."""

    __tablename__ = "leave_request"
    catalogue_code = "R217"
    sources = ("D15", "D8§5")
    numbered = "QJ-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("employee_id",)
    never_signed_by = ("employee_id",)
    ruled_by = (ends_after_it_begins("from_on", "to_on"), rules.back_after_it_began)
    outcome = Outcome(submitted="submitted", approved="approved", rejected="rejected")
    states = States(
        LeaveState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "approved", "rejected"),
            "approved": ("back",),
        },
        draft="draft",
        locked=("submitted", "approved", "rejected", "back"),
        tones={
            "draft": "mute",
            "submitted": "run",
            "approved": "ok",
            "rejected": "bad",
            "back": "mute",
        },
    )
    #: AF-60: the head of the department; from four days up the general manager too (D15 ch. 12)
    signed_by = (
        Route(
            "AF-60-R217",
            _("Leave"),
            Step(
                "head", _("Head of department"), head="requester", on_self="superior",
                on_empty="named", fallback=("general_manager",), within=2, escalates_to="superior",
            ),
            Step("general_manager", _("General manager"), "general_manager", when="days > 3", within=2),
            article="D15",
        ),
    )  # fmt: skip
    #: 销假: who is back says so on the first day at work
    due = (
        Deadline("to_on", _("Note of the return"), ("approved",), whose=("employee_id",), warn=0),
    )
    printed_as = (Printout("leave_request.html", _("Leave request"), article="D15"),)

    employee_id: Mapped[int] = reference(_("Employee"), "employee.id", sortable=True)
    employee: Mapped[Employee] = relationship(foreign_keys=employee_id)
    kind: Mapped[Choice] = field(lazy_pgettext("leave", "Kind"), choices=LeaveKind, sortable=True)
    from_on: Mapped[date] = field(lazy_pgettext("leave", "From"), catalogue="from", sortable=True)
    to_on: Mapped[date] = field(lazy_pgettext("leave", "To"), catalogue="to", sortable=True)
    reason: Mapped[Prose] = field(lazy_pgettext("leave", "Reason"), width=12)
    back_on: Mapped[date | None] = field(_("Back on"), machine=True)

    @property
    def title(self) -> str:
        who = self.employee.name if self.employee else ""
        return " ".join(filter(None, (self.number, who))) or f"#{self.id}"

    @calculated(_("Working days"), Kind.WHOLE)
    def days(self) -> int:
        """Working days by the calendar (R235), make-up days counted, holidays not."""
        if not self.from_on or not self.to_on or self.to_on < self.from_on:
            return 0
        return working_days.workdays_between(self.from_on, self.to_on)

    @calculated(_("Handover needed"), Kind.BOOL)
    def needs_handover(self) -> bool:
        """The person is A of a post that has a B."""
        return self.kind != LeaveKind.OVERTIME and bool(self.posts_as_a())

    def posts_as_a(self) -> list[AbPost]:
        if self.employee_id is None or not self.from_on:
            return []
        query = select(AbPost).where(
            AbPost.a_person_id == self.employee_id,
            AbPost.voided_at.is_(None),
            (AbPost.valid_to.is_(None)) | (AbPost.valid_to >= self.from_on),
            (AbPost.valid_from.is_(None)) | (AbPost.valid_from <= self.to_on),
        )
        with db.session.no_autoflush:
            return list(db.session.scalars(query))

    def handover_of(self, pair: AbPost) -> AbHandover | None:
        """The handover that covers the whole leave for this post."""
        query = select(AbHandover).where(
            AbHandover.ab_post_id == pair.id,
            AbHandover.voided_at.is_(None),
            AbHandover.state != "returned",
            AbHandover.leave_from <= self.from_on,
            AbHandover.leave_to >= self.to_on,
        )
        return db.session.scalars(query).first()

    def before_submission(self) -> Iterator[Refusal]:
        """D8§5, BR-015, DL-15: A's leave needs the handover to B before it begins."""
        if self.kind == LeaveKind.OVERTIME:
            return
        for pair in self.posts_as_a():
            if self.handover_of(pair) is None:
                yield Refusal(
                    gettext(
                        "Write the handover of “%(post)s” to %(b)s for these days first.",
                        post=pair.post,
                        b=pair.b_person,
                    ),
                    "from_on",
                )


def note_return(leave: LeaveRequest, _reason: str | None = None) -> None:
    """销假: the person is back; today is noted."""
    from app.records import Refused, clock

    if leave.state != LeaveState.APPROVED:
        raise Refused(Refusal(gettext("Only an approved leave ends with a return.")))
    leave.back_on = clock.today()
    leave.state = LeaveState.BACK
    db.session.flush()


def why_not_back(leave: Any) -> Any:
    return (
        None
        if leave.state == "approved"
        else gettext("Only an approved leave ends with a return.")
    )
