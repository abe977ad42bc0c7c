"""What happens at the doors, told to whoever keeps the book (the audit stands on a floor above)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Listener(Protocol):
    def __call__(self, action: str, user: Any, details: dict[str, Any]) -> None: ...


_listeners: list[Listener] = []


def when_it_happens(listener: Listener) -> Callable[..., None]:
    """Tell this function about every sign-in, refusal, change of a password and of an account."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(action: str, user: Any = None, **details: Any) -> None:
    """Say what happened, inside the transaction that did it.

    :param user: whose account it is; None for a name that nobody has
    """
    for listener in _listeners:
        listener(action, user, details)
