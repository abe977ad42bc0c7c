"""What is kept of every import: who brought which file into which register, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_pgettext
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.exchange.faults import Fault
from app.extensions import Base
from app.records import Choices, Kept
from app.records.fields import Instant, Json

_BIG = BigInteger().with_variant(Integer, "sqlite")


class RunState(Choices):
    UPLOADED = "uploaded", lazy_pgettext("import", "File received")
    SIMULATING = "simulating", lazy_pgettext("import", "Being tried")
    SIMULATED = "simulated", lazy_pgettext("import", "Tried")
    LOADING = "loading", lazy_pgettext("import", "Being loaded")
    LOADED = "loaded", lazy_pgettext("import", "Loaded")
    UNDOING = "undoing", lazy_pgettext("import", "Being undone")
    UNDONE = "undone", lazy_pgettext("import", "Undone")
    FAILED = "failed", lazy_pgettext("import", "Failed")


class ImportRun(Kept):
    """One import: its file, its columns, its outcome. The records it brought carry its id."""

    __tablename__ = "import_run"
    __table_args__: Any = (
        Index("ix_import_run_register_id", "register", "id"),
        Index("ix_import_run_created_by_id_id", "created_by_id", "id"),
    )
    deletable: ClassVar[str] = "unused"
    titled_by: ClassVar[str] = "file_name"

    register: Mapped[str] = mapped_column(String(60), nullable=False)
    recipe: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    state: Mapped[str] = mapped_column(String(12), nullable=False, default=RunState.UPLOADED.value)
    file_name: Mapped[str] = mapped_column(String(255), nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    sheet: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    encoding: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    #: header → name of the field, "" where none was found, "-" for a column that is left out
    mapping: Mapped[Any] = mapped_column(Json(), nullable=True)
    #: field → text, one value for all new records
    fixed: Mapped[Any] = mapped_column(Json(), nullable=True)
    #: "", "dmy" or "mdy": how dates like 3/4/2026 are meant
    date_order: Mapped[str] = mapped_column(String(3), nullable=False, default="")
    #: an empty cell leaves the stored value as it is
    keeps_empty: Mapped[bool] = mapped_column(nullable=False, default=True)
    #: "good": rows without faults only; "all": nothing unless all rows are good
    mode: Mapped[str] = mapped_column(String(4), nullable=False, default="good")
    #: rows, new, changed, same, bad, faults, warnings, cells, seconds
    counts: Mapped[Any] = mapped_column(Json(), nullable=True)
    #: why the last step failed, in words
    error: Mapped[str] = mapped_column(Text, nullable=False, default="")
    job_id: Mapped[int | None] = mapped_column(Integer)
    #: registers it wrote to, in order
    registers: Mapped[Any] = mapped_column(Json(), nullable=True)
    #: the click of its audit entries, and between which two they stand
    click: Mapped[str] = mapped_column(String(32), nullable=False, default="")
    audit_from: Mapped[int | None] = mapped_column(BigInteger)
    audit_to: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    loaded_at: Mapped[datetime | None] = mapped_column(Instant())
    undone_at: Mapped[datetime | None] = mapped_column(Instant())
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    undo_click: Mapped[str] = mapped_column(String(32), nullable=False, default="")
    undo_reason: Mapped[str] = mapped_column(String(500), nullable=False, default="")

    @property
    def state_label(self) -> str:
        return str(RunState(self.state).label)


class ImportFault(Base):
    """One fault of a trial or of a load; written anew by the next one."""

    __tablename__ = "import_fault"
    __table_args__: Any = (Index("ix_import_fault_run", "run_id", "is_warning", "id"),)

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(
        ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False
    )
    row: Mapped[int] = mapped_column(Integer, nullable=False)
    column: Mapped[str] = mapped_column("header", String(150), nullable=False, default="")
    value: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    reason: Mapped[str] = mapped_column(Text, nullable=False)
    cure: Mapped[str] = mapped_column(Text, nullable=False, default="")
    is_warning: Mapped[bool] = mapped_column(nullable=False, default=False)
    #: what the reasons of a kind have in common, to filter by: the column, and the reason without its value
    kind: Mapped[str] = mapped_column(String(200), nullable=False, default="")

    @property
    def fault(self) -> Fault:
        return Fault(
            self.row, self.column, self.value, self.reason, self.cure, is_warning=self.is_warning
        )
