"""The vocabulary of fields: what a register may keep, how it is stored, what each field says of itself."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Self

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    String,
    Text,
    Time,
    TypeDecorator,
)
from sqlalchemy.orm import MappedColumn, mapped_column

from app.extensions import Base


class Kind(enum.StrEnum):
    TITLE = "title"
    LINE = "line"
    WORD = "word"
    PROSE = "prose"
    MONEY = "money"
    QUANTITY = "quantity"
    PERCENT = "percent"
    WHOLE = "whole"
    DATE = "date"
    INSTANT = "datetime"
    TIME = "time"
    BOOL = "bool"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    FILE = "file"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    STATE = "state"
    LINES = "lines"

    @property
    def is_figure(self) -> bool:
        return self in _FIGURES

    @property
    def is_text(self) -> bool:
        return self in _TEXTS


_FIGURES = {Kind.MONEY, Kind.QUANTITY, Kind.PERCENT, Kind.WHOLE}
_TEXTS = {
    Kind.TITLE,
    Kind.LINE,
    Kind.WORD,
    Kind.PROSE,
    Kind.EMAIL,
    Kind.PHONE,
    Kind.URL,
    Kind.NUMBER,
}


# -- how values are stored -------------------------------------------------------------------------


class Stored(TypeDecorator[Any]):
    """A column type that knows its kind."""

    cache_ok = True
    kind: Kind

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # SQLAlchemy asks each class for itself, not its parents; all of ours are safe cache keys.
        cls.cache_ok = True


class _Text(Stored):
    impl = String

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length


class TitleText(_Text):
    kind = Kind.TITLE


class LineText(_Text):
    kind = Kind.LINE


class WordText(_Text):
    kind = Kind.WORD


class NumberText(_Text):
    kind = Kind.NUMBER


class EmailText(_Text):
    kind = Kind.EMAIL


class PhoneText(_Text):
    kind = Kind.PHONE


class UrlText(_Text):
    kind = Kind.URL


class ProseText(Stored):
    impl = Text
    kind = Kind.PROSE


class Exact(Stored):
    """An exact decimal, kept as an integer of its scale on both databases.

    SQL adds and compares it truly; it must not multiply, divide or average it, for the scale would
    be lost: Python does that.
    """

    impl = BigInteger
    scale = 2

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def process_bind_param(self, value: Any, dialect: Any) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.scale)
        whole = scaled.quantize(Decimal(1), ROUND_HALF_UP)
        if not -(2**63) <= whole < 2**63:
            raise OverflowError(f"{value} does not fit")
        return int(whole)

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)


class MoneyAmount(Exact):
    """Money as documents state it: two places."""

    kind = Kind.MONEY


class ExactMoneyAmount(Exact):
    """Money as facts carry it: four places (real sales have three)."""

    kind = Kind.MONEY
    scale = 4


class QuantityAmount(Exact):
    kind = Kind.QUANTITY
    scale = 3


class PercentAmount(Exact):
    """Per cent as written: 12.5 is 12.5 %."""

    kind = Kind.PERCENT
    scale = 4


class Instant(Stored):
    """A moment, stored in UTC, always with its zone in Python."""

    impl = DateTime
    kind = Kind.INSTANT

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Choices(enum.StrEnum):
    """An enumeration of the regulations: `MEMBER = "stored", _("Shown")`."""

    label: Any

    def __new__(cls, value: str, label: Any = None) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = value if label is None else label
        return member

    @classmethod
    def options(cls) -> list[tuple[str, Any]]:
        return [(member.value, member.label) for member in cls]


class ChoiceWord(Stored):
    """One of an enumeration; the stored word is stable, the label is a translation."""

    impl = String
    kind = Kind.CHOICE

    def __init__(self, length: int = 40) -> None:
        super().__init__(length)
        self.length = length


class StateWord(ChoiceWord):
    kind = Kind.STATE


class ChoiceWords(Stored):
    """Several of an enumeration, kept as `,a,b,` so that one of them is found by `LIKE '%,a,%'`."""

    impl = String
    kind = Kind.CHOICES

    def __init__(self, length: int = 400) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        if not value:
            return None
        if isinstance(value, str):  # a pattern of a query
            return value
        return "," + ",".join(str(v) for v in value) + ","

    def process_result_value(self, value: str | None, dialect: Any) -> tuple[str, ...]:
        return tuple(value.strip(",").split(",")) if value else ()


class Json(Stored):
    """A small structure of the machine (never of a register), as text on both databases."""

    impl = Text
    kind = Kind.PROSE

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


# -- how values are declared -----------------------------------------------------------------------

Title = Annotated[str, "title"]
Line = Annotated[str, "line"]
Word = Annotated[str, "word"]
Prose = Annotated[str, "prose"]
Email = Annotated[str, "email"]
Phone = Annotated[str, "phone"]
Url = Annotated[str, "url"]
Money = Annotated[Decimal, "money"]
ExactMoney = Annotated[Decimal, "exact money"]
Quantity = Annotated[Decimal, "quantity"]
Percent = Annotated[Decimal, "percent"]
Choice = Annotated[str, "choice"]
MultiChoice = Annotated[tuple[str, ...], "choices"]

Base.registry.update_type_annotation_map(
    {
        Title: TitleText(200),
        Line: LineText(500),
        Word: WordText(64),
        Prose: ProseText(),
        Email: EmailText(200),
        Phone: PhoneText(80),
        Url: UrlText(300),
        Money: MoneyAmount(),
        ExactMoney: ExactMoneyAmount(),
        Quantity: QuantityAmount(),
        Percent: PercentAmount(),
        Choice: ChoiceWord(),
        MultiChoice: ChoiceWords(),
        datetime: Instant(),
        str: LineText(500),
    }
)

#: kinds of plain SQL types
_PLAIN: tuple[tuple[type, Kind], ...] = (
    (Boolean, Kind.BOOL),
    (Integer, Kind.WHOLE),
    (Date, Kind.DATE),
    (Time, Kind.TIME),
)


@dataclass(frozen=True)
class FieldSpec:
    """What one field of a register says of itself; forms, lists, REST and exchange all read this."""

    name: str
    label: Any
    kind: Kind
    required: bool = False
    help: Any = None
    #: what the catalogue calls it, where a better name was chosen
    catalogue: str = ""
    #: an enumeration class, or options given by a function (editable look-ups)
    choices: type[Choices] | Callable[[], Sequence[tuple[str, Any]]] | None = None
    #: table name of the record that is referred to
    references: str = ""
    #: relationship attribute that holds the referred record
    relation: str = ""
    unique: bool = False
    personal: bool = False
    searched: bool = False
    sortable: bool = False
    #: belongs to the standard set whose absence makes a record "incomplete" (BR-002)
    standard: bool = False
    #: computed, never typed in
    calculated: bool = False
    #: kept by the machine, never typed in
    machine: bool = False
    unit: Any = ""
    scale: int = 0
    length: int = 0
    width: int = 0
    default: Any = None
    article: str = ""
    #: relationships that a calculated field reads: a list loads them for all rows at once
    reads: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    #: records one may choose from: a function of the referred class giving a condition
    among: Callable[[Any], Any] | None = None
    extra: dict[str, Any] = dataclass_field(default_factory=dict)

    @property
    def writable(self) -> bool:
        return not (self.calculated or self.machine)

    @property
    def input(self) -> str:
        """The attribute that is written: the column of a reference."""
        return self.name

    def options(self) -> list[tuple[str, Any]]:
        if self.choices is None:
            return []
        if isinstance(self.choices, type):
            return self.choices.options()  # type: ignore[attr-defined]
        return list(self.choices())

    def label_of(self, value: Any) -> str:
        """The shown word of a stored choice."""
        for stored, label in self.options():
            if stored == value:
                return str(label)
        return "" if value is None else str(value)


def field(
    label: Any,
    *,
    help: Any = None,
    choices: type[Choices] | Callable[[], Sequence[tuple[str, Any]]] | None = None,
    several: bool = False,
    unique: bool = False,
    index: bool = False,
    personal: bool = False,
    searched: bool = False,
    sortable: bool = False,
    standard: bool = False,
    calculated: bool = False,
    machine: bool = False,
    catalogue: str = "",
    aliases: tuple[str, ...] = (),
    unit: Any = "",
    width: int = 0,
    length: int = 0,
    default: Any = None,
    article: str = "",
    **column: Any,
) -> MappedColumn[Any]:
    """Declare a field. Required is what the annotation says: `Mapped[Title]` is, `| None` is not.

    :param unique: stands only once among the records that are not void (see `once` in record.py)
    :param standard: its absence makes the record "incomplete", not wrong (BR-002)
    :param personal: personal data; reads are logged, roles may see it masked
    :param searched: found by the instant search
    :param sortable: the list offers to sort by it; brings the index that keeps that fast
    :param aliases: other headers under which an import finds it
    """
    info = {
        "label": label,
        "help": help,
        "choices": choices,
        "unique": unique,
        "personal": personal,
        "searched": searched,
        "sortable": sortable,
        "standard": standard,
        "calculated": calculated,
        "machine": machine,
        "catalogue": catalogue,
        "aliases": aliases,
        "unit": unit,
        "width": width,
        "default": default,
        "article": article,
    }
    types: list[Any] = []
    if choices is not None:
        types = [ChoiceWords() if several else ChoiceWord()]
    elif length:
        types = [LineText(length)]
    # `insert_default` and not `default`: a value of the form must win over a silent one.
    if default is not None:
        column.setdefault("default", default)
    return mapped_column(*types, info={"field": info}, index=index, **column)


def reference(
    label: Any,
    target: str,
    *,
    relation: str = "",
    among: Callable[[Any], Any] | None = None,
    ondelete: str | None = None,
    late: bool = False,
    **options: Any,
) -> MappedColumn[Any]:
    """Declare that this record refers to another one: `customer_id = reference(_("Customer"), "customer.id")`.

    :param relation: the relationship attribute; by default the name without `_id`
    :param among: a function of the referred class that gives a condition: whom one may choose
    :param late: the two tables refer to each other; this constraint is added after both stand
    """
    column = {
        key: options.pop(key) for key in ("nullable", "use_existing_column") if key in options
    }
    index = options.pop("index", True)
    declared = field(label, **options)
    info = dict(declared.column.info["field"])
    info |= {"references": target.partition(".")[0], "relation": relation, "among": among}
    return mapped_column(
        ForeignKey(target, ondelete=ondelete, use_alter=late),
        info={"field": info},
        index=index,
        **column,
    )


class calculated(property):  # noqa: N801 - reads as a declaration: @calculated(_("Average stock"), Kind.MONEY)
    """A field that is computed, shown and exported, never typed in.

    >>> @calculated(_("Average stock"), Kind.QUANTITY)
    ... def average_stock(self): ...
    """

    def __init__(
        self,
        label: Any = None,
        kind: Kind = Kind.LINE,
        *,
        fget: Callable[[Any], Any] | None = None,
        catalogue: str = "",
        help: Any = None,
        unit: Any = "",
        choices: Any = None,
        article: str = "",
        reads: tuple[str, ...] = (),
    ) -> None:
        super().__init__(fget)
        self.declared = {
            "label": label,
            "kind": kind,
            "catalogue": catalogue,
            "help": help,
            "unit": unit,
            "choices": choices,
            "article": article,
            "reads": reads,
        }

    def __call__(self, function: Callable[[Any], Any]) -> Any:
        made = type(self)(fget=function)
        made.declared = self.declared
        made.__doc__ = function.__doc__
        return made


class files:  # noqa: N801 - reads as a declaration: files(_("Financial report"))
    """A field that holds uploaded files (several); they live in the attachments of the record."""

    def __init__(
        self, label: Any, *, help: Any = None, catalogue: str = "", required: bool = False
    ) -> None:
        self.declared = {
            "label": label,
            "help": help,
            "catalogue": catalogue,
            "required": required,
        }
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, record: Any, owner: type | None = None) -> Any:
        if record is None:
            return self
        return [file for file in record.attachments if file.field == self.name]


class lines:  # noqa: N801 - reads as a declaration: lines(_("Advice"), "lifespan_advice_lines")
    """Child rows that are edited inside their parent; `relation` names the relationship."""

    def __init__(
        self,
        label: Any,
        relation: str,
        *,
        help: Any = None,
        catalogue: str = "",
        required: bool = False,
    ) -> None:
        self.declared = {
            "label": label,
            "help": help,
            "catalogue": catalogue,
            "required": required,
        }
        self.relation = relation
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, record: Any, owner: type | None = None) -> Any:
        return self if record is None else getattr(record, self.relation)


def _kind_of_column(column: Any) -> Kind:
    if column.foreign_keys and column.info["field"].get("references"):
        return Kind.REFERENCE
    if isinstance(column.type, Stored):
        return column.type.kind
    for plain, kind in _PLAIN:
        if isinstance(column.type, plain):
            return kind
    raise TypeError(f"{column} has a type no field kind stands for: {column.type!r}")


_specs: dict[type, dict[str, FieldSpec]] = {}


def specs_of(record_class: type) -> dict[str, FieldSpec]:
    """The fields of a record class in the order of their declaration, by name."""
    if record_class not in _specs:
        _specs[record_class] = _read_specs(record_class)
    return _specs[record_class]


def _read_specs(record_class: type) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    mapper = record_class.__mapper__  # type: ignore[attr-defined]
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        declared = column.info.get("field")
        if declared is None:
            continue
        info = dict(declared)
        info["required"] = not column.nullable and not info["machine"] and not info["calculated"]
        kind = _kind_of_column(column)
        if kind is Kind.REFERENCE:
            info["relation"] = info.get("relation") or attribute.key.removesuffix("_id")
        if kind is Kind.BOOL:
            info["required"] = False
        if isinstance(column.type, Exact):
            info["scale"] = column.type.scale
        info["length"] = getattr(column.type, "length", 0) or 0
        found[attribute.key] = FieldSpec(name=attribute.key, kind=kind, **info)
    for base in reversed(record_class.__mro__):
        for name, member in vars(base).items():
            if isinstance(member, calculated):
                found[name] = FieldSpec(name=name, calculated=True, **member.declared)
            elif isinstance(member, files):
                found[name] = FieldSpec(name=name, kind=Kind.FILE, **member.declared)
            elif isinstance(member, lines):
                found[name] = FieldSpec(
                    name=name, kind=Kind.LINES, relation=member.relation, **member.declared
                )
    return found


def plain_value(value: Any) -> Any:
    """A value as JSON can carry it without loss: decimals and dates as text."""
    # Most are text, and every field of every row of a sheet passes here.
    if value.__class__ is str or value.__class__ is int:
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, enum.Enum):
        return value.value
    return value
