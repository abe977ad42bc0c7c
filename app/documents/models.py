"""What was printed: the codes that anybody may ask about, and who asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.records.fields import Instant

_BIG = BigInteger().with_variant(Integer, "sqlite")


class IssuedPrint(Base):
    """One print of one record, with the code that stands on it."""

    __tablename__ = "issued_print"
    __table_args__: Any = (Index("ix_issued_print_record", "register", "record_id", "form"),)

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    #: eight letters without the dash
    code: Mapped[str] = mapped_column(String(12), nullable=False, index=True)
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    record_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    form: Mapped[str] = mapped_column(String(60), nullable=False)
    #: number and title as the print has them, for the page that says "genuine"
    number: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    content: Mapped[str] = mapped_column(String(64), nullable=False)
    nth: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    printed_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    printed_by_id: Mapped[int | None] = mapped_column(Integer)
    printed_by: Mapped[str] = mapped_column(String(100), nullable=False, default="")


class CheckAttempt(Base):
    """Every question about a code; limits are counted here, for all processes alike."""

    __tablename__ = "check_attempt"
    __table_args__: Any = (Index("ix_check_attempt_where", "ip", "at"),)

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    ip: Mapped[str] = mapped_column(String(64), nullable=False)
    at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
