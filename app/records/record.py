"""What every record is: its number, its owner, its history columns, and what its class declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, event, inspect, select, text
from sqlalchemy.orm import (
    ColumnProperty,
    Mapped,
    Mapper,
    declared_attr,
    mapped_column,
    object_session,
    relationship,
)
from sqlalchemy.orm.base import PassiveFlag

from app.extensions import Base, db
from app.records.fields import (
    FieldSpec,
    Instant,
    LineText,
    Prose,
    StateWord,
    field,
    reference,
    specs_of,
)
from app.records.refusals import Refusal
from app.records.states import States

Rule = Callable[[Any], Iterable[Refusal] | None]

#: record classes by table name
REGISTERED: dict[str, type[Kept]] = {}


#: what is void stands in nobody's way
LIVING = "voided_at IS NULL"


def once(name: str, *columns: str, where: str = "", refusal: Any = None) -> Index:
    """These values together stand only once among the records that are not void, also where two clerks
    write at the same moment: the database itself says no.

    :param where: a further condition, in SQL; a rule of the record must then ask beforehand
    :param refusal: what a person reads, where the labels of the columns do not say it
    """
    condition = text(f"{LIVING} AND {where}" if where else LIVING)
    return Index(
        name,
        *columns,
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
        info={"once": not where, "refusal": refusal},
    )


class Kept(Base):
    """Anything the house keeps as rows under its law: records, their lines, and facts."""

    __abstract__ = True
    # FAB's base says `extend_existing`: two records with one table name would merge in silence.
    __table_args__: Any = {}

    #: catalogue code: "R01"
    catalogue_code: ClassVar[str] = ""
    #: articles the register comes from: "D1§10.1(6)"
    sources: ClassVar[tuple[str, ...]] = ()
    ruled_by: ClassVar[tuple[Rule, ...]] = ()
    #: the field that names the record where a person reads it
    titled_by: ClassVar[str] = ""
    #: columns that refer to an employee or user whose own row this is (besides the author)
    owned_by: ClassVar[tuple[str, ...]] = ()
    #: relationships whose owner owns this row too: the customer of a contact person; whoever is named
    #: in a line, or in what refers to it (the reporters of a contact report, who gets a copy)
    owned_through: ClassVar[tuple[str, ...]] = ()
    #: columns that refer to the department the row belongs to
    department_by: ClassVar[tuple[str, ...]] = ()
    #: field groups that a right may be limited to, by the name rights.csv uses
    field_groups: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: common to all (look-ups, products): belongs to nobody, so whoever may read it reads every row
    common: ClassVar[bool] = False
    #: reads of single records are logged (BR-005, BR-172)
    reads_logged: ClassVar[bool] = False
    #: its changes stand in the audit book; what is itself a book of acts needs no second one
    in_the_book: ClassVar[bool] = True
    #: no edit, no delete, for anyone, down to the database
    append_only: ClassVar[bool] = False
    #: columns by which an import finds the record again, besides its number
    found_by: ClassVar[tuple[str, ...]] = ()
    #: columns whose values together a rule compares with other records (see neighbours.py)
    alike: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: "draft": deleted only as a draft, voided afterwards; "unused": deleted while nothing refers to it
    deletable: ClassVar[str] = "draft"
    #: what is due of a record on a day of its own: see deadlines/dates.py
    due: ClassVar[tuple[Any, ...]] = ()
    states: ClassVar[States | None] = None
    numbered: ClassVar[str] = ""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-20)
    version: Mapped[int] = mapped_column(nullable=False, default=1, sort_order=900)

    #: the last guard against lost updates, after the form's own check
    __mapper_args__ = {"version_id_col": version}

    def __init__(self, **values: Any) -> None:
        """A new record begins with what its fields declare: the rules are asked before the database
        could fill anything in."""
        for name, spec in self.specs().items():
            if spec.default is not None and not spec.calculated:
                values.setdefault(name, spec.default)
        super().__init__(**values)

    @property
    def title(self) -> str:
        """What a person calls this record."""
        name = getattr(self, self.titled_by) if self.titled_by else None
        return str(name or getattr(self, "number", None) or f"#{self.id}")

    def __str__(self) -> str:
        return self.title

    @classmethod
    def register_name(cls) -> str:
        return cls.__tablename__

    @classmethod
    def specs(cls) -> dict[str, FieldSpec]:
        return specs_of(cls)

    @classmethod
    def rows(cls) -> Select[Any]:
        return select(cls)

    def missing_standard_fields(self) -> list[FieldSpec]:
        """The fields of the standard set that are still empty (BR-002)."""
        return [
            spec
            for spec in self.specs().values()
            if spec.standard and getattr(self, spec.name) in (None, "", ())
        ]

    @property
    def was(self) -> dict[str, Any]:
        """The values as they are stored, for fields that this click changes."""
        before = {}
        for attribute in inspect(self).mapper.column_attrs:
            history = inspect(self).attrs[attribute.key].history
            if history.deleted:
                before[attribute.key] = history.deleted[0]
        return before

    @property
    def is_closed(self) -> bool:
        """Whether it is stored in a state that takes no more edits: of its fields, or of its lines."""
        if self.states is None:
            return False
        return self.as_stored("state") in self.states.locked

    def as_stored(self, name: str) -> Any:
        """The value before this click; None for a new record."""
        state = inspect(self)
        if not state.has_identity:
            return None
        gone = state.get_history(name, PassiveFlag.PASSIVE_NO_INITIALIZE).deleted
        return gone[0] if gone else getattr(self, name)

    def referred(self, relation: str) -> Any:
        """The record a reference leads to, also for a row of a sheet that so far has its id alone."""
        other, pk = getattr(self, relation), getattr(self, f"{relation}_id")
        if other is not None or pk is None:
            return other
        target = inspect(type(self)).relationships[relation].mapper.class_
        with db.session.no_autoflush:
            return db.session.get(target, pk)

    def changed(self, *names: str) -> bool:
        """Whether this click changes one of these fields (a new record changes all it fills)."""
        state = inspect(self)  # its `attrs` would describe every attribute to answer for one
        return any(
            state.get_history(name, PassiveFlag.PASSIVE_NO_INITIALIZE).has_changes()
            for name in names
        )


class Record(Kept):
    """A line of a register."""

    __abstract__ = True
    titled_by: ClassVar[str] = "name"
    department_by: ClassVar[tuple[str, ...]] = ("owner_dept_id",)

    number: Mapped[str | None] = field(
        _("Number"),
        catalogue="code",
        aliases=("编号", "code"),
        unique=False,
        searched=True,
        sortable=True,
        machine=True,
        width=3,
        sort_order=-10,
        length=40,
    )

    @declared_attr
    def owner_dept_id(cls) -> Mapped[int | None]:  # noqa: N805
        return reference(
            _("Owning department"),
            "department.id",
            sort_order=800,
            nullable=True,
            help=_("The department that keeps this record."),
            aliases=("归口部门",),
        )

    @declared_attr
    def owner_dept(cls) -> Mapped[Any]:  # noqa: N805
        return relationship(
            "Department",
            foreign_keys=lambda: cls.__table__.c.owner_dept_id,
            remote_side="Department.id",
            # A department may own itself, and its own row: the second statement unties that knot.
            post_update=cls.__name__ == "Department",
        )

    remark: Mapped[Prose | None] = field(_("Remark"), width=12, sort_order=810)
    created_at: Mapped[datetime | None] = field(
        _("Entered at"), machine=True, catalogue="created_on", sort_order=910
    )
    created_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id"), index=True, sort_order=911
    )
    changed_at: Mapped[datetime | None] = field(
        _("Changed at"), machine=True, catalogue="changed_on", sortable=True, sort_order=912
    )
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), sort_order=913)
    voided_at: Mapped[datetime | None] = mapped_column(Instant(), sort_order=920)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), sort_order=921)
    void_reason: Mapped[str | None] = mapped_column(LineText(500), sort_order=922)
    #: the import that brought it
    import_id: Mapped[int | None] = mapped_column(index=True, sort_order=930)

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None

    @property
    def comes_back(self) -> bool:
        """Whether this click takes its voiding back."""
        return self.voided_at is None and inspect(self).has_identity and self.changed("voided_at")

    @property
    def is_draft(self) -> bool:
        return bool(self.states and self.states.draft and self.state == self.states.draft)  # type: ignore[attr-defined]

    @property
    def is_mere_draft(self) -> bool:
        """A draft without a number yet: it may be deleted, what had one is voided."""
        return self.is_draft and not self.number

    @property
    def attachments(self) -> list[Any]:
        from app.records.attachments import attachments_of

        return attachments_of(self)

    @classmethod
    def living(cls) -> Select[Any]:
        """All that are not void."""
        return select(cls).where(cls.voided_at.is_(None))


class LineRecord(Kept):
    """A child row, written and read inside its parent; `parent` names the relationship."""

    __abstract__ = True
    parent: ClassVar[str] = ""
    order_no: Mapped[int] = mapped_column(nullable=False, default=0, sort_order=-15)


class Fact(Kept):
    """A row of figures: no number, no states, brought in bulk, summed in roll-ups."""

    __abstract__ = True
    deletable: ClassVar[str] = "undo"

    @declared_attr
    def owner_dept_id(cls) -> Mapped[int | None]:  # noqa: N805
        return reference(
            _("Owning department"), "department.id", sort_order=800, nullable=True, index=False
        )

    @declared_attr
    def owner_dept(cls) -> Mapped[Any]:  # noqa: N805
        return relationship(
            "Department",
            foreign_keys=lambda: cls.__table__.c.owner_dept_id,
            remote_side="Department.id",
        )

    remark: Mapped[str | None] = field(_("Remark"), width=12, sort_order=810)
    created_at: Mapped[datetime | None] = field(
        _("Entered at"), machine=True, catalogue="created_on", sort_order=910
    )
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), sort_order=911)
    changed_at: Mapped[datetime | None] = field(
        _("Changed at"), machine=True, catalogue="changed_on", sort_order=912
    )
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), sort_order=913)
    import_id: Mapped[int | None] = mapped_column(index=True, sort_order=930)


@event.listens_for(Kept, "attribute_instrument", propagate=True)
def _remember_what_stood_there(_class: type[Any], _key: str, attribute: Any) -> None:
    """A value that is set over one not loaded yet would have no past: neither the book nor the rules
    about moves could see what it was before."""
    if isinstance(attribute.property, ColumnProperty):
        attribute.impl.active_history = True


@event.listens_for(Base, "after_mapper_constructed", propagate=True)
def _complete_table(mapper: Mapper[Any], record_class: type[Any]) -> None:
    """Indexes for what lists sort by and sheets ask for, what stands only once, and no state that may not be."""
    if not issubclass(record_class, Kept):
        return
    table = record_class.__table__
    REGISTERED[record_class.__tablename__] = record_class
    for column in list(table.columns):
        declared = column.info.get("field")
        if declared and column.name != "number":
            if declared["sortable"] or declared["unique"]:
                Index(f"ix_{table.name}_{column.name}_id", column, table.c.id)
            if declared["unique"] and "voided_at" not in table.c:
                Index(f"uq_{table.name}_{column.name}", column, unique=True, info={"once": True})
            elif declared["unique"]:
                table.append_constraint(once(f"uq_{table.name}_{column.name}", column.name))
        if isinstance(column.type, StateWord) and record_class.states is not None:
            words = ", ".join(
                f"'{value}'" for value, _label in record_class.states.words.options()
            )
            table.append_constraint(
                CheckConstraint(f"{column.name} IN ({words})", name=f"{column.name}_is_known")
            )
    if "number" in table.c:
        Index(f"uq_{table.name}_number", table.c.number, unique=True)


def numbered_classes() -> list[type[Kept]]:
    return [cls for cls in REGISTERED.values() if cls.numbered]


def session_of(record: Kept) -> Any:
    return object_session(record) or db.session
