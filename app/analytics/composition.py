"""Composition: what part of the whole each kind makes, and what part it should make (BR-050)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.analytics.exact import ratio


def shares(amounts: Sequence[Decimal]) -> list[Decimal | None]:
    """Each amount ÷ the sum of all; a sum of 0 has no shares, and that is no error."""
    total = sum(amounts, Decimal(0))
    return [ratio(amount, total) for amount in amounts]


def difference(share: Decimal | None, wanted: Decimal | None) -> Decimal | None:
    """By how much the share exceeds the one that the policy wants."""
    return None if share is None or wanted is None else share - wanted
