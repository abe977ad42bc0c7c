"""The words in which a register says how it is read and filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.records.moving import Guarded, WhyNot, moving
from app.registers.pages import KeyFigure


class Section:
    """A titled group of fields; the same one serves form, show page, REST and sheets.

    :param fields: names of fields, of calculated ones and of lines too
    :param article: where the documents ask for it: "D16§3.2"
    """

    def __init__(self, title: Any, *fields: str, note: Any = "", article: str = "") -> None:
        self.title = title
        self.fields = fields
        self.note = note
        self.article = article


@dataclass(frozen=True)
class Related:
    """Another register whose rows belong to this record: a tab on its page.

    :param register: table name of the other register
    :param via: its column that refers to this record
    """

    register: str
    via: str


@dataclass(frozen=True)
class Operation:
    """A verb of the business that a person starts by a button, on one record or on many.

    :param run: takes one record and the reason (or None); raises Refused; flushes, never commits
    :param verb: the right it needs, a letter of VERBS
    :param why_not: says why it does not apply to a record now; None where it does. What `run` itself asks
        (see `unless`) need not be said again
    :param to: the state it brings the record into
    """

    name: str
    label: Any
    run: Callable[[Any, str | None], Any]
    verb: str = "e"
    icon: str = ""
    grave: bool = False
    confirm: Any = ""
    asks_reason: bool = False
    bulk: bool = True
    why_not: Callable[[Any], Any] | None = None
    to: str = ""

    def __post_init__(self) -> None:
        if self.why_not is None and isinstance(self.run, Guarded):
            object.__setattr__(self, "why_not", self.run.why_not)


def move(state: str, label: Any, *also: WhyNot, name: str = "", **more: Any) -> Operation:
    """A button for a plain step into this state.

    :param also: what else may stand against it; each says why, or None
    """
    return Operation(
        name or state,
        label,
        moving(state, *also),
        to=state,
        **more,
    )


@dataclass(frozen=True)
class View:
    """A view that comes with the register: conditions (field, relation, value) and an order."""

    name: str
    label: Any
    conditions: Sequence[tuple[str, str, str]] = ()
    order: str = ""
    alarming: bool = False
    #: a condition that no field filter expresses: a function of the record class
    where: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Chapter:
    """One domain in the side menu."""

    name: str
    label: Any
    icon: str
    registers: Sequence[type] = ()
    #: pages that are no register: (label, endpoint, permission view)
    pages: Sequence[tuple[Any, str, str]] = ()


Figures = Callable[[Any], Sequence[KeyFigure]]


@dataclass
class Menu:
    chapters: Sequence[Chapter] = field(default_factory=tuple)
