"""Sign-ins, refusals and changes of accounts, entered into the book by whose account it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.audit.book import record_event
from app.records.context import Actor, acting
from app.security import events
from app.security.users import display_name

#: acts of the person himself: at the door nobody is signed in yet
_HIS_OWN = frozenset({"sign_in", "sign_in_refused"})


@events.when_it_happens
def enter(action: str, user: Any, details: dict[str, Any]) -> None:
    context = acting()
    if user is not None and action in _HIS_OWN:
        actor = Actor(user.id, display_name(user))
        context = replace(context, who=lambda: actor)
    record_event(
        action,
        register="account",
        record_id=user.id if user is not None else None,
        label=display_name(user) if user is not None else str(details.get("name", "")),
        details=details or None,
        context=context,
    )
