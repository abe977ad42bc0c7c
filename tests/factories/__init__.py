"""One good record of every register: `make("customer", name="…")` builds it, stores nothing.

Each factory builds exactly what its register demands and nothing else; a test says what it is about.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

Factory = Callable[..., Any]
FACTORIES: dict[str, Factory] = {}


def makes(register: str) -> Callable[[Factory], Factory]:
    """This function makes one good record of the register."""

    def keep(factory: Factory) -> Factory:
        FACTORIES[register] = factory
        return factory

    return keep


def make(register: str, **values: Any) -> Any:
    return FACTORIES[register](**values)


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
