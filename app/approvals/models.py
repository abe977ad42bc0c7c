"""Flows as data, the cases that run by them, the tasks they put before people, and every act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, has_app_context
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.approvals import rules
from app.approvals.spec import StepSpec, Who
from app.extensions import Base
from app.organisation.models import Employee, Post
from app.records import (
    REGISTERED,
    Choice,
    Choices,
    Kept,
    Kind,
    Line,
    LineRecord,
    MultiChoice,
    Percent,
    Prose,
    Record,
    Stateful,
    States,
    Title,
    Word,
    calculated,
    field,
    lines,
    once,
    reference,
)
from app.records.append_only import guard
from app.records.fields import Instant, Json
from app.security import users
from app.security.models import User
from app.security.roles import ROLES

_BIG = BigInteger().with_variant(Integer, "sqlite")


class FlowState(Choices):
    DRAFT = "draft", lazy_pgettext("flow", "Draft")
    PUBLISHED = "published", lazy_pgettext("flow", "Published")
    RETIRED = "retired", lazy_pgettext("flow", "Retired")


class Mode(Choices):
    """How the people of one step sign beside each other."""

    ANY = "any", _("Any one of them")
    ALL = "all", _("All of them")
    RATIO = "ratio", _("A share of them")
    SEQUENCE = "sequence", _("One after the other")


class WhoKind(Choices):
    ROLE = "role", lazy_pgettext("signer", "Role")
    POST = "post", lazy_pgettext("signer", "Post")
    HEAD = "head", _("Head of the requester's department")
    RECORD_HEAD = "record_head", _("Head of the record's department")
    SUPERIOR = "superior", _("Superior of the requester")
    FIELD = "field", _("Named on the record")
    PERSON = "person", _("A certain person")
    CHOSEN = "chosen", _("Chosen by the requester")


class OnEmpty(Choices):
    ADMIN = "admin", _("An administrator names somebody")
    SKIP = "skip", _("The step is passed over")
    SUPERIOR = "superior", _("The requester's superior signs")
    NAMED = "named", _("The roles named instead sign")


class OnSelf(Choices):
    SKIP = "skip", _("He is left out")
    SUPERIOR = "superior", _("His superior signs")


class OnRepeat(Choices):
    OTHER = "other", _("Another person must sign")
    AGAIN = "again", _("He signs again")
    COUNTS = "counts", _("His earlier signature counts")


class OnReject(Choices):
    END = "end", _("The case ends")
    REQUESTER = "requester", _("Back to the requester")
    PREVIOUS = "previous", _("Back to the step before")


def _roles() -> list[tuple[str, Any]]:
    return list(ROLES.items())


def _registers() -> list[tuple[str, Any]]:
    """Every register that is signed, by the name that stands in the menu."""
    views = current_app.extensions.get("registers", {}) if has_app_context() else {}
    return [
        (name, views[name].title if name in views else name)
        for name, cls in sorted(REGISTERED.items())
        if hasattr(cls, "signed_by")
    ]


class ApprovalFlow(Stateful, Record):
    """Who signs what, in which order. A published version never changes; cases keep theirs."""

    __tablename__ = "approval_flow"
    __table_args__ = (once("uq_approval_flow_version", "flow", "version_no"),)
    catalogue_code = "R232"
    sources = ("D2", "D9§4")
    numbered = "LC-{seq:04}"
    titled_by = "name"
    common = True
    ruled_by = (
        rules.flow_has_steps,
        rules.steps_can_be_read,
        rules.states_of_steps_exist,
    )
    states = States(
        FlowState,
        start="draft",
        moves={"draft": ("published",), "published": ("retired",)},
        draft="draft",
        locked=("published", "retired"),
        tones={"draft": "warn", "published": "ok", "retired": "mute"},
    )

    flow: Mapped[Word] = field(
        _("Flow"), searched=True, sortable=True, width=3, help=_("The catalogue's code: AF-19.")
    )
    version_no: Mapped[int] = field(lazy_pgettext("flow", "Version"), default=1, width=3)
    name: Mapped[Title] = field(
        lazy_pgettext("flow", "Name"), searched=True, sortable=True, width=6
    )
    register: Mapped[Choice] = field(
        _("Register"), choices=_registers, sortable=True, catalogue="register"
    )
    preset: Mapped[Word | None] = field(
        _("Preset"),
        help=_("Of which organisation's documents, where they differ: hospital, factory."),
    )
    priority: Mapped[int] = field(
        _("Order"), default=10, help=_("Where several flows fit, the lowest figure wins.")
    )
    applies_when: Mapped[Line | None] = field(
        _("Applies when"),
        width=12,
        help=_("Conditions on the record: amount >= 10000 and kind in hospital,factory"),
    )
    purpose: Mapped[Prose | None] = field(lazy_pgettext("flow", "Purpose"), width=12)
    steps: Mapped[list[ApprovalStep]] = relationship(
        back_populates="flow_version",
        cascade="all, delete-orphan",
        order_by="ApprovalStep.order_no",
    )
    step_lines = lines(_("Steps"), "steps")

    def spec(self) -> tuple[StepSpec, ...]:
        return tuple(step.spec() for step in self.steps)


class ApprovalStep(LineRecord):
    """One step of a flow: a group of people who sign beside each other, and what happens otherwise."""

    __tablename__ = "approval_step"
    parent = "flow_version"

    flow_version_id: Mapped[int] = reference(_("Flow"), "approval_flow.id")
    flow_version: Mapped[ApprovalFlow] = relationship(back_populates="steps")
    key: Mapped[Word] = field(
        lazy_pgettext("step", "Key"), help=_("A short word that stays the same between versions.")
    )
    title: Mapped[Title] = field(lazy_pgettext("step", "Name"))
    who: Mapped[Choice] = field(_("Who signs"), choices=WhoKind)
    roles: Mapped[MultiChoice | None] = field(_("Roles"), choices=_roles, several=True)
    post_id: Mapped[int | None] = reference(_("Post"), "post.id")
    post: Mapped[Post | None] = relationship(foreign_keys=post_id)
    person_id: Mapped[int | None] = reference(_("Person"), "employee.id")
    person: Mapped[Employee | None] = relationship(foreign_keys=person_id)
    named_in: Mapped[Word | None] = field(
        _("Field with the person"), help=_("A field of the record that refers to an employee.")
    )
    levels: Mapped[int] = field(_("Levels up"), default=1)
    mode: Mapped[Choice] = field(_("How they sign"), choices=Mode, default="any")
    percent: Mapped[Percent | None] = field(_("Share needed"))
    only_when: Mapped[Line | None] = field(_("Only when"))
    on_empty: Mapped[Choice] = field(_("Nobody found"), choices=OnEmpty, default="admin")
    instead: Mapped[MultiChoice | None] = field(_("Roles instead"), choices=_roles, several=True)
    on_self: Mapped[Choice] = field(_("Requester among them"), choices=OnSelf, default="skip")
    on_repeat: Mapped[Choice] = field(_("Signed before"), choices=OnRepeat, default="other")
    on_reject: Mapped[Choice] = field(_("When rejected"), choices=OnReject, default="end")
    within_days: Mapped[int | None] = field(_("Working days"))
    escalates_to: Mapped[Word | None] = field(
        _("Then goes to"), help=_("superior, or the name of a role; empty: only a reminder.")
    )
    edits: Mapped[Line | None] = field(
        _("Fields filled here"), help=_("Names of fields, with commas between.")
    )
    needs_opinion: Mapped[bool] = field(_("Opinion required"), default=False)
    needs_signature: Mapped[bool] = field(_("Signature required"), default=False)
    sets_state: Mapped[Word | None] = field(_("State afterwards"))

    def spec(self) -> StepSpec:
        return StepSpec(
            key=self.key,
            title=self.title,
            who=Who(self.who, *self._asked()),
            mode=self.mode,
            percent=int(self.percent) if self.percent else 100,
            when=self.only_when or "",
            on_empty=self.on_empty,
            fallback=tuple(self.instead or ()),
            on_self=self.on_self,
            on_repeat=self.on_repeat,
            on_reject=self.on_reject,
            within=self.within_days or 0,
            escalates_to=self.escalates_to or "",
            edits=_words(self.edits),
            needs_opinion=bool(self.needs_opinion),
            needs_signature=bool(self.needs_signature),
            sets_state=self.sets_state or "",
        )

    def _asked(self) -> tuple[tuple[str, ...], int]:
        if self.who == WhoKind.ROLE:
            return tuple(self.roles or ()), 0
        if self.who == WhoKind.FIELD:
            return _words(self.named_in), 0
        if self.who == WhoKind.SUPERIOR:
            return (), self.levels or 1
        return (), (self.post_id if self.who == WhoKind.POST else self.person_id) or 0


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


class ApprovalCase(Base):
    """One request under way, by the version of the flow that stood when it was submitted."""

    __tablename__ = "approval_case"
    __table_args__: Any = (
        Index(
            "uq_approval_case_one_running",
            "register",
            "record_id",
            unique=True,
            postgresql_where=text("status IN ('running', 'returned')"),
            sqlite_where=text("status IN ('running', 'returned')"),
        ),
        Index("ix_approval_case_record", "register", "record_id", "id"),
        Index("ix_approval_case_requester", "requester_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    flow_id: Mapped[int] = mapped_column(ForeignKey("approval_flow.id"), nullable=False)
    flow: Mapped[ApprovalFlow] = relationship()
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    record_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    record_label: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    #: approval of the record, or change of one that is approved already
    kind: Mapped[str] = mapped_column(String(10), nullable=False, default="approval")
    #: field → value asked for, where it is a change
    proposed: Mapped[Any] = mapped_column(Json(), nullable=True)
    #: step key → people whom the requester chose
    chosen: Mapped[Any] = mapped_column(Json(), nullable=True)
    requester_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    status: Mapped[str] = mapped_column(String(10), nullable=False, default="new")
    step: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    round: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    submitted_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(Instant())
    tasks: Mapped[list[ApprovalTask]] = relationship(
        back_populates="case", order_by="ApprovalTask.no"
    )
    actions: Mapped[list[ApprovalAction]] = relationship(
        back_populates="case", order_by="ApprovalAction.id"
    )


#: what became of a task
TASK_WORDS = {
    "open": _("waits"),
    "waiting": _("waits for an opinion"),
    "queued": _("not yet its turn"),
    "approved": _("agreed"),
    "rejected": _("refused"),
    "returned": _("sent back"),
    "cancelled": _("no longer needed"),
    "transferred": _("handed on"),
    "escalated": _("passed on: overdue"),
}


class ApprovalTask(Kept):
    """One signature asked of one person."""

    __tablename__ = "approval_task"
    __table_args__: Any = (
        UniqueConstraint("case_id", "no"),
        Index("ix_approval_task_inbox", "assignee_id", "status", "due_at"),
        Index("ix_approval_task_due", "status", "due_at"),
    )
    catalogue_code = "R233"
    deletable = "never"
    in_the_book = False  # its acts are approval_action
    owned_by = ("assignee_id",)

    case_id: Mapped[int] = mapped_column(
        ForeignKey("approval_case.id"), nullable=False, index=True
    )
    case: Mapped[ApprovalCase] = relationship(back_populates="tasks")
    no: Mapped[int] = mapped_column(nullable=False)
    step: Mapped[Word] = field(_("Step"), machine=True)
    round: Mapped[int] = mapped_column(nullable=False, default=1)
    #: nobody was found for the step
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    assignee: Mapped[Any] = relationship(User, foreign_keys=assignee_id, viewonly=True)
    first_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    hand_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(12), nullable=False, default="normal")
    status: Mapped[str] = mapped_column(String(12), nullable=False, default="open")
    place: Mapped[int] = mapped_column(nullable=False, default=0)
    parent_no: Mapped[int] = mapped_column(nullable=False, default=0)
    opened_at: Mapped[datetime | None] = field(_("Asked at"), machine=True, sortable=True)
    due_at: Mapped[datetime | None] = field(_("Due"), machine=True, sortable=True)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant())
    decided_at: Mapped[datetime | None] = field(_("Decided at"), machine=True, sortable=True)

    @property
    def title(self) -> str:
        return self.case.record_label if self.case else f"#{self.id}"

    @calculated(_("Record"), Kind.LINE, reads=("case",))
    def subject(self) -> str:
        return self.case.record_label

    @calculated(_("Person asked"), Kind.LINE, reads=("assignee",))
    def person(self) -> str:
        return users.display_name(self.assignee) if self.assignee else ""

    @calculated(_("Outcome"), Kind.LINE)
    def outcome(self) -> str:
        return str(TASK_WORDS.get(self.status, self.status))


class ApprovalAction(Base):
    """What somebody did to a case. Never changed, never deleted."""

    __tablename__ = "approval_action"
    __table_args__: Any = (
        UniqueConstraint("case_id", "key"),
        Index("ix_approval_action_actor", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("approval_case.id"), nullable=False, index=True
    )
    case: Mapped[ApprovalCase] = relationship(back_populates="actions")
    #: given by whoever clicks: the same click twice is one act
    key: Mapped[str] = mapped_column(String(64), nullable=False)
    task_no: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    command: Mapped[str] = mapped_column(String(12), nullable=False)
    step: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    step_title: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    round: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(100), nullable=False, default="")
    #: A, where B signed for him
    for_id: Mapped[int | None] = mapped_column(Integer)
    for_name: Mapped[str] = mapped_column(String(100), nullable=False, default="")
    opinion: Mapped[str] = mapped_column(Text, nullable=False, default="")
    at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    ip: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    #: people it went to, the step it was returned to, fields filled, the signature's hash
    details: Mapped[Any] = mapped_column(Json(), nullable=True)


guard(ApprovalAction.__table__)

__all__ = [
    "ApprovalAction",
    "ApprovalCase",
    "ApprovalFlow",
    "ApprovalStep",
    "ApprovalTask",
]
