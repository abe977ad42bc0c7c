"""What the engine asks the press above it: which fields a register shows, whom one may refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from flask import current_app

from app.records import FieldSpec
from app.security import scopes


class Press(Protocol):
    """The answers of app/registers, handed in at start: this floor does not know the one above."""

    def fields_of(self, register: str) -> list[str]:
        """The fields of a register's layout, in their order."""
        ...

    def title_of(self, register: str) -> str: ...

    def is_loadable(self, register: str) -> bool:
        """Whether people write this register at all."""
        ...

    def choosable(self, person: scopes.Person, spec: FieldSpec) -> Any:
        """A select of the records this person may put into a reference; None for none at all."""
        ...

    def explain(self, error: Any) -> str:
        """What a broken constraint of the database means to a person."""
        ...

    def export(
        self, register: str, person: scopes.Person, where: Sequence[str], which: str
    ) -> tuple[list[Any], Iterator[list[Any]]]:
        """Columns and rows of a list, as this person may take them away."""
        ...


_press: Press | None = None


def answer_by(press: Press) -> None:
    global _press
    _press = press


def press() -> Press:
    if _press is None:
        raise RuntimeError("the press has not told the exchange what it knows (answer_by)")
    return _press


def languages() -> tuple[str, ...]:
    return tuple(current_app.config["LANGUAGES"])
