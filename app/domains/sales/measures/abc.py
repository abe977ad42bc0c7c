"""ABC analysis of customers and products (AN-02)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import compress, count, islice, pairwise
from operator import eq, itemgetter
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.analytics import abc, charting
from app.analytics.exact import ratio
from app.analytics.measure import Act, Behind, Column, Measure, Result, written
from app.analytics.parameters import Asked, Parameter
from app.documents import charts
from app.documents.charts import Drawing
from app.domains.directory.models import BusinessType, Customer, Product
from app.domains.sales import freezing
from app.domains.sales.figures import (
    MONEY,
    QUANTITY,
    Selection,
    amount,
    named,
    rows_of,
)
from app.domains.sales.measures.common import (
    FROM,
    REP,
    TO,
    code_of,
    from_is_not_after_to,
    names_for,
    period,
    selection_of,
    with_unit,
)
from app.domains.sales.models import (
    SalesFact,
)
from app.extensions import db
from app.records import settings
from app.records.refusals import Refusal, Refused
from app.security import scopes

_BASES = (
    ("sales", _("Sales")),
    ("gross_profit", _("Gross profit")),
    ("quantity", _("Quantity")),
)


#: the name of a group, its classes, its ranking: rows that begin with item and amount
Ranked = tuple[str | None, abc.Classes, list[Any]]

_amount = itemgetter(1)


class Abc(Measure):
    """AN-02, BR-051: customers or products ranked, their cumulative share, their class A, B or C."""

    name = "abc"
    title = _("ABC analysis")
    icon = "chart-histogram"
    purpose = _("Who makes three quarters of the sales, and who the last twentieth.")
    reads = ("sales_fact",)
    sources = ("D1§3.2",)
    freezes = True
    parameters = (
        FROM,
        TO,
        Parameter(
            "of",
            _("Of"),
            "choice",
            "customer",
            options=(("customer", _("Customers")), ("product", _("Products"))),
        ),
        Parameter("base", lazy_pgettext("measure", "By"), "choice", "sales", options=_BASES),
        Parameter(
            "scope",
            _("Within"),
            "choice",
            "all",
            options=(("all", _("All")), ("business_type", _("Each kind of business"))),
        ),
        Parameter(
            "a", _("A up to"), "percent", Decimal(75), low=Decimal("0.01"), high=Decimal(100)
        ),
        Parameter(
            "b", _("B up to"), "percent", Decimal(95), low=Decimal("0.01"), high=Decimal(100)
        ),
        Parameter(
            "boundary",
            _("On the boundary"),
            "choice",
            lambda: settings.get("abc_boundary"),
            options=(
                ("within", _("into the class below")),
                ("crossing", _("into the class above")),
            ),
        ),
        REP,
    )
    columns = (
        Column("rank", _("Rank"), "whole", wide_only=True),
        Column("code", _("Number"), "code", wide_only=True),
        Column("name", lazy_pgettext("measure", "Name"), "name"),
        Column("group", _("Kind of business"), wide_only=True),
        Column("amount", _("Amount"), "money", behind=True),
        Column("share", _("Share"), "share", wide_only=True),
        Column("cumulative", _("Cumulative"), "share"),
        Column("class", _("Class"), "class"),
    )

    def defaults(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return period(values)

    def check(self, values: Mapping[str, Any]) -> Sequence[Refusal]:
        refusals = from_is_not_after_to(values)
        if values["a"] >= values["b"]:
            refusals.append(Refusal(gettext("B must reach further than A."), "b"))
        if values["of"] == "product" and values["scope"] == "business_type":
            refusals.append(
                Refusal(gettext("Products have no kind of business; rank all of them."), "scope")
            )
        return refusals

    def formula(self, asked: Asked) -> str:
        limits = {"a": f"{asked['a'].normalize():f} %", "b": f"{asked['b'].normalize():f} %"}
        if asked["boundary"] == "crossing":
            return gettext(
                "Ranked by falling amount, equals by number; cumulative = Σ shares. Whoever begins below "
                "%(a)s is A, below %(b)s B, the others C. Amounts of zero and below are C and not in the total.",
                **limits,
            )
        return gettext(
            "Ranked by falling amount, equals by number; cumulative = Σ shares. Up to %(a)s A, up to %(b)s B, "
            "the others C; the first one is always A. Amounts of zero and below are C and not in the total.",
            **limits,
        )

    # -- ranking ---------------------------------------------------------------------------------

    @staticmethod
    def _base(selection: Selection, asked: Asked) -> Any:
        by = selection.by_customer if asked["of"] == "customer" else selection.by_product
        return by(asked["base"]).subquery()

    def ranked(self, selection: Selection, asked: Asked) -> Iterator[Ranked]:
        """Each group with its classes and its whole ranking."""
        base = self._base(selection, asked)
        found = base.c[asked["base"]]
        groups: list[tuple[str | None, list[Any]]]
        if asked["scope"] == "all":
            groups = [(None, rows_of(select(base.c.item, found)))]
        else:
            groups = self._by_business_type(base, found)
        for label, items in groups:
            items.sort(key=_amount, reverse=True)
            amounts = list(map(_amount, items))
            self._equals_by_code(asked, items, amounts)
            yield label, self._classify(asked, amounts), items

    @staticmethod
    def _by_business_type(base: Any, found: Any) -> list[tuple[str | None, list[Any]]]:
        """The customers of each kind of business, in the order of the kinds."""
        of_type: dict[int | None, list[Any]] = defaultdict(list)
        query = select(base.c.item, found, Customer.business_type_id)
        for row in rows_of(query.join(Customer, Customer.id == base.c.item)):
            of_type[row[2]].append(row)
        types = db.session.execute(
            select(BusinessType.id, BusinessType.name).order_by(
                BusinessType.order_no, BusinessType.id
            )
        )
        groups = [(row.name, of_type[row.id]) for row in types if row.id in of_type]
        if None in of_type:
            groups.append((gettext("Kind of business not filled in"), of_type[None]))
        return groups

    @staticmethod
    def _classify(asked: Asked, amounts: Sequence[int]) -> abc.Classes:
        return abc.classify(
            amounts, asked["a"], asked["b"], crossing=asked["boundary"] == "crossing"
        )

    @staticmethod
    def _equals_by_code(asked: Asked, items: list[Any], amounts: Sequence[int]) -> None:
        """Put those of equal amount in the order of their numbers."""
        runs: list[tuple[int, int]] = []
        for place in compress(count(1), map(eq, amounts, islice(amounts, 1, None))):
            # It equals the one before: a run begins there, or goes on.
            start = runs.pop()[0] if runs and runs[-1][1] == place else place - 1
            runs.append((start, place + 1))
        if not runs:
            return
        cls = Customer if asked["of"] == "customer" else Product
        codes = named(cls, (items[i][0] for start, end in runs for i in range(start, end)))
        for start, end in runs:
            items[start:end] = sorted(
                items[start:end], key=lambda row: (code_of(codes.get(row[0]), row[0]), row[0])
            )

    def _part_of_one_ranking(
        self, selection: Selection, asked: Asked
    ) -> tuple[abc.Classes, list[Any]]:
        """The classes and the wanted part of a ranking that stands in an index as it is.

        Of a million customers only the amounts are read, and the names of those that are shown.
        """
        base = self._base(selection, asked)
        found = base.c[asked["base"]]
        amounts = [row[0] for row in rows_of(select(found).order_by(found.desc()))]
        classes = self._classify(asked, amounts)
        part = amounts[asked.offset : asked.offset + asked.limit]
        if not part:
            return classes, []
        inside = rows_of(select(base.c.item, found).where(found.between(part[-1], part[0])))
        inside.sort(key=_amount, reverse=True)
        self._equals_by_code(asked, inside, list(map(_amount, inside)))
        # Those of equal amount that stand before the wanted part came along.
        before = 0
        while asked.offset - before > 0 and amounts[asked.offset - before - 1] == part[0]:
            before += 1
        return classes, inside[before : before + len(part)]

    def compute(self, person: scopes.Person, asked: Asked) -> Result:
        selection = selection_of(person, asked)
        customers = asked["of"] == "customer"
        groups: list[tuple[str | None, abc.Classes, list[Any], int]] = []
        ranked = 0
        if asked["scope"] == "all" and customers and selection.is_one_piece:
            classes, part = self._part_of_one_ranking(selection, asked)
            groups = [(None, classes, part, asked.offset)]
            ranked = classes.count
        else:
            for label, classes, items in self.ranked(selection, asked):
                first = min(max(asked.offset - ranked, 0), classes.count)
                last = min(max(asked.offset + asked.limit - ranked, 0), classes.count)
                groups.append((label, classes, items[first:last], first))
                ranked += classes.count
        cls = Customer if customers else Product
        names = names_for(person, cls, (row[0] for _g, _c, part, _f in groups for row in part))
        places = QUANTITY if asked["base"] == "quantity" else MONEY
        rows = []
        for label, classes, part, first in groups:
            for place, (item, value, *_type) in enumerate(part, start=first):
                counted = value > 0
                rows.append(
                    {
                        "key": item,
                        "rank": place + 1,
                        "code": code_of(names.get(item), item),
                        "name": names[item][2] if item in names else "",
                        "group": label,
                        "amount": amount(value, places),
                        "share": ratio(value, classes.total) if counted else Decimal(0),
                        "cumulative": ratio(classes.reached_at(place), classes.total),
                        "class": classes.class_at(place),
                        "ends_class": place + 1 in (classes.a_ends, classes.b_ends, classes.count),
                    }
                )
        result = Result(rows, count=ranked)
        self._totals(result, [classes for _g, classes, _p, _f in groups], places)
        result.series["classes"] = groups[0][1] if len(groups) == 1 else None
        result.series["places"] = places
        with_unit(result)
        if asked["base"] == "quantity":
            result.unit = ""
        return result

    def _totals(self, result: Result, groups: Sequence[abc.Classes], places: int) -> None:
        total = sum(classes.total for classes in groups)
        sums, counts = dict.fromkeys("ABC", 0), dict.fromkeys("ABC", 0)
        for classes in groups:
            ends = (0, classes.a_ends, classes.b_ends, classes.count)
            for name, (start, end) in zip("ABC", pairwise(ends), strict=True):
                sums[name] += classes.sum_between(start, end)
                counts[name] += end - start
        shares: list[dict[str, Any]] = [
            {
                "class": name,
                "count": counts[name],
                "amount": amount(sums[name], places),
                "share": ratio(sums[name], total),
            }
            for name in "ABC"
        ]
        result.totals = {
            "amount": amount(total, places),
            "share": Decimal(1) if total else None,
            "classes": shares,
        }
        result.beside.append(
            (
                gettext("Totals by class"),
                (
                    Column("class", gettext("Class"), "class"),
                    Column("count", gettext("Number of items"), "whole"),
                    Column("amount", gettext("Amount"), "money"),
                    Column("share", gettext("Share"), "share"),
                ),
                shares,
            )
        )
        if total:
            result.said = gettext(
                "Pareto chart of %(count)d items by falling amount: the %(many)d of class A make %(share)s.",
                count=result.count,
                many=counts["A"],
                share=charting.percent(shares[0]["share"]),
            )

    def behind(
        self, person: scopes.Person, asked: Asked, row: Mapping[str, Any], column: str
    ) -> Behind:
        item = SalesFact.customer_id if asked["of"] == "customer" else SalesFact.product_id
        sums = {"sales": "sales_amount"}.get(asked["base"], asked["base"])
        return Behind(SalesFact, [*selection_of(person, asked).facts(), item == row["key"]], sums)

    # -- freezing --------------------------------------------------------------------------------

    def acts(self) -> Sequence[Act]:
        return (
            Act(
                "freeze",
                _("Freeze this result"),
                "snowflake",
                self.freeze,
                primary=True,
                confirm=_(
                    "Freeze the result of this period? Customers will carry the class they have in it."
                ),
            ),
        )

    def freeze(self, person: scopes.Person, asked: Asked) -> str:
        """Keep the result with its period; a ranking of customers is written to the customers.

        :raises Refused: when it is not a result over all
        """
        selection = selection_of(person, asked)
        if selection.customers is not None:
            raise Refused(
                Refusal(gettext("Only a result over all customers can be frozen."), "rep")
            )
        label = self.label_of(asked)
        counts = self.compute(person, Asked(asked.values, asked.given, 0, 1, asked.more)).totals
        freezing.freeze(
            self.name,
            label,
            self.written_parameters(asked),
            {name: written(value) for name, value in counts.items()},
            self.ranked(selection, asked),
        )
        if asked["of"] == "customer":
            return gettext(
                "“%(label)s” is frozen; the customers are being given their classes.", label=label
            )
        return gettext("“%(label)s” is frozen.", label=label)

    def label_of(self, asked: Asked) -> str:
        """What a frozen result is called: whose ranking, by what, of which period."""
        shown = {p.name: p.shown(asked[p.name]) for p in self.parameters}
        return gettext(
            "%(of)s by %(base)s, %(first)s to %(last)s",
            of=shown["of"],
            base=shown["base"],
            first=asked["from"],
            last=asked["to"],
        )

    # -- drawing ---------------------------------------------------------------------------------

    @staticmethod
    def _drawn(result: Result, most: int) -> list[dict[str, Any]]:
        """The whole ranking in so many bars; where it is short, each item with its name."""
        classes: abc.Classes | None = result.series["classes"]
        if classes is None or classes.count <= min(most, len(result.rows)):
            return [row | {"label": row["name"] or row["code"]} for row in result.rows[:most]]
        places = result.series["places"]
        return [
            {
                "label": f"{place + 1:,}",
                "amount": amount(classes.amount_at(place), places),
                "cumulative": ratio(classes.reached_at(place), classes.total),
                "class": classes.class_at(place),
            }
            for place in charting.sampled(classes.count, most)
        ]

    def option(self, asked: Asked, result: Result) -> dict[str, Any]:
        drawn = self._drawn(result, charting.SAMPLED)
        return charting.pareto(
            [row["label"] for row in drawn],
            [float(row["amount"]) for row in drawn],
            [charting.hundredth(row["cumulative"]) or 0.0 for row in drawn],
            classes=[row["class"] for row in drawn],
            limits=[(asked["a"], "A"), (asked["b"], "B")],
            unit=result.unit,
            labels=(
                gettext("Amount"),
                gettext("Cumulative"),
                gettext("Rank (names in the table)"),
            ),
        )

    def drawing(self, asked: Asked, result: Result) -> Drawing | None:
        drawn = self._drawn(result, 24)
        return charts.pareto(
            [row["label"] for row in drawn],
            [row["amount"] for row in drawn],
            [row["cumulative"] or Decimal(0) for row in drawn],
            classes=[row["class"] for row in drawn],
            limits=[asked["a"] / 100, asked["b"] / 100],
        )
