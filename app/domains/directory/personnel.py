"""What the regulations ask of people in posts: secrecy, training, assessment, two persons for what matters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, relationship

from app.documents import Printout
from app.domains.directory import rules
from app.extensions import db
from app.organisation.models import AbPost, Employee, EmployeeState, Post, PostState
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Percent,
    Prose,
    Quantity,
    Record,
    Stateful,
    States,
    Title,
    Word,
    calculated,
    clock,
    field,
    files,
    lines,
    once,
    reference,
    settings,
)

settings.declare(
    settings.Setting(
        "single_post_days",
        _("Days after which a post held by one person is looked at again"),
        180,
        Kind.WHOLE,
        group=_("Organisation"),
        source="BR-156, D7§7(2)",
        help=_("The regulation says “more strictly” and no figure."),
    ),
    settings.Setting(
        "agreement_warn_days",
        _("Days before a confidentiality agreement ends when human resources are told"),
        30,
        Kind.WHOLE,
        group=_("Organisation"),
        source="BR-156",
    ),
)


class AgreementKind(Choices):
    AGREEMENT = "agreement", _("Confidentiality agreement")
    RESPONSIBILITY = "responsibility", _("Letter of responsibility for secrecy")


class AgreementState(Choices):
    DRAFT = "draft", lazy_pgettext("agreement", "Draft")
    SIGNED = "signed", lazy_pgettext("agreement", "Signed")
    EXPIRED = "expired", lazy_pgettext("agreement", "Expired")
    TERMINATED = "terminated", lazy_pgettext("agreement", "Terminated")


class ConfidentialityAgreement(Stateful, Record):
    """Whoever holds a key post has promised secrecy and signed it himself; without it nobody comes into such a post."""

    __tablename__ = "confidentiality_agreement"
    __table_args__ = (
        once(
            "uq_confidentiality_agreement_signed", "person_id", "post_id", "kind", where="state = 'signed'",
            refusal=_("One for this person in this post is in force already. End it first."),
        ),
    )  # fmt: skip
    catalogue_code = "R195"
    sources = ("D7§7(3)", "D18§2.1")
    numbered = "BMXY-{year}-{seq:04}"
    titled_by = "number"
    owned_by = ("person_id",)
    ruled_by = (
        rules.agreement_is_about_a_key_post,
        rules.secrecy_lasts_some_years,
        rules.nobody_signs_for_another,
        rules.one_agreement_is_in_force,
        rules.agreement_ends_after_today,
    )
    states = States(
        AgreementState,
        start="draft",
        moves={"draft": ("signed",), "signed": ("expired", "terminated")},
        draft="draft",
        locked=("signed", "expired", "terminated"),
        elsewhere=("expired",),  # on the day after its last one, by the clock
        tones={"draft": "draft", "signed": "ok", "expired": "bad", "terminated": "mute"},
    )
    printed_as = (
        Printout(
            "confidentiality_agreement.html",
            _("Confidentiality agreement"),
            form="E63",
            article="D7§7(3)",
            subtitle=_("in two copies, one for each party"),
            copies=(_("Copy of the company"), _("Copy of the employee")),
        ),
    )

    person_id: Mapped[int] = reference(
        lazy_pgettext("agreement", "Person"), "employee.id", personal=True, sortable=True
    )
    person: Mapped[Employee] = relationship(foreign_keys=person_id)
    post_id: Mapped[int] = reference(_("Key post"), "post.id", sortable=True)
    post: Mapped[Post] = relationship(foreign_keys=post_id)
    kind: Mapped[Choice] = field(
        lazy_pgettext("agreement", "Kind"), choices=AgreementKind, default="agreement"
    )
    obligations: Mapped[Prose | None] = field(
        _("Particular obligations"),
        width=12,
        help=_("Beyond those that the form states: systems, materials, contacts."),
    )
    valid_to: Mapped[date | None] = field(
        _("Valid until"), sortable=True, help=_("Empty: as long as the person holds the post.")
    )
    secrecy_years: Mapped[int | None] = field(
        _("Years of secrecy after leaving"), default=2, catalogue="secrecy period after leaving"
    )
    signed_on: Mapped[date | None] = field(_("Signed on"), machine=True, sortable=True)
    signed_at: Mapped[datetime | None] = field(_("Signed at"), machine=True)
    ended_on: Mapped[date | None] = field(lazy_pgettext("agreement", "Ended on"), machine=True)
    file = files(_("Signed copy"))

    @classmethod
    def valid_on(cls, day: date) -> Any:
        """Signed, not void, not run out on this day."""
        return and_(
            cls.state == "signed",
            cls.voided_at.is_(None),
            or_(cls.valid_to.is_(None), cls.valid_to >= day),
        )

    @classmethod
    def is_held(cls, person_id: int | None, post_id: int | None) -> bool:
        """Whether this person has a valid agreement for this post today."""
        query = select(cls.id).where(
            cls.person_id == person_id, cls.post_id == post_id, cls.valid_on(clock.today())
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1)) is not None

    @classmethod
    def in_force(cls, one: ConfidentialityAgreement) -> ConfidentialityAgreement | None:
        """Another one of the same person, post and kind that is signed."""
        query = cls.living().where(
            cls.person_id == one.person_id,
            cls.post_id == one.post_id,
            cls.kind == one.kind,
            cls.state == "signed",
            cls.id != (one.id or 0),
        )
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        """The employee signs in the system; the company seals the paper."""
        return [
            (_("Party A: the company (seal)"), "", None),
            (_("Party B: the employee"), str(self.person or ""), self.signed_at),
        ]


class TrainingKind(Choices):
    IT_KNOWLEDGE = "it_knowledge", _("Training in the knowledge of informatisation management")
    IT_STAFF = "it_staff", _("Regular training of IT staff")
    SECURITY = "security", _("Security education and training of computer users")
    LAW = "law", _("Publicity of laws, regulations and policies")


class TrainingState(Choices):
    PLANNED = "planned", _("Planned")
    DONE = "done", lazy_pgettext("training", "Done")


class TrainingRecord(Stateful, Record):
    """Who was trained in what, by whom, and with which result."""

    __tablename__ = "training_record"
    catalogue_code = "R196"
    sources = ("D7§4(5)", "D7§7(4)", "D19§1.1", "D19§1.5", "D8§7.4", "D5§6")
    numbered = "PX-{year}{month:02}-{seq:04}"
    titled_by = "topic"
    #: a training is its participants' too
    owned_through = ("attendances",)
    ruled_by = (
        rules.held_training_has_participants,
        rules.held_training_is_not_in_the_future,
        rules.training_takes_time,
    )
    states = States(
        TrainingState,
        start="planned",
        moves={"planned": ("done",)},
        locked=("done",),
        tones={"planned": "run", "done": "ok"},
    )
    printed_as = (
        Printout(
            "training_sign_in.html",
            _("Sign-in sheet"),
            article="D7§7(4), D19§1.5",
            signatures=(_("Trainer"), _("Recorded by")),
        ),
    )

    kind: Mapped[Choice] = field(
        lazy_pgettext("training", "Kind"), choices=TrainingKind, sortable=True
    )
    topic: Mapped[Title] = field(_("Topic"), searched=True, sortable=True, width=6)
    on: Mapped[date] = field(lazy_pgettext("training", "Date"), sortable=True)
    trainer: Mapped[Line | None] = field(_("Trainer"))
    hours: Mapped[Quantity | None] = field(
        lazy_pgettext("training", "Hours"), unit=lazy_pgettext("unit", "hours")
    )
    attendances: Mapped[list[TrainingParticipant]] = relationship(
        back_populates="training",
        cascade="all, delete-orphan",
        order_by="TrainingParticipant.order_no",
    )
    participants = lines(
        _("Participants"), "attendances", help=_("Who took part, and with which result.")
    )

    @calculated(_("Number of participants"), Kind.WHOLE, reads=("attendances",))
    def headcount(self) -> int:
        return len(self.attendances)


class TrainingParticipant(LineRecord):
    """One person of a training, and his result."""

    __tablename__ = "training_participant"
    parent = "training"
    owned_by = ("person_id",)
    ruled_by = (rules.score_lies_between_0_and_100, rules.person_is_trained_once)

    training_id: Mapped[int] = reference(_("Training"), "training_record.id")
    training: Mapped[TrainingRecord] = relationship(back_populates="attendances")
    person_id: Mapped[int] = reference(lazy_pgettext("training", "Person"), "employee.id")
    person: Mapped[Employee] = relationship(foreign_keys=person_id)
    was_absent: Mapped[bool] = field(_("Absent"), default=False)
    score: Mapped[Quantity | None] = field(lazy_pgettext("training", "Score"))


class AssessmentSubject(Choices):
    IT_STAFF = "it_staff", _("IT staff")
    SERVICE_STAFF = "service_staff", _("Service staff")
    SALES_CONSULTANT = "sales_consultant", _("Sales consultants and showroom")


class AssessmentState(Choices):
    OPEN = "open", lazy_pgettext("assessment", "Open")
    SCORED = "scored", _("Scored")
    CONFIRMED = "confirmed", lazy_pgettext("assessment", "Confirmed")


class Assessment(Stateful, Record):
    """How a person is assessed in a period, item by item; only he, who stands above him and human resources read it."""

    __tablename__ = "assessment"
    __table_args__ = (
        once(
            "uq_assessment_period", "person_id", "subject", "period",
            refusal=_("This person is assessed for this period already."),
        ),
    )  # fmt: skip
    catalogue_code = "R197"
    sources = ("D7§7(4)", "D9§15", "D2")
    numbered = "JX-{year}-{seq:05}"
    titled_by = "number"
    owned_by = ("person_id",)
    ruled_by = (
        rules.period_fits_the_subject,
        rules.nobody_assesses_himself,
        rules.scored_assessment_is_complete,
    )
    states = States(
        AssessmentState,
        start="open",
        moves={"open": ("scored",), "scored": ("open", "confirmed")},
        draft="open",
        locked=("scored", "confirmed"),
        tones={"open": "draft", "scored": "run", "confirmed": "ok"},
    )
    printed_as = (Printout("assessment.html", _("Assessment sheet"), article="D7§7(4), D9§15"),)

    subject: Mapped[Choice] = field(_("Who is assessed"), choices=AssessmentSubject, sortable=True)
    person_id: Mapped[int] = reference(
        lazy_pgettext("assessment", "Person"), "employee.id", sortable=True
    )
    person: Mapped[Employee] = relationship(foreign_keys=person_id)
    period: Mapped[Word] = field(
        lazy_pgettext("assessment", "Period"),
        sortable=True,
        help=_("IT staff by half-year: 2026-H1; service and sales by month: 2026-03."),
    )
    source: Mapped[Line | None] = field(
        _("Based on"),
        help=_("The record it stands on: a rating of the service, a penalty."),
        width=6,
    )
    scores: Mapped[list[AssessmentItem]] = relationship(
        back_populates="assessment",
        cascade="all, delete-orphan",
        order_by="AssessmentItem.order_no",
    )
    items = lines(_("Items of the assessment"), "scores")
    confirmed_by_id: Mapped[int | None] = reference(
        _("Confirmed by"), "employee.id", machine=True, catalogue="confirmed_by"
    )
    confirmed_by: Mapped[Employee | None] = relationship(foreign_keys=confirmed_by_id)
    confirmed_at: Mapped[datetime | None] = field(_("Confirmed at"), machine=True)

    @calculated(
        _("Result of the assessment"), Kind.QUANTITY, catalogue="result", reads=("scores",)
    )
    def result(self) -> Decimal | None:
        """The scores weighted: weight × score, over the sum of the weights, to two places."""
        return rules.weighted([(one.weight, one.score) for one in self.scores])

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        return [
            (_("Person assessed"), "", None),
            (_("Confirmed by"), str(self.confirmed_by or ""), self.confirmed_at),
        ]


class AssessmentItem(LineRecord):
    """One thing that is looked at: how much it weighs, and how well it was done."""

    __tablename__ = "assessment_item"
    parent = "assessment"
    ruled_by = (rules.score_lies_between_0_and_100, rules.weight_is_above_zero)

    assessment_id: Mapped[int] = reference(_("Assessment"), "assessment.id")
    assessment: Mapped[Assessment] = relationship(back_populates="scores")
    item: Mapped[Line] = field(lazy_pgettext("assessment", "Item"))
    weight: Mapped[Percent] = field(lazy_pgettext("assessment", "Weight"))
    score: Mapped[Quantity | None] = field(lazy_pgettext("assessment", "Score"))


class DualState(Choices):
    DRAFT = "draft", lazy_pgettext("two persons", "Draft")
    ACTIVE = "active", lazy_pgettext("two persons", "Active")
    ENDED = "ended", lazy_pgettext("two persons", "Ended")


class DualResponsibility(Stateful, Record):
    """Two persons answer for a key post together; each critical operation carries the signature of both."""

    __tablename__ = "dual_responsibility"
    __table_args__ = (
        once(
            "uq_dual_responsibility_active", "post_id", where="state = 'active'",
            refusal=_("Two persons answer for this post already. End that first."),
        ),
    )  # fmt: skip
    catalogue_code = "R198"
    sources = ("D7§7(2)",)
    numbered = "SR-{year}-{seq:04}"
    titled_by = "number"
    owned_by = ("person_1_id", "person_2_id")
    ruled_by = (
        rules.two_persons_are_two,
        rules.two_persons_hold_a_key_post,
        rules.two_persons_promised_secrecy,
        rules.one_pair_answers_for_a_post,
        rules.nothing_is_left_half_signed,
    )
    states = States(
        DualState,
        start="draft",
        moves={"draft": ("active",), "active": ("ended",)},
        draft="draft",
        locked=("active", "ended"),
        tones={"draft": "draft", "active": "ok", "ended": "mute"},
    )

    post_id: Mapped[int] = reference(_("Key post"), "post.id", sortable=True)
    post: Mapped[Post] = relationship(foreign_keys=post_id)
    person_1_id: Mapped[int] = reference(_("First person"), "employee.id", catalogue="person_1")
    person_1: Mapped[Employee] = relationship(foreign_keys=person_1_id)
    person_2_id: Mapped[int] = reference(_("Second person"), "employee.id", catalogue="person_2")
    person_2: Mapped[Employee] = relationship(foreign_keys=person_2_id)
    since: Mapped[date | None] = field(
        lazy_pgettext("two persons", "Since"), machine=True, sortable=True
    )
    ended: Mapped[date | None] = field(lazy_pgettext("two persons", "Ended on"), machine=True)
    sign_offs: Mapped[list[CriticalOperation]] = relationship(
        back_populates="dual", cascade="all, delete-orphan", order_by="CriticalOperation.order_no"
    )
    critical_operations = lines(
        _("Critical operations"),
        "sign_offs",
        help=_("Written by who did it, countersigned by the other."),
    )

    @calculated(_("Wait for the second signature"), Kind.WHOLE, reads=("sign_offs",))
    def half_signed(self) -> int:
        return sum(one.second_at is None for one in self.sign_offs)

    @staticmethod
    def why_no_secrecy(person: Employee | None, post: Post | None) -> Any:
        """BR-156: why this person may not come into this post; None where he may."""
        return why_no_secrecy(person, post)

    @classmethod
    def active_for(cls, post_id: int | None, but: int | None) -> DualResponsibility | None:
        query = cls.living().where(cls.post_id == post_id, cls.state == "active")
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))


class CriticalOperation(LineRecord):
    """One critical operation of a key post: what was done, who did it, who countersigned."""

    __tablename__ = "critical_operation"
    parent = "dual"

    dual_id: Mapped[int] = reference(_("Two persons"), "dual_responsibility.id")
    dual: Mapped[DualResponsibility] = relationship(back_populates="sign_offs")
    operation: Mapped[Line] = field(_("Operation"), machine=True)
    first_id: Mapped[int] = reference(_("Done by"), "employee.id", machine=True)
    first: Mapped[Employee] = relationship(foreign_keys=first_id)
    first_at: Mapped[datetime] = field(_("Done at"), machine=True)
    second_id: Mapped[int | None] = reference(_("Countersigned by"), "employee.id", machine=True)
    second: Mapped[Employee | None] = relationship(foreign_keys=second_id)
    second_at: Mapped[datetime | None] = field(_("Countersigned at"), machine=True)


class MonitorState(Choices):
    OPEN = "open", lazy_pgettext("monitoring", "Open")
    CHECKED = "checked", _("Checked")


class SinglePostMonitor(Stateful, Record):
    """A post in which one person stands alone is watched by another, who looks at it and says what he found."""

    __tablename__ = "single_post_monitor"
    __table_args__ = (
        once(
            "uq_single_post_monitor_open", "post_id", where="state = 'open'",
            refusal=_("This post is being looked at already."),
        ),
    )  # fmt: skip
    catalogue_code = "R199"
    sources = ("D7§7(2)",)
    numbered = "DG-{year}-{seq:04}"
    titled_by = "number"
    owned_by = ("monitor_id",)
    ruled_by = (
        rules.one_person_stands_alone,
        rules.nobody_monitors_himself,
        rules.post_is_looked_at_once_at_a_time,
        rules.what_was_checked_stays,
    )
    states = States(
        MonitorState,
        start="open",
        moves={"open": ("checked",)},
        tones={"open": "warn", "checked": "ok"},
    )

    post_id: Mapped[int] = reference(_("Post held by one person"), "post.id", sortable=True)
    post: Mapped[Post] = relationship(foreign_keys=post_id)
    holder_id: Mapped[int | None] = reference(_("Who stands alone"), "employee.id", machine=True)
    holder: Mapped[Employee | None] = relationship(foreign_keys=holder_id)
    monitor_id: Mapped[int] = reference(_("Monitored by"), "employee.id")
    monitor: Mapped[Employee] = relationship(foreign_keys=monitor_id)
    checked_on: Mapped[date | None] = field(_("Checked on"), machine=True, sortable=True)
    finding: Mapped[Prose | None] = field(
        lazy_pgettext("monitoring", "Finding"), machine=True, width=12
    )
    action: Mapped[Prose | None] = field(lazy_pgettext("monitoring", "Action"), width=12)

    @staticmethod
    def holders(post: Post) -> list[Employee]:
        return holders_of(post)

    @classmethod
    def open_for(cls, post_id: int, but: int | None) -> SinglePostMonitor | None:
        query = cls.living().where(cls.post_id == post_id, cls.state == "open")
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))


def why_no_secrecy(person: Employee | None, post: Post | None) -> Any:
    """BR-156: a key post asks for a valid confidentiality agreement of whoever comes into it."""
    if person is None or post is None or not post.is_key_post:
        return None
    if ConfidentialityAgreement.is_held(person.id, post.id):
        return None
    return gettext(
        "%(name)s has no valid confidentiality agreement for %(post)s.",
        name=person.name,
        post=post.post_name,
    )


# -- questions ---------------------------------------------------------------------------------------


def stands_alone(post: Any) -> Any:
    """R199: an active post with exactly one holder, whom no B deputises and no second person answers with."""
    serving = and_(
        Employee.post_id == post.id,
        Employee.state == EmployeeState.IN_SERVICE,
        Employee.voided_at.is_(None),
    )
    today = clock.today()
    has_b = exists().where(
        AbPost.post_id == post.id,
        AbPost.voided_at.is_(None),
        or_(AbPost.valid_from.is_(None), AbPost.valid_from <= today),
        or_(AbPost.valid_to.is_(None), AbPost.valid_to >= today),
    )
    has_two = exists().where(
        DualResponsibility.post_id == post.id,
        DualResponsibility.state == "active",
        DualResponsibility.voided_at.is_(None),
    )
    one = select(func.count(Employee.id)).where(serving).scalar_subquery() == 1
    return and_(post.state == PostState.ACTIVE, post.voided_at.is_(None), one, ~has_b, ~has_two)


def is_not_watched(post: Any) -> Any:
    """BR-156: a post in which one stands alone, and which nobody watches or has looked at for long."""
    since = clock.today() - timedelta(days=int(settings.get("single_post_days")))
    watched = exists().where(
        SinglePostMonitor.post_id == post.id,
        SinglePostMonitor.voided_at.is_(None),
        or_(SinglePostMonitor.state == "open", SinglePostMonitor.checked_on > since),
    )
    return and_(stands_alone(post), ~watched)


def holds_key_post_without_agreement(employee: Any) -> Any:
    """BR-156: in service, in a key post, without a valid confidentiality agreement for it."""
    key = exists().where(Post.id == employee.post_id, Post.is_key_post.is_(True))
    promised = exists().where(
        ConfidentialityAgreement.person_id == employee.id,
        ConfidentialityAgreement.post_id == employee.post_id,
        ConfidentialityAgreement.valid_on(clock.today()),
    )
    return and_(employee.state == EmployeeState.IN_SERVICE, key, ~promised)


def is_half_signed(dual: Any) -> Any:
    """R198: something one of the two did waits for the other."""
    return exists().where(
        CriticalOperation.dual_id == dual.id, CriticalOperation.second_at.is_(None)
    )


def holders_of(post: Post) -> list[Employee]:
    query = Employee.living().where(
        Employee.post_id == post.id, Employee.state == EmployeeState.IN_SERVICE
    )
    with db.session.no_autoflush:
        return list(db.session.scalars(query.order_by(Employee.id)))


__all__ = [
    "Assessment",
    "AssessmentItem",
    "ConfidentialityAgreement",
    "CriticalOperation",
    "DualResponsibility",
    "SinglePostMonitor",
    "TrainingParticipant",
    "TrainingRecord",
]
