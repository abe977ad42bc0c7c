"""When the customer desk says no to who asks for files: R10."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock, settings


def access_is_asked_for_days_to_come(request: Any) -> Iterator[Refusal]:
    """R10: temporary, so it has an end that is not far."""
    if not request.to_on or not request.changed("from_on", "to_on"):
        return
    if request.to_on < clock.today():
        yield Refusal(_("Ask for days to come."), "to_on")
    longest = int(settings.get("access_request_days"))
    if request.from_on and (request.to_on - request.from_on).days >= longest:
        yield Refusal(_("At most %(days)d days are given at a time.", days=longest), "to_on")


def files_are_named_once(request: Any) -> Iterator[Refusal]:
    """Each name must lead to one customer, and each customer stands there once."""
    seen = set()
    for line in request.files:
        found = line.found()
        if line.named and found is None:
            yield Refusal(
                _(
                    "No single customer is called “%(name)s”. Write the full name or the number.",
                    name=line.named,
                ),
                "customers",
            )
        elif found is not None and found in seen:
            yield Refusal(_("“%(name)s” stands here twice.", name=line.named), "customers")
        seen.add(found)
