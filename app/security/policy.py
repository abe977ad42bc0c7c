"""How strict the doors are. The figures are settings of the house; the floor above hands in how to read them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
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
    "product_name": "台账",
    "second_factor_roles": "",
    "admin_addresses": "",
}

_read: Callable[[str], Any] | None = None


def read_by(question: Callable[[str], Any]) -> None:
    """`records` tells here which value of a setting is in force."""
    global _read
    _read = question


def value(name: str) -> Any:
    found = _read(name) if _read else None
    return DEFAULTS[name] if found is None else found


def words(text: str) -> list[str]:
    """A list that was typed with commas between."""
    return [word.strip() for word in (text or "").replace("，", ",").split(",") if word.strip()]


def network(word: str) -> IPv4Network | IPv6Network:
    """:raises ValueError: for what is no address and no network"""
    return ip_network(word, strict=False)


def is_trusted(address: str) -> bool:
    """Whether administrators may come in from here (BR-151); without a list they may from everywhere."""
    trusted = words(value("admin_addresses"))
    if not trusted:
        return True
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in network(word) for word in trusted)
