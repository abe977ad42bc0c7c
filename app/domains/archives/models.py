"""What the archives office keeps."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, relationship

from app.domains.archives import rules
from app.extensions import db
from app.organisation.models import Department
from app.records import (
    Choice,
    Choices,
    Line,
    LineRecord,
    Prose,
    Record,
    Stateful,
    States,
    Title,
    Word,
    field,
    lines,
    once,
    reference,
)


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


__all__ = ["Regulation", "RegulationPart"]
