"""How a value is read: the same in lists, on the show page and in the timeline."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.records import clock
from app.records.fields import FieldSpec, Kind
from app.registers.pages import Cell, Chip
from app.security import scopes


def money(value: Decimal, scale: int = 2) -> str:
    """`−1,234.50`; more places only where they are there."""
    places = 2 if value == round(value, 2) else scale
    return f"{value:,.{places}f}".replace("-", "−")


def figure(value: Decimal | int) -> str:
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def day(value: date, *, full: bool = False) -> str:
    """Days of this year without the year, today as a word."""
    today = clock.today()
    if full or value.year != today.year:
        return value.isoformat()
    return _("today") if value == today else value.strftime("%m-%d")


def moment(value: datetime, *, full: bool = False) -> str:
    local = clock.in_office(value)
    return f"{day(local.date(), full=full)} {local:%H:%M}"


def text_of(spec: FieldSpec, value: Any, *, full: bool = True) -> str:
    """A value in words and figures, as people read it."""
    if value is None or value in ("", ()):
        return ""
    if spec.kind is Kind.MONEY:
        return money(value, spec.scale)
    if spec.kind is Kind.PERCENT:
        return f"{figure(value)} %"
    if spec.kind is Kind.WHOLE and spec.name.rpartition("_")[2] == "year":
        return str(value)  # 2026 and not 2,026
    if spec.kind is Kind.QUANTITY or (spec.kind is Kind.WHOLE and isinstance(value, int)):
        return figure(value)
    if spec.kind is Kind.DATE:
        return day(value, full=full)
    if spec.kind is Kind.INSTANT:
        return moment(value, full=full)
    if spec.kind is Kind.TIME and isinstance(value, time):
        return value.strftime("%H:%M")
    if spec.kind is Kind.BOOL:
        return _("Yes") if value else _("No")
    if spec.kind in (Kind.CHOICE, Kind.STATE):
        return spec.label_of(value)
    if spec.kind is Kind.CHOICES:
        return "、".join(spec.label_of(one) for one in value)
    return str(value)


def related(record: Any, spec: FieldSpec) -> Any:
    return getattr(record, spec.relation) if spec.relation else None


def cell(
    record: Any, spec: FieldSpec, person: scopes.Person, *, full: bool = False, link: bool = True
) -> Cell:
    """One field of one record for this person: hidden stays away, masked shows its edges."""
    if spec.kind is Kind.STATE:
        return Cell(kind="state", chip=state_chip(record))
    value = getattr(record, spec.name)
    right = scopes.field_right(person, record.register_name(), spec.name)
    if right == "hidden":
        return Cell(kind=spec.kind.value, text="—")
    if value is None or value in ("", ()):
        return Cell(kind=spec.kind.value, missing=True)
    if right == "masked" and not is_own(record, person):
        return Cell(
            kind=spec.kind.value,
            text=scopes.mask(value),
            unmask_url=url_for(f"{record.register_name()}.unmask", pk=record.id, name=spec.name),
        )
    if spec.kind is Kind.REFERENCE:
        other = related(record, spec)
        if other is None:
            return Cell(kind="reference", text=f"#{value}")
        url = ""
        if (
            link
            and hasattr(other, "register_name")
            and scopes.may(person, "r", other.register_name())
        ):
            url = f"/{other.register_name()}/show/{other.id}"
        name = other.title if hasattr(other, "title") else str(other)
        hidden = _names_hidden(other, person)
        return Cell(kind="reference", text=hidden or name, url=url)
    if spec.kind is Kind.URL:
        address = value if "//" in value else f"https://{value}"
        return Cell(kind="url", text=value, url=address)
    return Cell(
        kind=spec.kind.value,
        text=text_of(spec, value, full=full),
        currency=_currency(record, spec),
    )


def _names_hidden(other: Any, person: scopes.Person) -> str:
    """A name that this person sees only masked stays masked wherever it is referred to."""
    if not hasattr(other, "register_name") or not other.titled_by:
        return ""
    right = scopes.field_right(person, other.register_name(), other.titled_by)
    return scopes.mask(other.title) if right == "masked" else ""


def _currency(record: Any, spec: FieldSpec) -> str:
    unit = spec.unit
    if isinstance(unit, str) and unit.startswith("@"):
        return getattr(record, unit[1:]) or ""
    return ""


def is_own(record: Any, person: scopes.Person) -> bool:
    """A row about the person himself: he always sees his own data."""
    return bool(
        person.employee_id
        and record.register_name() == "employee"
        and record.id == person.employee_id
    )


def state_chip(record: Any) -> Chip | None:
    if getattr(record, "is_void", False):
        return Chip(_("Void"), "mute")
    states = record.states
    if states is None:
        return None
    label = dict(states.words.options()).get(record.state, record.state)
    return Chip(str(label), states.tones.get(record.state, "mute"))
