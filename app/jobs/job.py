"""A job is a row of ours: the queue forgets a task once it is taken, the row does not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask_babel import lazy_pgettext
from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.jobs import store
from app.records import MACHINE, Choices, clock
from app.records.fields import Instant


class State(Choices):
    QUEUED = "queued", lazy_pgettext("job", "Queued")
    RUNNING = "running", lazy_pgettext("job", "Running")
    DONE = "done", lazy_pgettext("job", "Done")
    FAILED = "failed", lazy_pgettext("job", "Failed")
    CANCELLED = "cancelled", lazy_pgettext("job", "Cancelled")


#: the states that nothing follows
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


class Job(Base):
    """Long work that a person or the clock ordered, and what became of it."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state_id", "state", "id"),
        Index("ix_job_created_by_id_id", "created_by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: which function does it: the name given to @job
    kind: Mapped[str] = mapped_column(String(60))
    #: what a person calls it, in the language of who ordered it
    title: Mapped[str] = mapped_column(String(200))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(12), default=State.QUEUED.value)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    result: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    #: why it failed, for the person who ordered it
    error: Mapped[str] = mapped_column(Text, default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    #: who acts, and for whom, as the audit will name them
    actor: Mapped[dict[str, Any]] = mapped_column(JSON, default=lambda: asdict(MACHINE))
    locale: Mapped[str] = mapped_column(String(8), default="")
    created_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    #: how often it was begun; a third begin is the last
    attempts: Mapped[int] = mapped_column(default=0)
    #: the process that has it: host, process number, and a word that no other process has
    worker: Mapped[str] = mapped_column(String(160), default="")

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def as_dict(self) -> dict[str, Any]:
        """What a page or a client may know of it, with the progress of this very moment."""
        progress = {"done": self.done, "total": self.total, "note": self.note}
        if self.state == State.RUNNING:
            progress |= store.said(self.id)
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "state": self.state,
            "state_label": str(State(self.state).label),
            **progress,
            "result": self.result,
            "error": self.error,
            "created_at": _iso(self.created_at),
            "started_at": _iso(self.started_at),
            "ended_at": _iso(self.ended_at),
            "attempts": self.attempts,
        }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
