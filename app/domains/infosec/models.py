"""What information security keeps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.deadlines import Deadline
from app.documents import Printout
from app.domains.infosec import rules
from app.organisation.models import Department, Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Record,
    Stateful,
    States,
    Title,
    Word,
    calculated,
    field,
    lines,
    reference,
)
from app.security.models import User
from app.security.roles import ROLES


def _roles() -> list[tuple[str, Any]]:
    return list(ROLES.items())


class ReviewState(Choices):
    OPEN = "open", lazy_pgettext("review", "Open")
    DONE = "done", lazy_pgettext("review", "Signed")


class ReviewDecision(Choices):
    KEEP = "keep", _("Keep")
    WITHDRAW = "withdraw", _("Withdraw")


class PermissionReview(Stateful, Record):
    """The rights of one department's people, looked at one by one and signed by who heads them."""

    __tablename__ = "permission_review"
    catalogue_code = "R177"
    sources = ("D18§1.8",)
    numbered = "QXFH-{year}{month:02}-{seq:03}"
    titled_by = "name"
    department_by = ("dept_id",)
    ruled_by = (rules.nothing_is_signed_undecided,)
    states = States(
        ReviewState,
        start="open",
        moves={"open": ("done",)},
        locked=("done",),
        tones={"open": "run", "done": "ok"},
    )
    due = (
        Deadline(
            "due_on",
            _("Review of rights"),
            open_in=("open",),
            whose=("reviewer_id",),
            escalates_to=("general_manager",),
            warn=3,
            code="DL-51",
        ),
    )
    printed_as = (
        Printout(
            "permission_review.html",
            _("Permission review"),
            article="D18§1.8",
            landscape=True,
            signatures=(_("Checked by"),),
        ),
    )

    name: Mapped[Title] = field(_("Review"), searched=True, sortable=True, width=6)
    system: Mapped[Line] = field(_("System"))
    dept_id: Mapped[int | None] = reference(
        _("Department"),
        "department.id",
        sortable=True,
        help=_(
            "Empty: heads of departments and who belongs to none; the general manager decides."
        ),
    )
    dept: Mapped[Department | None] = relationship(foreign_keys=dept_id)
    reviewer_id: Mapped[int | None] = reference(
        _("Checked by"), "employee.id", catalogue="checked_by"
    )
    reviewer: Mapped[Employee | None] = relationship(foreign_keys=reviewer_id)
    due_on: Mapped[date] = field(lazy_pgettext("review", "Due"), sortable=True)
    signed_at: Mapped[datetime | None] = field(_("Signed at"), machine=True, sortable=True)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    grants: Mapped[list[PermissionReviewLine]] = relationship(
        back_populates="review",
        cascade="all, delete-orphan",
        order_by="PermissionReviewLine.order_no",
    )
    rights = lines(_("Rights"), "grants")

    @calculated(_("Decided"), Kind.LINE, reads=("grants",))
    def progress(self) -> str:
        decided = sum(one.decision is not None for one in self.grants)
        return f"{decided} / {len(self.grants)}"

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        return [(_("Checked by"), str(self.reviewer or ""), self.signed_at)]


class PermissionReviewLine(LineRecord):
    """One role of one person: since when, last used, and whether it stays."""

    __tablename__ = "permission_review_line"
    parent = "review"

    review_id: Mapped[int] = reference(_("Review"), "permission_review.id")
    review: Mapped[PermissionReview] = relationship(back_populates="grants")
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    user: Mapped[Any] = relationship(User, foreign_keys=user_id)
    person: Mapped[Line] = field(_("Person"), machine=True)
    role: Mapped[Choice] = field(_("Role"), choices=_roles, machine=True)
    since: Mapped[datetime | None] = field(_("Since"), machine=True)
    given_by: Mapped[Word | None] = field(_("Given by"), machine=True)
    last_used: Mapped[datetime | None] = field(_("Last used"), machine=True)
    hint: Mapped[Line | None] = field(_("Hint"), machine=True)
    decision: Mapped[Choice | None] = field(_("Decision"), choices=ReviewDecision, machine=True)
    reason: Mapped[Line | None] = field(lazy_pgettext("review", "Reason"), machine=True)
    corrected_on: Mapped[date | None] = field(_("Corrected on"), machine=True)
