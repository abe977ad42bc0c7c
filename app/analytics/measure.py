"""A measure is declared once: what it is asked, what it answers, how it is drawn, what lies behind each figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from app.analytics.exact import plain
from app.analytics.parameters import Asked, Parameter, ask
from app.documents.charts import Drawing
from app.records.refusals import Refusal
from app.security import scopes

#: every measure by name, in the order of their declaration
MEASURES: dict[str, Measure] = {}


@dataclass(frozen=True)
class Column:
    """One column of the answer.

    :param kind: text, code, money, quantity, ratio (a number), share (shown as per cent), whole, class
    :param only_shown: on page, sheet and paper, but no key of the JSON
    :param behind: its figure leads to the rows behind it
    """

    name: str
    label: Any
    kind: str = "text"
    only_shown: bool = False
    behind: bool = False
    #: hidden on the phone
    wide_only: bool = False

    @property
    def is_figure(self) -> bool:
        return self.kind in ("money", "quantity", "ratio", "share", "whole")


@dataclass
class Result:
    """What a measure answers. Rows carry `key` (which figure it is) beside their columns."""

    rows: list[dict[str, Any]]
    totals: dict[str, Any] = field(default_factory=dict)
    #: rows there are, of which `rows` may be a part
    count: int = 0
    #: what the reader must know of the figures
    flags: list[str] = field(default_factory=list)
    #: currency or unit of the amounts
    unit: str = ""
    #: small tables beside the chart: (title, columns, rows)
    beside: list[tuple[str, Sequence[Column], list[dict[str, Any]]]] = field(default_factory=list)
    #: what charts are drawn from, besides the rows
    series: dict[str, Any] = field(default_factory=dict)
    #: a sentence that says what the chart shows
    said: str = ""


@dataclass(frozen=True)
class Further:
    """A second chart: its title, its option, the sentence that says its result."""

    title: str
    option: dict[str, Any]
    said: str


@dataclass(frozen=True)
class Act:
    """Something that may be done with a result: a button of the page.

    :param run: takes the person and what was asked, gives the sentence that says what was done
    :param verb: the right it needs on the page "measures": a or e
    """

    name: str
    label: Any
    icon: str
    run: Callable[[scopes.Person, Asked], str]
    verb: str = "a"
    confirm: Any = ""
    primary: bool = False


@dataclass(frozen=True)
class Behind:
    """The rows behind a figure: those of a register under these conditions."""

    record_class: Any
    conditions: Sequence[Any]
    #: the column that adds up to the figure
    sums: str
    #: the figure is the sum divided by this
    divided_by: int = 1


class Measure:
    """Subclasses declare; the codes in their docstrings are what they carry out."""

    name: ClassVar[str] = ""
    title: ClassVar[Any] = ""
    icon: ClassVar[str] = "chart-bar"
    #: one sentence for the overview
    purpose: ClassVar[Any] = ""
    #: registers one must be allowed to read
    reads: ClassVar[tuple[str, ...]] = ()
    #: articles it comes from
    sources: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    columns: ClassVar[tuple[Column, ...]] = ()
    #: its results can be frozen and compared with each other
    freezes: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.name:
            if cls.name in MEASURES:
                raise ValueError(f"two measures are called {cls.name}")
            MEASURES[cls.name] = cls()

    # -- what a measure says -------------------------------------------------------------------

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Defaults that depend on what is there and on what was given, such as the last twelve months."""
        return {}

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        """What does not go together."""
        return ()

    def formula(self, asked: Asked) -> str:
        raise NotImplementedError

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        raise NotImplementedError

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        """What a figure of a row is made of."""
        raise NotImplementedError

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        """The chart of the page, as ECharts takes it; colours are named, the page gives them."""
        raise NotImplementedError

    def further(self, asked: Asked, result: Result) -> Sequence[Further]:
        """More charts of the page."""
        return ()

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        """The chart on paper."""
        return None

    def acts(self) -> Sequence[Act]:
        return ()

    # -- what follows ----------------------------------------------------------------------------

    def may(self, person: scopes.Person) -> bool:
        return all(scopes.may(person, "r", register) for register in self.reads)

    def ask(self, raw: Mapping[str, Any], person: scopes.Person, *, limit: int = 10_000) -> Asked:
        """:raises Refused: with every parameter that does not fit"""
        return ask(
            self.parameters, raw, person, defaults=self.defaults, check=self.check, limit=limit
        )

    def written_parameters(self, asked: Asked) -> dict[str, Any]:
        return {p.name: p.written(asked[p.name]) for p in self.parameters}

    def as_json(self, asked: Asked, result: Result) -> dict[str, Any]:
        """The answer for programs: amounts and ratios as text, shares as fractions."""
        keys = [(c.name, c.kind) for c in self.columns if not c.only_shown]
        totals = {name: written(value) for name, value in result.totals.items()}
        totals["count"] = result.count
        if result.flags:
            totals["flags"] = [str(flag) for flag in result.flags]
        return {
            "measure": self.name,
            "parameters": self.written_parameters(asked),
            "formula": self.formula(asked),
            "rows": [
                {name: written(row.get(name), kind) for name, kind in keys} for row in result.rows
            ],
            "totals": totals,
        }


def written(value: Any, kind: str = "") -> Any:
    """A value as JSON carries it without loss."""
    # Ten thousand rows of ten columns pass here: the commonest kinds come first.
    if value.__class__ is str:
        return value
    if isinstance(value, Decimal):
        if kind == "money" and value == (rounded := round(value, 2)):
            return f"{rounded:f}"
        return plain(value)
    if isinstance(value, list | tuple):
        return [written(one) for one in value]
    if isinstance(value, dict):
        return {name: written(one) for name, one in value.items()}
    if value is None or isinstance(value, int | bool):
        return value
    return str(value)


def of_name(name: str) -> Measure | None:
    return MEASURES.get(name)
