"""When the customer desk says no to a reception: R13."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal


def important_customers_are_guests_of_honour(reception: Any) -> Iterator[Refusal]:
    """BR-009, D16§7.1: important customers are received as guests of honour."""
    if reception.level != "ordinary":
        return
    if reception.id is not None and not reception.changed("level", "customer_id"):
        return
    customer = reception.referred("customer")
    if customer is not None and customer.is_vip:
        yield Refusal(_("Important customers are received as guests of honour."), "level")
