"""What a measure may be asked: each parameter typed, with a default, refused by name in the user's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.analytics.months import Month
from app.extensions import db
from app.records.fields import FieldSpec, Kind
from app.records.reading import Unreadable, read
from app.records.record import REGISTERED
from app.records.refusals import Refusal, Refused
from app.security import scopes

#: parameters of the page and of the answer, not of the measure
ABOUT_THE_ANSWER = frozenset({"page", "limit", "offset", "row", "column", "compare"})


@dataclass(frozen=True)
class Parameter:
    """One parameter of a measure.

    :param kind: month, choice, percent, whole, money or reference
    :param default: a value, or a function of what was asked so far
    :param register: for references: which register it names
    """

    name: str
    label: Any
    kind: str
    default: Any = None
    options: tuple[tuple[str, Any], ...] = ()
    register: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    help: Any = ""

    def read(self, raw: Any, person: scopes.Person) -> Any:
        """The value that was asked for.

        :raises Unreadable: with the sentence to show at this parameter
        """
        return _READERS[self.kind](self, str(raw).strip(), person)

    def written(self, value: Any) -> Any:
        """The value as JSON and addresses carry it."""
        if value is None:
            return None
        if isinstance(value, Chosen):
            return value.code
        if isinstance(value, Decimal):
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return value if isinstance(value, int) else str(value)

    def shown(self, value: Any) -> str:
        """The value in words."""
        if value is None:
            return ""
        if isinstance(value, Chosen):
            return value.name
        if self.kind == "choice":
            return str(dict(self.options).get(value, value))
        if self.kind == "percent":
            return f"{self.written(value)} %"
        if isinstance(value, Decimal):
            return f"{value:,.2f}"
        return str(value)


@dataclass(frozen=True)
class Chosen:
    """A record that was named by a parameter."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Asked:
    """What was asked of a measure, complete with defaults."""

    values: Mapping[str, Any]
    #: names that were given, not taken from a default
    given: frozenset[str] = frozenset()
    #: which rows of the answer are wanted
    offset: int = 0
    limit: int = 10_000
    more: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def id_of(self, name: str) -> int | None:
        chosen = self.values.get(name)
        return chosen.id if chosen is not None else None


def ask(
    parameters: Sequence[Parameter],
    raw: Mapping[str, Any],
    person: scopes.Person,
    *,
    defaults: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    check: Callable[[Mapping[str, Any]], Sequence[Refusal]] | None = None,
    limit: int = 10_000,
) -> Asked:
    """Read what was asked.

    :raises Refused: with every parameter that does not fit, by its name
    """
    known = {parameter.name for parameter in parameters}
    refusals = [
        Refusal(_("This measure has no parameter “%(name)s”.", name=name), name)
        for name in raw
        if name not in known and name not in ABOUT_THE_ANSWER
    ]
    values: dict[str, Any] = {}
    for parameter in parameters:
        text = raw.get(parameter.name)
        if text is None or str(text).strip() == "":
            continue
        try:
            values[parameter.name] = parameter.read(text, person)
        except Unreadable as no:
            refusals.append(Refusal(str(no), parameter.name))
    given = frozenset(values)
    places = {}
    for name, start, most in (("offset", 0, 10**9), ("limit", limit, 10**6)):
        word = str(raw.get(name, start))
        if not word.isdecimal() or int(word) > most:
            refusals.append(Refusal(_("“%(text)s” is not a whole number.", text=word), name))
        else:
            places[name] = int(word)
    if refusals:
        raise Refused(refusals)
    missing = {p.name: p for p in parameters if p.name not in values}
    moving = defaults(values) if defaults and missing else {}
    for name, parameter in missing.items():
        default = moving.get(name, parameter.default)
        values[name] = default() if callable(default) else default
    if check and (wrong := list(check(values))):
        raise Refused(wrong)
    more = {n: str(raw[n]) for n in ABOUT_THE_ANSWER if n in raw and n not in places}
    return Asked(values, given, places["offset"], places["limit"], more)


def _month(_parameter: Parameter, text: str, _person: scopes.Person) -> Month:
    try:
        return Month.read(text.replace("年", "-").rstrip("月").replace("/", "-"))
    except ValueError:
        raise Unreadable(_("“%(text)s” is no month. Write it like 2026-11.", text=text)) from None


def _choice(parameter: Parameter, text: str, _person: scopes.Person) -> str:
    for word, label in parameter.options:
        if text in (word, str(label)):
            return word
    raise Unreadable(
        _(
            "“%(text)s” is not one of the choices: %(options)s.",
            text=text,
            options="、".join(word for word, _label in parameter.options),
        )
    )


def _number(kind: Kind, scale: int) -> Callable[[Parameter, str, scopes.Person], Any]:
    def number(parameter: Parameter, text: str, _person: scopes.Person) -> Any:
        value = read(FieldSpec(parameter.name, parameter.label, kind, scale=scale), text)
        if (parameter.low is not None and value < parameter.low) or (
            parameter.high is not None and value > parameter.high
        ):
            raise Unreadable(
                _(
                    "%(label)s lies between %(low)s and %(high)s.",
                    label=parameter.label,
                    low=parameter.low,
                    high=parameter.high,
                )
            )
        return value

    return number


def _reference(parameter: Parameter, text: str, person: scopes.Person) -> Chosen:
    """By number first, then by id; only what the person may read."""
    cls: Any = REGISTERED[parameter.register]
    query = scopes.narrow(select(cls), person, "r", cls)
    if not scopes.may(person, "r", parameter.register):
        raise Unreadable(_not_there(parameter))
    found = db.session.scalars(query.where(cls.number == text).limit(1)).unique().first()
    if found is None and text.isdecimal() and len(text) < 10:
        found = db.session.scalars(query.where(cls.id == int(text))).unique().first()
    if found is None:
        raise Unreadable(_not_there(parameter))
    return Chosen(found.id, found.number or str(found.id), name_for(person, found))


def _not_there(parameter: Parameter) -> str:
    return str(
        _("%(label)s: this entry is not there, or not yours to choose.", label=parameter.label)
    )


def name_for(person: scopes.Person, record: Any) -> str:
    """A record's name as this person may read it."""
    right = scopes.field_right(person, record.register_name(), record.titled_by)
    if right == "hidden":
        return ""
    return scopes.mask(record.title) if right == "masked" else str(record.title)


_READERS: dict[str, Callable[[Parameter, str, scopes.Person], Any]] = {
    "month": _month,
    "choice": _choice,
    "percent": _number(Kind.PERCENT, 4),
    "whole": _number(Kind.WHOLE, 0),
    "money": _number(Kind.MONEY, 2),
    "reference": _reference,
}
