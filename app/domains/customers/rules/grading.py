"""When the customer desk says no to a grading: R26."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal


def graded_on_complete_inputs(grading: Any) -> Iterator[Refusal]:
    """R26: the inputs are complete before the round closes (D8§7.2)."""
    missing = grading.missing_inputs()
    if missing:
        yield Refusal(
            _(
                "Not maintained in the customer's profile yet: %(fields)s.",
                fields="、".join(missing),
            ),
            "customer_id",
        )
    if not grading.grade:
        yield Refusal(_("Say the grade."), "grade")
