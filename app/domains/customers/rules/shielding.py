"""When the information centre may not shield a field: R27."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock


def unneeded_since_a_day_that_was(control: Any) -> Iterator[Refusal]:
    if control.unneeded_on and control.unneeded_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "unneeded_on")
