"""What the common ground begins with."""

from __future__ import annotations

from sqlalchemy import select

from app.domains.directory.models import BusinessType
from app.extensions import db

#: D1§3.1(1), in the order of that article (§3.2 swaps 5 and 6)
BUSINESS_TYPES = (
    "国际零配件销售商",
    "国际性用品商",
    "地区电气店",
    "地区专营店",
    "地区批量销售店",
    "地区DIY店",
    "其他",
)


def business_types() -> int:
    """The seven kinds of business of the regulation."""
    known = set(db.session.scalars(select(BusinessType.name)))
    fresh = [
        BusinessType(name=name, order_no=place)
        for place, name in enumerate(BUSINESS_TYPES, 1)
        if name not in known
    ]
    db.session.add_all(fresh)
    db.session.flush()
    return len(fresh)
