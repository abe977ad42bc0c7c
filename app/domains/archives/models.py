"""What the archives office keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.deadlines import Deadline
from app.documents import Printout
from app.domains.archives import rules
from app.extensions import db
from app.organisation.models import Department, Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Prose,
    Record,
    Refusal,
    Stateful,
    States,
    Title,
    Word,
    calculated,
    clock,
    field,
    lines,
    once,
    reference,
)


def _head_of_department() -> Any:
    """AF-60: the head of whoever asks; where there is none, who stands above, in the end the general manager."""
    return Step(
        "head", _("Head of department"), head="requester", on_self="superior", on_empty="named",
        fallback=("general_manager",), within=2, escalates_to="superior",
    )  # fmt: skip


class Level(Choices):
    MEASURES = "measures", _("Administrative measures")
    DETAILED_RULES = "detailed_rules", _("Detailed rules of implementation")
    MANAGEMENT_SYSTEM = "management_system", _("Management system")
    PROVISION = "provision", _("Provisions")
    OUTLINE = "outline", _("Outline")
    CODE = "code", _("Code of conduct")
    STANDARD = "standard", _("Standards of conduct")
    COMPILATION = "compilation", _("Compilation")
    EXTERNAL = "external", _("External law")


class RegulationState(Choices):
    DRAFT = "draft", lazy_pgettext("regulation", "Draft")
    CONSULTING = "consulting", _("Consulting the departments")
    APPROVED = "approved", lazy_pgettext("regulation", "Approved")
    EFFECTIVE = "effective", _("In force")
    REVISED = "revised", _("Replaced by a revision")
    REPEALED = "repealed", _("Repealed")


class Regulation(Stateful, Record):
    """The regulations in force, article by article; every register names the article it comes from."""

    __tablename__ = "regulation"
    __table_args__ = (once("uq_regulation_in_force", "short_mark", where="state = 'effective'"),)
    catalogue_code = "R185"
    sources = ("D11", "D7§4(1)", "D16§8", "D20§9")
    numbered = "ZD-{seq:04}"
    titled_by = "title_"
    found_by = ("short_mark",)
    ruled_by = (
        rules.own_regulations_say_who_explains_and_approves,
        rules.what_is_issued_has_its_day,
        rules.one_of_a_mark_is_in_force,
    )
    states = States(
        RegulationState,
        start="draft",
        draft="draft",
        moves={
            "draft": ("consulting", "approved"),
            "consulting": ("draft", "approved"),
            "approved": ("effective", "draft"),
            "effective": ("revised", "repealed"),
        },
        # What was approved is put into force as it was approved; who wants it otherwise takes it back.
        locked=("approved", "effective", "revised", "repealed"),
        issued=("effective", "revised", "repealed"),
        tones={
            "draft": "draft",
            "consulting": "run",
            "approved": "run",
            "effective": "ok",
            "revised": "mute",
            "repealed": "mute",
        },
    )

    title_: Mapped[Title] = field(
        lazy_pgettext("regulation", "Title"), catalogue="title", searched=True, sortable=True
    )
    short_mark: Mapped[Word | None] = field(
        _("Short mark"),
        searched=True,
        sortable=True,
        help=_("By this mark registers and rules name the article they come from: D16§3.4(1)."),
    )
    level: Mapped[Choice] = field(
        lazy_pgettext("regulation", "Level"), choices=Level, sortable=True
    )
    trial: Mapped[bool] = field(_("On trial"), default=False)
    regulation_version: Mapped[Word | None] = field(
        lazy_pgettext("regulation", "Version"), catalogue="version"
    )
    effective_on: Mapped[date | None] = field(_("In force from"), sortable=True)
    interpreted_by: Mapped[Line | None] = field(_("Right of interpretation"), width=4)
    amended_by: Mapped[Line | None] = field(_("Right of amendment"), width=4)
    approved_by: Mapped[Line | None] = field(_("Approved by"), width=4)
    confidential: Mapped[bool] = field(_("Internal material"), default=False)
    issuer: Mapped[Line | None] = field(_("Organisation"), width=6)
    dept_id: Mapped[int | None] = reference(_("Drafted by"), "department.id")
    dept: Mapped[Department | None] = relationship(foreign_keys=dept_id)
    replaces_id: Mapped[int | None] = reference(
        _("Replaces"),
        "regulation.id",
        machine=True,
        help=_("The version that this one revises; it ends when this one comes into force."),
    )
    replaces: Mapped[Regulation | None] = relationship(
        remote_side="Regulation.id", foreign_keys=replaces_id
    )
    parts: Mapped[list[RegulationPart]] = relationship(
        back_populates="regulation",
        cascade="all, delete-orphan",
        order_by="RegulationPart.order_no",
    )
    articles = lines(_("Parts, chapters and articles"), "parts", catalogue="parts")

    def in_force_with_mark(self) -> Regulation | None:
        """Another regulation in force that goes by the same mark and does not end with this one."""
        cls = type(self)
        query = cls.living().where(
            cls.short_mark == self.short_mark, cls.state == "effective", cls.id != (self.id or 0)
        )
        with db.session.no_autoflush:
            found = db.session.scalars(query).all()
        return next((one for one in found if one.state == "effective"), None)

    def next_version(self) -> Regulation | None:
        """The version that is being drafted to replace this one."""
        cls = type(self)
        query = cls.living().where(cls.replaces_id == self.id, cls.state.not_in(cls.states.issued))
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))


class RegulationPart(LineRecord):
    """One article, or what stands before the first."""

    __tablename__ = "regulation_part"
    parent = "regulation"

    regulation_id: Mapped[int] = reference(lazy_pgettext("part of", "Regulation"), "regulation.id")
    regulation: Mapped[Regulation] = relationship(back_populates="parts")
    place: Mapped[Word | None] = field(
        _("Place"),
        help=_("As references write it: 3.4(1). Empty for what stands before the first article."),
    )
    marker: Mapped[Word | None] = field(_("Numbered as"))
    text: Mapped[Prose] = field(_("Text"))


class ArchiveCategory(Choices):
    DOCUMENT = "document", lazy_pgettext("archive", "Document")
    CONTRACT = "contract", lazy_pgettext("archive", "Contract")
    PERSONNEL = "personnel", lazy_pgettext("archive", "Personnel")
    FINANCE = "finance", lazy_pgettext("archive", "Finance")
    ENGINEERING = "engineering", lazy_pgettext("archive", "Engineering")
    AUDIO_VISUAL = "audio_visual", lazy_pgettext("archive", "Audio-visual")


class Retention(Choices):
    PERMANENT = "permanent", lazy_pgettext("archive", "Permanent")
    YEARS_30 = "years_30", _("30 years")
    YEARS_10 = "years_10", _("10 years")


class Secrecy(Choices):
    PUBLIC = "public", lazy_pgettext("secrecy", "Public")
    INTERNAL = "internal", lazy_pgettext("secrecy", "Internal")
    SECRET = "secret", lazy_pgettext("secrecy", "Secret")
    CONFIDENTIAL = "confidential", lazy_pgettext("secrecy", "Confidential")


class ArchiveItemState(Choices):
    IN_PLACE = "in_place", lazy_pgettext("archive", "In place")
    LENT = "lent", lazy_pgettext("archive", "Lent")
    DESTROYING = "destroying", _("Destruction asked for")
    DESTROYED = "destroyed", lazy_pgettext("archive", "Destroyed")


class ArchiveItem(Approvable, Record):
    """The archives of the house, where each lies, how long and how secretly it is kept, and when it was destroyed."""

    __tablename__ = "archive_item"
    catalogue_code = "R201"
    sources = ("D15",)
    numbered = "DA-{year}-{seq:05}"
    titled_by = "title_"
    found_by = ("archive_no",)
    ruled_by = (
        rules.archive_is_not_of_the_future,
        rules.pages_are_counted,
        rules.what_is_destroyed_was_due,
    )
    #: who fills in a loan reads the list of what there is, not where it lies nor how secret it is
    field_groups: ClassVar[dict[str, tuple[str, ...]]] = {
        "catalogue": ("number", "archive_no", "title_", "category", "year", "state")
    }
    outcome = Outcome(
        submitted="destroying", approved="destroyed", rejected="in_place", returned="in_place"
    )
    submit_label = _("Propose for destruction")
    states = States(
        ArchiveItemState,
        start="in_place",
        moves={
            "in_place": ("lent", "destroying"),
            "lent": ("in_place",),
            "destroying": ("in_place", "destroyed"),
        },
        locked=("destroying", "destroyed"),
        elsewhere=("lent",),  # by a loan (R202)
        tones={"in_place": "ok", "lent": "run", "destroying": "warn", "destroyed": "mute"},
    )
    #: AF-60: the archivist proposes, the head of the department and the general manager decide (D15 ch. 2)
    signed_by = (
        Route(
            "AF-60-R201",
            _("Destruction of an archive"),
            _head_of_department(),
            Step(
                "general_manager", _("General manager"), "general_manager", on_repeat="counts",
                needs_opinion=True, within=5,
            ),
            article="D15",
        ),
    )  # fmt: skip
    lists_printed_as = (
        Printout(
            "destruction_list.html",
            _("Destruction list"),
            form="E65",
            article="D15",
            landscape=True,
            signatures=(
                _("Archivist"),
                _("Head of department"),
                _("General manager"),
                _("Witness of the destruction"),
            ),
        ),
    )

    archive_no: Mapped[Word] = field(
        _("Archive number"), catalogue="no", unique=True, searched=True, sortable=True
    )
    title_: Mapped[Title] = field(
        lazy_pgettext("archive", "Title"),
        catalogue="title",
        searched=True,
        sortable=True,
        width=6,
    )
    category: Mapped[Choice] = field(
        lazy_pgettext("archive", "Category"), choices=ArchiveCategory, sortable=True
    )
    year: Mapped[int] = field(lazy_pgettext("archive", "Year"), sortable=True)
    retention: Mapped[Choice] = field(_("Retention"), choices=Retention, sortable=True)
    secrecy: Mapped[Choice] = field(
        lazy_pgettext("archive", "Secrecy"), choices=Secrecy, default="internal", sortable=True
    )
    place: Mapped[Line | None] = field(lazy_pgettext("archive", "Place"), width=6)
    pages: Mapped[int | None] = field(lazy_pgettext("archive", "Pages"))
    destruction_reason: Mapped[Prose | None] = field(
        _("Why it may be destroyed"), help=_("Required before destruction is proposed."), width=12
    )
    destroyed_on: Mapped[date | None] = field(_("Destroyed on"), machine=True, sortable=True)

    @calculated(_("May be destroyed from"), Kind.DATE)
    def destroyable_from(self) -> date | None:
        """The first day after its retention, counted from the end of its year; permanent: never."""
        return rules.destroyable_from(self.retention, self.year)

    def before_submission(self) -> Iterator[Refusal]:
        """R201: only what was kept long enough, with a reason, and not what somebody has."""
        yield from rules.why_not_destroy(self)

    def approved(self, case: Any) -> None:
        """The paper may be destroyed; the day stands in the list."""
        self.destroyed_on = clock.today()
        db.session.flush()


class LoanState(Choices):
    DRAFT = "draft", lazy_pgettext("archive loan", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("archive loan", "Submitted")
    APPROVED = "approved", lazy_pgettext("archive loan", "Approved")
    LENT = "lent", lazy_pgettext("archive loan", "Lent")
    RETURNED = "returned", lazy_pgettext("archive loan", "Returned")
    REJECTED = "rejected", lazy_pgettext("archive loan", "Rejected")


class ArchiveLoan(Approvable, Record):
    """Who borrows which archive, why and until when, who agreed, and that it came back."""

    __tablename__ = "archive_loan"
    __table_args__ = (
        # An archive is in one pair of hands, also when two clerks hand it out at the same moment.
        once(
            "uq_archive_loan_out", "item_id", where="state = 'lent'",
            refusal=_("It is lent already. Let it come back first."),
        ),
    )  # fmt: skip
    catalogue_code = "R202"
    sources = ("D15",)
    numbered = "DAJY-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("borrower_id",)
    never_signed_by = ("borrower_id",)
    ruled_by = (
        rules.loan_is_due_after_it_begins,
        rules.borrower_is_in_service,
        rules.lent_archive_is_in_one_hand,
        rules.what_is_destroyed_is_not_lent,
    )
    outcome = Outcome(submitted="submitted", approved="approved", rejected="rejected")
    states = States(
        LoanState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "approved", "rejected"),
            "approved": ("lent",),
            "lent": ("returned",),
        },
        draft="draft",
        locked=("submitted", "approved", "lent", "returned", "rejected"),
        tones={
            "draft": "draft",
            "submitted": "run",
            "approved": "run",
            "lent": "warn",
            "returned": "ok",
            "rejected": "bad",
        },
    )
    #: AF-60: the head of the department, the archivist, for secret archives the general manager (D15 ch. 2)
    signed_by = (
        Route(
            "AF-60-R202",
            _("Archive loan"),
            _head_of_department(),
            Step("archivist", _("Archivist"), "archivist", within=1),
            Step(
                "general_manager", _("General manager"), "general_manager",
                when="is_secret = 1", on_repeat="counts", within=2,
            ),
            article="D15",
        ),
    )  # fmt: skip
    due = (
        Deadline(
            "due_on",
            _("Return of the archive"),
            ("lent",),
            whose=("borrower_id",),
            escalates_to=("archivist",),
            again=7,
        ),
    )
    printed_as = (Printout("archive_loan.html", _("Loan slip"), form="E65", article="D15"),)

    item_id: Mapped[int] = reference(lazy_pgettext("loan of", "Archive"), "archive_item.id")
    item: Mapped[ArchiveItem] = relationship(foreign_keys=item_id)
    borrower_id: Mapped[int] = reference(_("Borrower"), "employee.id", sortable=True)
    borrower: Mapped[Employee] = relationship(foreign_keys=borrower_id)
    purpose: Mapped[Prose] = field(lazy_pgettext("archive loan", "Purpose"), width=12)
    from_on: Mapped[date] = field(
        lazy_pgettext("archive loan", "From"), catalogue="from", sortable=True
    )
    due_on: Mapped[date] = field(
        lazy_pgettext("archive loan", "Due back on"), catalogue="due", sortable=True
    )
    lent_on: Mapped[date | None] = field(
        lazy_pgettext("archive loan", "Handed out on"), machine=True
    )
    returned_on: Mapped[date | None] = field(
        lazy_pgettext("archive loan", "Returned on"), machine=True, sortable=True
    )

    @property
    def title(self) -> str:
        return self.number or f"#{self.id}"

    @calculated(_("Secret archive"), Kind.BOOL, reads=("item",))
    def is_secret(self) -> bool:
        """Secret and confidential archives are lent by the general manager's signature only."""
        return self.item is not None and self.item.secrecy in (
            Secrecy.SECRET,
            Secrecy.CONFIDENTIAL,
        )

    @calculated(_("Days overdue"), Kind.WHOLE)
    def days_overdue(self) -> int:
        """Calendar days past the day it was due, until it came back."""
        if self.lent_on is None or not self.due_on:
            return 0
        return max(0, ((self.returned_on or clock.today()) - self.due_on).days)

    def before_submission(self) -> Iterator[Refusal]:
        """R202: what is asked for lies in its place."""
        if self.item.is_void or self.item.state != "in_place":
            words = dict(self.item.states.words.options())
            yield Refusal(
                gettext(
                    "%(item)s is not in its place: %(state)s.",
                    item=self.item.title,
                    state=words[self.item.state],
                ),
                "item_id",
            )

    @classmethod
    def out(cls, item_id: int, but: int | None) -> ArchiveLoan | None:
        """The loan by which an archive is out now."""
        query = cls.living().where(cls.item_id == item_id, cls.state == "lent")
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))


__all__ = ["ArchiveItem", "ArchiveLoan", "Regulation", "RegulationPart"]
