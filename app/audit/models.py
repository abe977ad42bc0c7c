"""The book nobody can rewrite: entries, and the sealed blocks that prove it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.records.append_only import guard
from app.records.fields import Instant, Json

_BIG = BigInteger().with_variant(Integer, "sqlite")


class AuditEntry(Base):
    """Who did what, for whom, when, from where, in which click (R237, BR-172)."""

    __tablename__ = "audit_log"
    __table_args__: Any = (
        Index("ix_audit_log_record", "register", "record_id", "id"),
        Index("ix_audit_log_parent", "parent_register", "parent_id", "id"),
        Index("ix_audit_log_actor", "actor_id", "id"),
        Index("ix_audit_log_action", "action", "id"),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(100), nullable=False, default="")
    for_id: Mapped[int | None] = mapped_column(Integer)
    for_name: Mapped[str] = mapped_column(String(100), nullable=False, default="")
    #: ui, api, import, cli, job
    channel: Mapped[str] = mapped_column(String(10), nullable=False)
    ip: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    click: Mapped[str] = mapped_column(String(32), nullable=False, default="")
    #: add, edit, void, delete, read, print, export, load, unmask, sign_in, …
    action: Mapped[str] = mapped_column(String(20), nullable=False)
    register: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    record_label: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    #: the record a line belongs to
    parent_register: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    #: field → [old, new], whole; or what else belongs to the act
    details: Mapped[Any] = mapped_column(Json(), nullable=True)


class AuditBlock(Base):
    """A run of entries, hashed onto the block before and signed."""

    __tablename__ = "audit_block"
    __table_args__: Any = {}

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    entries: Mapped[int] = mapped_column(Integer, nullable=False)
    previous: Mapped[str] = mapped_column(String(64), nullable=False)
    digest: Mapped[str] = mapped_column(String(64), nullable=False)
    signature: Mapped[str] = mapped_column(Text, nullable=False)
    #: fingerprint of the public key
    key: Mapped[str] = mapped_column(String(64), nullable=False)


class AuditSeal(Base):
    """Which entry stands at which place of which block, with its own hash."""

    __tablename__ = "audit_seal"
    __table_args__: Any = (UniqueConstraint("block_id", "place"),)

    #: the entry; named `id` as every guarded table's key is
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=False)
    block_id: Mapped[int] = mapped_column(ForeignKey("audit_block.id"), nullable=False)
    place: Mapped[int] = mapped_column(Integer, nullable=False)
    digest: Mapped[str] = mapped_column(String(64), nullable=False)


for _model in (AuditEntry, AuditBlock, AuditSeal):
    guard(_model.__table__)
