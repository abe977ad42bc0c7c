"""A recipe: one sheet that feeds several registers, such as order lines → customers, products, sales.

A domain declares its recipes in `recipes.py`, as data and one function for each register that is fed:

>>> ORDER_LINES = declare(Recipe(
...     name="order_lines",
...     title=_("Order lines"),
...     register="sales_fact",
...     inputs=(
...         Input("customer", _("Customer number"), Kind.WORD, aliases=("客户 ID",), required=True),
...         Input("customer_name", _("Customer"), Kind.TITLE, aliases=("客户名称",), required=True),
...         Input("day", _("Day of the order"), Kind.DATE, aliases=("订单日期",), required=True),
...         Input("amount", _("Sales"), Kind.MONEY, aliases=("销售额",), required=True, scale=4),
...     ),
...     feeds=(
...         Feed("customer", key=("number",), agree=("name",), keeps=True, values=lambda row: {
...             "number": row["customer"],
...             "name": row["customer_name"],
...             "party_kind": ("business_customer",),
...         }),
...         Feed("sales_fact", key=("customer_id", "month"), sums=("sales_amount",), values=lambda row: {
...             "customer_id": Of("customer", row["customer"]),
...             "month": row["day"].replace(day=1),
...             "sales_amount": row["amount"],
...         }),
...     ),
... ))

and imports its module where the domain's views are imported, so that it is known at start.

What the runner does with it (app/exchange/loading.py), the same in simulation and load:

- Each cell is read by the kind of its `Input`, with every quirk of sheets that a plain import knows.
  A row with a cell that does not fit is a fault of that row.
- `values(row)` gets the values of a row by the names of the inputs (None where nothing stands) and
  gives the values of one record: typed as the fields are stored (Decimal, date, stored choice words,
  tuples), or None where the row has nothing for this register. `raise Unfit(reason, cure)` makes it
  a fault of the row.
- Rows with the same `key` speak of one record. `sums` are added up over them; every other field
  must be the same in all of them where it is named in `agree`, else the first row's value counts.
  **Where rows disagree about an `agree` field, all rows of that key are faults, row by row, and none
  of them is loaded**: one id with two names is never guessed. The record that is stored already has
  a say too: a stored name that differs from the sheet's is the same fault.
- The key finds the record that is stored: `("number",)` is the office's own number, kept as the
  record's number; other fields are compared as they are. It must be as good as unique.
- A record that is there is left alone with `keeps=True`; otherwise its fields become those of the
  sheet. **Sums replace what stood there, they are not added to it**, so that the same sheet loaded
  twice gives the same figures: a sheet holds a month wholly or not at all.
- `Of("customer", key)` stands for the id of the record that another feed of this recipe found or
  made; feeds are written in their order, so it can only name an earlier one.
- What the sheet does not know may be given once for all rows (a fixed value on the page, `--set` on
  the command line), by the name of the input.
- A row is good or bad as a whole: when any of its parts is refused, nothing of it is loaded, and
  neither is a record to which another of its rows was bad, for its sum would be short.
- New records need the verb "a" on their register, changed ones "e"; the recipe itself needs "l" on
  `register`, where it is offered. Numbers, rules, audit, provenance (`import_id`), roll-ups and undo
  are those of a plain load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.exchange.faults import Unfit
from app.records.fields import Choices, FieldSpec, Kind

#: every recipe by name
RECIPES: dict[str, Recipe] = {}


@dataclass(frozen=True)
class Input:
    """One column that the recipe wants of the sheet.

    :param aliases: other headers it goes by, as the office's own systems write them
    :param choices: for Kind.CHOICE: the enumeration
    :param scale: decimal places of money, quantities and percentages
    """

    name: str
    label: Any
    kind: Kind = Kind.LINE
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: type[Choices] | None = None
    scale: int = 4

    @property
    def spec(self) -> FieldSpec:
        return FieldSpec(
            self.name,
            self.label,
            self.kind,
            required=self.required,
            aliases=self.aliases,
            choices=self.choices,
            scale=self.scale,
        )


@dataclass(frozen=True)
class Of:
    """The id of a record of an earlier feed, by its key (one value, or a tuple where the key has several)."""

    register: str
    key: Any

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.key if isinstance(self.key, tuple) else (self.key,)


Row = Mapping[str, Any]


@dataclass(frozen=True)
class Feed:
    """What the rows mean for one register; see the module's docstring."""

    register: str
    key: tuple[str, ...]
    values: Callable[[Row], dict[str, Any] | None]
    sums: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()
    #: what is stored already stays as it is
    keeps: bool = False


@dataclass(frozen=True)
class Recipe:
    """One sheet, several registers.

    :param name: its word in addresses and on the command line
    :param register: where it is offered, and whose right to load it needs
    """

    name: str
    title: Any
    register: str
    inputs: tuple[Input, ...]
    feeds: tuple[Feed, ...]
    help: Any = ""

    def __post_init__(self) -> None:
        known: list[str] = []
        for feed in self.feeds:
            if not feed.key:
                raise ValueError(f"recipe {self.name}: the feed of {feed.register} has no key")
            if feed.register in known:
                raise ValueError(f"recipe {self.name} feeds {feed.register} twice")
            known.append(feed.register)


def declare(recipe: Recipe) -> Recipe:
    """Make a recipe known; gives it back, so that it can be named."""
    if recipe.name in RECIPES and RECIPES[recipe.name] is not recipe:
        raise ValueError(f"two recipes are called {recipe.name}")
    RECIPES[recipe.name] = recipe
    return recipe


def recipes_of(register: str) -> list[Recipe]:
    return [recipe for recipe in RECIPES.values() if recipe.register == register]


__all__ = ["RECIPES", "Feed", "Input", "Of", "Recipe", "Unfit", "declare", "recipes_of"]
