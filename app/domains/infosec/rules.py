"""When information security says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _

from app.records.refusals import Refusal


def nothing_is_signed_undecided(review: Any) -> Iterator[Refusal]:
    if review.state == "done" and any(one.decision is None for one in review.grants):
        yield Refusal(_("Every right needs a decision before the review is signed."), "rights")
