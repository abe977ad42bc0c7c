"""How strict the doors are. The figures are settings of the house; the floor above hands in how to read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: name → value where nobody has set another (app/records/house.py declares the settings)
DEFAULTS: dict[str, Any] = {
    "password_min_length": 10,
    "password_history": 5,
    "password_max_days": 90,
    "sign_in_failures": 5,
    "sign_in_lock_minutes": 15,
    "sign_in_address_limit": 60,
    "session_idle_minutes": 60,
    "company_name": "",
}

_read: Callable[[str], Any] | None = None


def read_by(question: Callable[[str], Any]) -> None:
    """`records` tells here which value of a setting is in force."""
    global _read
    _read = question


def value(name: str) -> Any:
    found = _read(name) if _read else None
    return DEFAULTS[name] if found is None else found
