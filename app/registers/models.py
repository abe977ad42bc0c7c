"""What a person keeps of a register's pages: saved views and chosen columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base


class SavedView(Base):
    """Conditions, order and search of a list under a name; a person's own, or shared with a role."""

    __tablename__ = "saved_view"
    __table_args__: Any = {}

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    register: Mapped[str] = mapped_column(String(60), nullable=False, index=True)
    label: Mapped[str] = mapped_column(String(60), nullable=False)
    #: the query part of the address
    address: Mapped[str] = mapped_column(Text, nullable=False)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id"))


class ChosenColumns(Base):
    """The columns a person wants to see in a list, in their order."""

    __tablename__ = "chosen_columns"
    __table_args__: Any = (UniqueConstraint("user_id", "register"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    columns: Mapped[str] = mapped_column(Text, nullable=False)
