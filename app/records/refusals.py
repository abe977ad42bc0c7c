"""How the house says no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """One reason why something may not be, in the user's language.

    :param text: a whole sentence that says what is wrong and what would be right
    :param field: the name of the field it belongs to, None for the record as a whole
    """

    text: Any
    field: str | None = None

    def __str__(self) -> str:
        return str(self.text)


class Refused(Exception):
    """Carries every reason at once, so that nobody has to try five times to learn five things."""

    def __init__(self, refusals: Refusal | Iterable[Refusal]) -> None:
        self.refusals = (refusals,) if isinstance(refusals, Refusal) else tuple(refusals)
        super().__init__("; ".join(r.field or "" for r in self.refusals))

    def __str__(self) -> str:
        return " ".join(str(refusal) for refusal in self.refusals)

    def by_field(self) -> dict[str, list[str]]:
        """Texts by field; what belongs to no field stands under ''."""
        found: dict[str, list[str]] = {}
        for refusal in self.refusals:
            found.setdefault(refusal.field or "", []).append(str(refusal))
        return found


class Conflict(Refused):
    """The record changed since it was read, or someone else was faster (409)."""


class NotAllowed(Refused):
    """The person has no right to this (403)."""
