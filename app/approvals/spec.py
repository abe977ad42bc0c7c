"""What a flow says: its steps in order, who signs each, when a step applies. Plain values, no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

ANY, ALL, RATIO, SEQUENCE = "any", "all", "ratio", "sequence"


@dataclass(frozen=True)
class Who:
    """Who is asked to sign.

    :param kind: role, post, head (of the requester's department), record_head (of the department
        that keeps the record), superior (the n-th above the requester), field (an employee named on
        the record), person, chosen (by the requester when he submits)
    :param names: roles, or the field's name
    :param number: id of the post or employee; for `superior` how many levels up
    """

    kind: str
    names: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class StepSpec:
    """One step: a group of people who sign beside each other.

    :param mode: any (或签), all (会签), ratio (of `percent`), sequence (one after the other)
    :param when: conditions that must hold for the step to apply, see `holds`
    :param on_empty: nobody can sign - admin (an administrator names somebody), skip, superior, named
    :param fallback: roles asked where `on_empty` is `named`
    :param on_self: a barred person among the candidates - skip (left out), superior (takes his place)
    :param on_repeat: somebody who signed an earlier step - other (another person must, BR-171),
        again (he signs again), counts (his earlier signature counts)
    :param on_reject: end, requester (back to him), previous (back to the step before)
    :param within: working days until it is due, 0: no deadline
    :param escalates_to: superior, or the name of a role; "" only reminds
    :param edits: fields of the record the signer fills in this step
    :param sets_state: the record's state once the step has passed
    """

    key: str
    title: str
    who: Who
    mode: str = ANY
    percent: int = 100
    when: str = ""
    on_empty: str = "admin"
    fallback: tuple[str, ...] = ()
    on_self: str = "skip"
    on_repeat: str = "other"
    on_reject: str = "end"
    within: int = 0
    escalates_to: str = ""
    edits: tuple[str, ...] = ()
    needs_opinion: bool = False
    needs_signature: bool = False
    sets_state: str = ""

    def needed(self, count: int) -> int:
        """How many of so many votes must be approvals."""
        if self.mode == ANY:
            return min(1, count)
        if self.mode == RATIO:
            return -(-count * self.percent // 100)
        return count


class BadCondition(ValueError):
    """A condition nobody can read; the text says which part."""


@dataclass(frozen=True)
class Term:
    """One comparison of a field of the record with a value."""

    field: str
    relation: str
    value: str


_TERM = re.compile(
    r"^\s*([a-z][a-z0-9_.]*)\s*(>=|<=|!=|=|>|<|\bin\b|\bempty\b|\bfilled\b)\s*(.*?)\s*$"
)


def parse(text: str) -> tuple[tuple[Term, ...], ...]:
    """Conditions as they are written: groups joined by `or`, of terms joined by `and`.

    `amount >= 10000 and kind in hospital,factory or reason empty`

    :raises BadCondition: naming the part that is no comparison
    """
    if not text.strip():
        return ()
    groups = []
    for group in re.split(r"\s+or\s+", text.strip()):
        terms = []
        for part in re.split(r"\s+and\s+", group):
            match = _TERM.match(part)
            if match is None or (match[2] in ("empty", "filled")) == bool(match[3]):
                raise BadCondition(part.strip())
            terms.append(Term(match[1], match[2], match[3]))
        groups.append(tuple(terms))
    return tuple(groups)


def holds(text: str, value_of: Callable[[str], Any]) -> bool:
    """Whether the conditions hold for a record whose fields `value_of` tells; without any they do."""
    groups = parse(text)
    return not groups or any(
        all(_true(term, value_of(term.field)) for term in group) for group in groups
    )


def _true(term: Term, value: Any) -> bool:
    if term.relation in ("empty", "filled"):
        return (value in (None, "", (), [], False)) == (term.relation == "empty")
    if term.relation == "in":
        wanted = {word.strip() for word in term.value.split(",")}
        held = value if isinstance(value, (tuple, list, set, frozenset)) else (value,)
        return any(str(one) in wanted for one in held)
    if value is None:
        return term.relation == "!="
    left, right = _alike(value, term.value)
    compared: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        ">": lambda a, b: a > b,
        "<": lambda a, b: a < b,
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
    }
    return compared[term.relation](left, right)


def _alike(value: Any, text: str) -> tuple[Any, Any]:
    """Both sides in the type of the record's value; amounts are never floats."""
    if isinstance(value, bool):
        return value, text.lower() in ("1", "true", "yes")
    if isinstance(value, (int, Decimal)):
        try:
            return Decimal(value), Decimal(text)
        except InvalidOperation:
            return str(value), text
    if isinstance(value, datetime):
        return value.date().isoformat(), text
    if isinstance(value, date):
        return value.isoformat(), text
    return str(value), text


def index_of(steps: Sequence[StepSpec], key: str) -> int:
    return next(place for place, step in enumerate(steps) if step.key == key)
