"""When the archives office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal

EXTERNAL = "external"


def own_regulations_say_who_explains_and_approves(regulation: Any) -> Iterator[Refusal]:
    """R185: who may explain and who approved it is required, unless it is external law."""
    if not regulation.level or regulation.level == EXTERNAL:
        return
    if not regulation.interpreted_by:
        yield Refusal(_("Say who has the right of interpretation."), "interpreted_by")
    if not regulation.approved_by:
        yield Refusal(_("Say who approves it."), "approved_by")
