"""What a new house begins with: filled once, and never again over what the office has made of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.records import clock
from app.records.fields import Instant


class StarterContent(Base):
    """A set of rows that has been filled in."""

    __tablename__ = "starter_content"
    __table_args__: Any = {}

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    filled_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)


def once(name: str, fill: Callable[[], int]) -> int:
    """Fill a set unless that was done before; says how many rows are new. Runs inside `writing()`."""
    if db.session.get(StarterContent, name) is not None:
        return 0
    many = fill()
    db.session.add(StarterContent(name=name, filled_at=clock.now()))
    db.session.flush()
    return many
