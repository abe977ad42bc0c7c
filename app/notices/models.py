"""What people are told, and what is on its way to them by mail or robot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.records import Kept, Kind, calculated, field
from app.records.fields import Instant, Json


class Notification(Kept):
    """One thing a person is told: in the house, and by mail where an address is known."""

    __tablename__ = "notification"
    __table_args__: Any = (
        UniqueConstraint("user_id", "once"),
        Index("ix_notification_unread", "user_id", "read_at", "id"),
    )
    catalogue_code = "R238"
    sources = ("D2",)
    deletable = "never"
    in_the_book = False
    owned_by = ("user_id",)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    #: approval_task, approval_ended, duty_due, …
    kind: Mapped[str] = mapped_column(String(40), nullable=False)
    #: the English text and its values: who reads it reads it in his language
    message: Mapped[str] = mapped_column(Text, nullable=False)
    values: Mapped[Any] = mapped_column(Json(), nullable=True)
    link: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    #: the same word twice for one person is one notice
    once: Mapped[str] = mapped_column(String(120), nullable=False)
    told_at: Mapped[datetime | None] = field(_("Told at"), machine=True, sortable=True)
    read_at: Mapped[datetime | None] = field(_("Read at"), machine=True, sortable=True)

    @property
    def title(self) -> str:
        return self.text

    @calculated(_("Message"), Kind.LINE)
    def text(self) -> str:
        return gettext(self.message, **(self.values or {}))


class Outgoing(Base):
    """A mail or a robot's message that must leave; written with what it is about, sent afterwards."""

    __tablename__ = "outbox"
    __table_args__: Any = (Index("ix_outbox_due", "sent_at", "next_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: mail or robot
    channel: Mapped[str] = mapped_column(String(10), nullable=False)
    address: Mapped[str] = mapped_column(String(300), nullable=False)
    subject: Mapped[str] = mapped_column(String(300), nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)
    once: Mapped[str] = mapped_column(String(200), nullable=False, unique=True)
    written_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    next_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    sent_at: Mapped[datetime | None] = mapped_column(Instant())
    tries: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    #: why the last try failed, in the words of the other side
    trouble: Mapped[str] = mapped_column(String(500), nullable=False, default="")
