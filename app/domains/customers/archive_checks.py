"""Each half-year every volume of the customer archive is looked at (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.documents import Printout
from app.domains.customers.models import CustomerArchiveVolume
from app.domains.customers.rules import archive_checks as rules
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    Choice,
    Choices,
    Kind,
    Line,
    LineRecord,
    Prose,
    Record,
    Refusal,
    States,
    Word,
    calculated,
    clock,
    field,
    follows_from,
    lines,
    once,
    reference,
)
from app.records.moving import it_is_void, unless


class CheckScope(Choices):
    COMPREHENSIVE = "comprehensive", lazy_pgettext("customer desk", "Comprehensive")


class VolumeCondition(Choices):
    INTACT = "intact", lazy_pgettext("customer desk", "Intact")
    MISSING = "missing", lazy_pgettext("volume condition", "Missing")
    DAMAGED = "damaged", lazy_pgettext("customer desk", "Damaged")
    FADED = "faded", _("Writing faded")
    MISPLACED = "misplaced", _("In a wrong place")


class CheckState(Choices):
    PLANNED = "planned", lazy_pgettext("archive check", "Planned")
    SUBMITTED = "submitted", lazy_pgettext("archive check", "Waits for the signature")
    DONE = "done", lazy_pgettext("archive check", "Done")
    CORRECTED = "corrected", lazy_pgettext("archive check", "Corrected")


class CustomerArchiveCheck(Approvable, Record):
    """The half-yearly check of how the customer archive is kept: every volume, its condition, what is done."""

    __tablename__ = "customer_archive_check"
    __table_args__ = (once("uq_customer_archive_check_half_year", "half_year"),)
    catalogue_code = "R18"
    sources = ("D12§3.1",)
    numbered = "DAJC-{year}-{seq:03}"
    titled_by = "half_year"
    owned_by = ("checker_id",)
    found_by = ("half_year",)
    ruled_by = (
        rules.half_year_is_one,
        rules.one_check_for_a_half_year,
        rules.check_is_not_in_the_future,
        rules.volumes_stand_once,
        rules.corrected_is_without_faults,
        rules.what_was_checked_stays,
    )
    outcome = Outcome(
        submitted="submitted", approved="done", rejected="planned", returned="planned"
    )
    states = States(
        CheckState,
        start="planned",
        moves={
            "planned": ("submitted",),
            "submitted": ("planned", "done"),
            "done": ("corrected",),
        },
        draft="planned",
        locked=("submitted", "corrected"),
        tones={"planned": "draft", "submitted": "run", "done": "ok", "corrected": "ok"},
    )
    #: R18 has no flow in the catalogue: 客户服务部经理 signs the record (§2.16)
    signed_by = (
        Route(
            "R18",
            _("Check of the customer archive"),
            Step("service_manager", _("Customer service manager"), "customer_service_manager", within=2),
            article="D12",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "archive_check.html",
            _("Record of the archive check"),
            form="E04",
            article="D12§3.1",
            signatures=(lazy_pgettext("customer desk", "Checker"), _("Customer service manager")),
            submitted_as=lazy_pgettext("customer desk", "Checker"),
        ),
    )

    half_year: Mapped[Word] = field(
        _("Half-year"),
        sortable=True,
        searched=True,
        help=_("2026H1 by 30 June, 2026H2 by 31 December."),
    )
    checked_on: Mapped[date] = field(lazy_pgettext("customer desk", "Checked on"), sortable=True)
    scope: Mapped[Choice] = field(
        lazy_pgettext("archive check", "Scope"), choices=CheckScope, default="comprehensive"
    )
    checker_id: Mapped[int | None] = reference(
        lazy_pgettext("customer desk", "Checker"), "employee.id"
    )
    checker: Mapped[Employee | None] = relationship(foreign_keys=checker_id)
    checked: Mapped[list[CheckedVolume]] = relationship(
        back_populates="check", cascade="all, delete-orphan", order_by="CheckedVolume.order_no"
    )
    volumes = lines(
        lazy_pgettext("customer desk", "Volumes"),
        "checked",
        help=_("Empty: every living volume is brought in, in the order of the shelf."),
        catalogue="lines",
    )
    findings: Mapped[Prose | None] = field(
        lazy_pgettext("customer desk", "Findings"), help=_("Required when the check is finished.")
    )
    corrected_on: Mapped[date | None] = field(_("All corrected on"), machine=True, sortable=True)

    @calculated(lazy_pgettext("archive check", "Faults"), Kind.WHOLE, reads=("checked",))
    def faults(self) -> int:
        return sum(line.is_faulty for line in self.checked)

    def before_submission(self) -> Iterator[Refusal]:
        """BR-013: only a check that leaves nothing out is finished."""
        yield from rules.check_is_finished(self)

    def left_out(self) -> list[CustomerArchiveVolume]:
        """The living volumes that stand in no line."""
        there = {line.volume_id for line in self.checked}
        return [volume for volume in living_volumes() if volume.id not in there]

    @classmethod
    def waits_for_corrections(cls) -> Any:
        """Signed checks in which a fault was found that nobody has corrected."""
        faulty = select(CheckedVolume.check_id).where(
            CheckedVolume.condition != VolumeCondition.INTACT, CheckedVolume.corrected_on.is_(None)
        )
        return (cls.state == "done") & cls.id.in_(faulty)

    @classmethod
    def of_half_year(cls, half_year: str, but: int | None) -> CustomerArchiveCheck | None:
        """Another living check of this half-year."""
        query = cls.living().where(cls.half_year == half_year).limit(1)
        if but is not None:
            query = query.where(cls.id != but)
        with db.session.no_autoflush:
            return db.session.scalar(query)


class CheckedVolume(LineRecord):
    """One volume, its condition, and what is done about it."""

    __tablename__ = "customer_archive_check_line"
    parent = "check"
    ruled_by = (rules.what_was_found_stays,)

    check_id: Mapped[int] = reference(_("Archive check"), "customer_archive_check.id")
    check: Mapped[CustomerArchiveCheck] = relationship(back_populates="checked")
    volume_id: Mapped[int] = reference(_("Volume checked"), "customer_archive_volume.id")
    volume: Mapped[CustomerArchiveVolume] = relationship(foreign_keys=volume_id)
    condition: Mapped[Choice | None] = field(
        lazy_pgettext("volume", "Condition"), choices=VolumeCondition
    )
    action: Mapped[Line | None] = field(_("What is done"))
    corrected_on: Mapped[date | None] = field(lazy_pgettext("volume", "Corrected on"))

    @property
    def is_faulty(self) -> bool:
        return self.condition not in (None, VolumeCondition.INTACT)


def living_volumes() -> list[CustomerArchiveVolume]:
    """Every volume there should be, in the order of the shelf (D12 一.4)."""
    query = CustomerArchiveVolume.living().where(CustomerArchiveVolume.state != "destroyed")
    with db.session.no_autoflush:
        return list(db.session.scalars(query.order_by(*CustomerArchiveVolume.on_the_shelf())))


@follows_from("customer_archive_check")
def a_new_check_brings_every_volume(check: Any) -> None:
    """BR-013: one line for each living volume; who enters it checks."""
    if check.id is not None:
        return
    if check.checker is None and check.checker_id is None:
        check.checker = people.who_acts()
    if not check.checked:
        check.checked = [
            CheckedVolume(volume=volume, volume_id=volume.id, order_no=place)
            for place, volume in enumerate(living_volumes())
        ]


def why_not_bring_in_volumes(check: Any) -> Any:
    return None if check.state == "planned" else gettext("The check is finished.")


@unless(it_is_void, why_not_bring_in_volumes)
def bring_in_volumes(check: CustomerArchiveCheck, _reason: str | None = None) -> None:
    """Add a line for each living volume that has none yet.

    :raises Refused: when it is finished
    """
    for volume in check.left_out():
        check.checked.append(CheckedVolume(volume=volume, order_no=len(check.checked)))
    db.session.flush()


def why_not_mark_as_corrected(check: Any) -> Any:
    if check.state == "corrected":
        return gettext("It is corrected already.")
    if check.state != "done":
        return gettext("The manager signs the check first.")
    if not check.faults:
        return gettext("Nothing was found that has to be corrected.")
    return next(map(str, rules.what_is_not_corrected(check)), None)


@unless(it_is_void, why_not_mark_as_corrected)
def mark_as_corrected(check: CustomerArchiveCheck, _reason: str | None = None) -> None:
    """Every fault is corrected; the check says since when.

    :raises Refused: while one is not
    """
    check.corrected_on = clock.today()
    check.state = "corrected"
    db.session.flush()


__all__ = ["CheckedVolume", "CustomerArchiveCheck"]
