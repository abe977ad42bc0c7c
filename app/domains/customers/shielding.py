"""Which fields of the customers' base information the house needs, and which it shields (R27)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, relationship

from app.deadlines import Deadline, working_days
from app.deadlines.dates import each_round
from app.domains.customers.retail_fields import CATEGORY_OF, PROFILE, Category, stage_of
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee
from app.records import (
    REGISTERED,
    Choice,
    Choices,
    Flushed,
    Kind,
    Line,
    Record,
    Stateful,
    States,
    calculated,
    clock,
    field,
    follows_from,
    reference,
    settings,
    when_flushed,
)
from app.records.moving import it_is_void, unless
from app.records.plain_rules import has_happened
from app.security import scopes
from app.security.roles import ROLES

settings.declare(
    settings.Setting(
        "shield_days",
        _("Working days within which a field that nobody needs is shielded"),
        1,
        Kind.WHOLE,
        group=_("Retail customers"),
        source="DL-14",
        help=_("The regulation says “in time” and no figure."),
    ),
)

#: where base information is kept; a field of the card is called "customer.fax"
_CARD = "customer"
#: who and whose the row is, is never shielded
_ALWAYS = frozenset({"customer_id", "owner_dept_id", "remark"})


def fields_of_base_information() -> Sequence[tuple[str, Any]]:
    """Every field that can do without: what a record demands is not offered."""
    found = []
    for register, prefix in ((PROFILE, ""), (_CARD, f"{_CARD}.")):
        for name, spec in REGISTERED[register].specs().items():
            if spec.writable and not spec.required and name not in _ALWAYS:
                found.append((prefix + name, spec.label))
    return found


class FieldControlState(Choices):
    NEEDED = "needed", lazy_pgettext("field control", "Needed")
    SHIELDED = "shielded", lazy_pgettext("field control", "Shielded")


class FieldControl(Stateful, Record):
    """Every field of the base information is maintained in its time; what nobody needs is shielded."""

    __tablename__ = "field_control"
    catalogue_code = "R27"
    sources = ("D8§3", "D8§2")
    numbered = "ZDWH-{seq:04}"
    titled_by = "number"
    found_by = ("field_name",)
    ruled_by = (has_happened("unneeded_on"),)
    states = States(
        FieldControlState,
        start="needed",
        moves={"needed": ("shielded",), "shielded": ("needed",)},
        elsewhere=("needed", "shielded"),  # what is needed says it
        tones={"needed": "ok", "shielded": "mute"},
    )
    due = (
        Deadline(
            "shield_by", _("Shield the field that nobody needs"), ("needed",), roles=("it_head",),
            escalates_to=("general_manager",), warn=0, code="DL-14",
        ),
    )  # fmt: skip

    field_name: Mapped[Choice] = field(
        lazy_pgettext("field control", "Field"),
        choices=fields_of_base_information,
        unique=True,
        sortable=True,
    )
    category: Mapped[Choice] = field(
        lazy_pgettext("field control", "Category"), choices=Category, sortable=True, article="D8§2"
    )
    needed: Mapped[bool] = field(
        lazy_pgettext("field control", "Needed"),
        default=True,
        help=_("Without the tick nobody sees it any more: not on pages, forms, sheets or paper."),
    )
    data_source: Mapped[Line | None] = field(_("Source of the data"))
    unneeded_on: Mapped[date | None] = field(
        _("Found not to be needed on"),
        help=_("From this day the working days count within which it is shielded."),
    )
    shield_by: Mapped[date | None] = field(_("To be shielded by"), machine=True, sortable=True)
    shielded_on: Mapped[date | None] = field(_("Shielded on"), machine=True)
    shielded_by_id: Mapped[int | None] = reference(_("Shielded by"), "employee.id", machine=True)
    shielded_by: Mapped[Employee | None] = relationship(foreign_keys=shielded_by_id)

    @property
    def title(self) -> str:
        return next(
            (
                str(label)
                for name, label in fields_of_base_information()
                if name == self.field_name
            ),
            self.field_name or "",
        )

    @calculated(_("Responsible post"), article="D8§4")
    def responsible_post(self) -> str:
        stage = stage_of(self.field_name or "")
        return str(ROLES[stage.post]) if stage else ""

    @calculated(_("Maintained by working day"), Kind.WHOLE, article="D8§7")
    def due_days(self) -> int | None:
        stage = stage_of(self.field_name or "")
        return stage.workday if stage else None

    @property
    def place(self) -> tuple[str, str]:
        """The register and the name of its field."""
        register, _dot, name = self.field_name.rpartition(".")
        return register or PROFILE, name


@follows_from("field_control")
def what_is_needed_says_the_state(control: Any) -> None:
    """D8§3: a field that is not needed is shielded by whoever says so, from that day on."""
    if control.changed("unneeded_on"):
        _plan(control)
    if control.needed is False and control.shielded_on is None:
        control.shielded_on = clock.today()
        control.shielded_by = people.who_acts()
        control.state = FieldControlState.SHIELDED
    elif control.needed and control.shielded_on is not None:
        control.shielded_on, control.shielded_by = None, None
        control.unneeded_on, control.shield_by = None, None
        control.state = FieldControlState.NEEDED


def _plan(control: FieldControl) -> None:
    if control.unneeded_on:
        days = int(settings.get("shield_days"))
        control.shield_by = working_days.calendar().after(control.unneeded_on, days)


@each_round
def plan_anew() -> None:
    """Another calendar, another setting: what is to be shielded is due on other days."""
    for control in db.session.scalars(FieldControl.living().where(FieldControl.needed)):
        _plan(control)
    db.session.flush()


def why_not_shield(control: Any) -> Any:
    return None if control.needed else gettext("It is shielded already.")


@unless(it_is_void, why_not_shield)
def shield(control: FieldControl, _reason: str | None = None) -> None:
    """Nobody needs the field: it disappears from pages, forms, REST, sheets and paper (DL-14)."""
    control.needed = False
    db.session.flush()


def why_not_show_again(control: Any) -> Any:
    return gettext("It is not shielded.") if control.needed else None


@unless(it_is_void, why_not_show_again)
def show_again(control: FieldControl, _reason: str | None = None) -> None:
    """The field is needed after all; what stood in it was kept."""
    control.needed = True
    db.session.flush()


@dataclass(frozen=True)
class _Controls:
    """The list as it stands: register → shielded fields; field of the profile → its category."""

    shielded: dict[str, frozenset[str]]
    categories: dict[str, str]


_kept: dict[int, _Controls] = {}


def _controls() -> _Controls:
    """Read again after every change."""
    epoch = scopes.epoch()
    if epoch not in _kept:
        gone: dict[str, set[str]] = {}
        categories: dict[str, str] = dict(CATEGORY_OF)
        query = select(FieldControl).where(FieldControl.voided_at.is_(None))
        with db.session.no_autoflush:
            for control in db.session.scalars(query):
                register, name = control.place
                if not control.needed:
                    gone.setdefault(register, set()).add(name)
                if register == PROFILE:
                    categories[name] = control.category
        _kept.clear()
        _kept[epoch] = _Controls(
            {register: frozenset(names) for register, names in gone.items()}, categories
        )
    return _kept[epoch]


@scopes.shield_by
def shielded() -> Mapping[str, frozenset[str]]:
    """Register → the fields that nobody needs (R27 Effect)."""
    return _controls().shielded


def needed(names: Iterable[str]) -> list[str]:
    """Those of these fields of the profile that the house needs (BR-014)."""
    gone = shielded().get(PROFILE, frozenset())
    return [name for name in names if name not in gone]


def category_of(name: str) -> str:
    """In which of the six categories a field of the profile stands, as the office has it (A-24)."""
    return _controls().categories[name]


@when_flushed
def _others_are_shielded(session: Session, flushed: Flushed) -> None:
    touched = [*flushed.added, *flushed.deleted, *(record for record, _change in flushed.changed)]
    if any(isinstance(record, FieldControl) for record in touched):
        scopes.rights_changed(session.connection())


def fill() -> int:
    """Starter content: every field that D8 names, in the category that A-24 proposes."""
    sources = {"customer_code": "证件管理员传来的新入网户信息", "licence": "烟草专卖零售许可证"}
    db.session.add_all(
        FieldControl(field_name=name, category=category, data_source=sources.get(name))
        for name, category in CATEGORY_OF.items()
    )
    db.session.flush()
    return len(CATEGORY_OF)


__all__ = ["FieldControl"]
