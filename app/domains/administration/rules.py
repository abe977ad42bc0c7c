"""When the office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal


def limit_is_above_zero(line: Any) -> Iterator[Refusal]:
    if line.limit is not None and line.limit <= 0:
        yield Refusal(_("A limit is above zero; without one, leave it empty."), "limit")


def why_not_in_force(line: Any) -> Iterator[Refusal]:
    """R231: within a matter one limit leads to one approver; the same role's former line is replaced."""
    for other in line.in_force(line.matter):
        if other.id != line.id and other.approver != line.approver and other.limit == line.limit:
            words = dict(line.specs()["approver"].options())
            yield Refusal(
                _(
                    "Up to this limit “%(approver)s” approves this matter: %(number)s.",
                    approver=words[other.approver],
                    number=other.number,
                ),
                "limit",
            )


def a_limit_has_one_approver(line: Any) -> Iterator[Refusal]:
    """R231: also where two were signed at the same time."""
    if line.state == "in_force" and line.changed("state", "voided_at"):
        yield from why_not_in_force(line)
