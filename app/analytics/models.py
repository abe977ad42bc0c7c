"""Results that were frozen: what a measure said of a period on a day, kept as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.records.fields import Instant
from app.records.record import Kept


class FrozenResult(Kept):
    """A result of a measure, kept with its period so that a later one can be held against it (AN-02)."""

    __tablename__ = "frozen_result"
    __table_args__ = (Index("ix_frozen_result_measure", "measure", "id"),)
    deletable: ClassVar[str] = "never"
    titled_by: ClassVar[str] = "label"

    measure: Mapped[str] = mapped_column(String(40), nullable=False)
    label: Mapped[str] = mapped_column(String(200), nullable=False)
    #: as the address carries them
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False)
    totals: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False)
    items: Mapped[int] = mapped_column(Integer, nullable=False)
    #: items that carry the class in their record, so that a broken-off job goes on where it stood
    written_up_to: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    frozen_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    frozen_by: Mapped[str] = mapped_column(String(120), nullable=False, default="")


class FrozenItem(Base):
    """One item of a frozen result."""

    __tablename__ = "frozen_item"
    __table_args__ = (
        Index("ix_frozen_item_class", "result_id", "class_"),
        {"sqlite_with_rowid": False},
    )

    result_id: Mapped[int] = mapped_column(
        ForeignKey("frozen_result.id"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rank: Mapped[int] = mapped_column(Integer, nullable=False)
    amount: Mapped[int] = mapped_column(BigInteger, nullable=False)
    class_: Mapped[str] = mapped_column(String(1), nullable=False)
