"""How a recipe is carried out: rows are read, gathered by what they speak of, and placed feed by feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.exchange.faults import Fault, Unfit
from app.exchange.placing import BAD, CHANGED, NEW, SAME, Draft, Placer
from app.exchange.recipe import Feed, Of, Recipe
from app.exchange.values import HOME_CURRENCY, in_another_currency
from app.jobs import progress
from app.records import REGISTERED

if TYPE_CHECKING:
    from app.exchange.loading import Task

Key = tuple[Any, ...]


@dataclass(slots=True)
class Group:
    """The rows that speak of one record."""

    key: Key
    values: dict[str, Any]
    rows: list[int] = field(default_factory=list)
    #: agreed field → what the rows say, and which of them
    said: dict[str, dict[Any, list[int]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Gathered:
    """All rows of the sheet, by feed and key."""

    groups: dict[str, dict[Key, Group]]
    #: rows that are bad, and the fault that says why
    bad: dict[int, list[Fault]] = field(default_factory=dict)
    rows: int = 0

    def blame(self, fault: Fault) -> None:
        self.bad.setdefault(fault.row, []).append(fault)


def cook(task: Task, recipe: Recipe) -> None:
    """Simulate, and when the task writes, write what was found good."""
    gathered = gather(task, recipe)
    for feed in recipe.feeds:
        _refuse_two_names(recipe, feed, gathered, task)
    _spread(recipe, gathered)
    tried = _place(task, recipe, gathered, writes=False)
    _spread(recipe, gathered)
    # In the mode "all" a bad row ends the load, which says so.
    if task.writes and not (task.mode == "all" and gathered.bad):
        tried = _place(task, recipe, gathered, writes=True)
    task.note([fault for row in sorted(gathered.bad) for fault in gathered.bad[row]])
    task.counts.rows, task.counts.bad = gathered.rows, len(gathered.bad)
    task.counts.registers = tried
    for one in tried.values():
        task.counts.new += one[NEW]
        task.counts.changed += one[CHANGED]
        task.counts.same += one[SAME]


# -- reading ---------------------------------------------------------------------------------------


def gather(task: Task, recipe: Recipe) -> Gathered:
    """Read the sheet once; what is kept is one group for each record, not the rows."""
    from app.exchange.loading import fixed_values

    gathered = Gathered({feed.register: {} for feed in recipe.feeds})
    headers = {wanted.target.name: wanted.header for wanted in task.wanted}
    total = task.sheet.total
    fixed = fixed_values(task)
    for number, cells in task.sheet.rows():
        gathered.rows += 1
        if gathered.rows % 1000 == 0:
            progress(gathered.rows, total, _("Row %(n)d", n=number))
        row = _read(task, recipe, gathered, number, cells, headers, fixed)
        for feed in recipe.feeds:
            _enter(gathered, feed, number, row)
    return gathered


def _read(
    task: Task,
    recipe: Recipe,
    gathered: Gathered,
    number: int,
    cells: Sequence[Any],
    headers: Mapping[str, str],
    fixed: Mapping[str, Any],
) -> dict[str, Any]:
    from app.exchange.loading import shown

    row: dict[str, Any] = {one.name: fixed.get(one.name) for one in recipe.inputs}
    for wanted in task.wanted:
        cell = cells[wanted.place]
        try:
            row[wanted.target.name], warning, currency = wanted.read(cell)
        except Unfit as no:
            gathered.blame(Fault(number, wanted.header, shown(cell), no.reason, no.cure))
            continue
        if currency not in ("", HOME_CURRENCY):
            # A recipe has no field for it: to drop the word would turn dollars into yuan.
            gathered.blame(
                Fault(number, wanted.header, shown(cell), *in_another_currency(currency))
            )
            continue
        if warning:
            task.note([Fault(number, wanted.header, shown(cell), warning, is_warning=True)])
    for one in recipe.inputs:
        if one.required and row[one.name] is None and number not in gathered.bad:
            header = headers.get(one.name, "")
            gathered.blame(Fault(number, header, "", _("%(label)s is required.", label=one.label)))
    return row


def _enter(gathered: Gathered, feed: Feed, number: int, row: Mapping[str, Any]) -> None:
    """Put the row to the others that speak of the same record."""
    try:
        values = feed.values(row)
    except Unfit as no:
        gathered.blame(Fault(number, "", "", no.reason, no.cure))
        return
    except (TypeError, AttributeError, ValueError, ArithmeticError, KeyError):
        # A row that lacks what the recipe reckons with is bad already; else the recipe is wrong.
        if number in gathered.bad:
            return
        raise
    if values is None:
        return
    key = tuple(values.get(name) for name in feed.key)
    if any(part is None or (isinstance(part, Of) and None in part.parts) for part in key):
        if number not in gathered.bad:
            spec = REGISTERED[feed.register].specs().get(feed.key[0])
            gathered.blame(
                Fault(
                    number, "", "", _("%(label)s is required.", label=spec.label if spec else "")
                )
            )
        return
    groups = gathered.groups[feed.register]
    group = groups.get(key)
    if group is None:
        group = groups[key] = Group(key, values)
    elif number not in gathered.bad:
        for name in feed.sums:
            if values.get(name) is not None:
                group.values[name] = (group.values.get(name) or 0) + values[name]
        for name, value in values.items():
            if group.values.get(name) is None:
                group.values[name] = value
    group.rows.append(number)
    for name in feed.agree:
        if values.get(name) not in (None, ""):
            group.said.setdefault(name, {}).setdefault(values[name], []).append(number)


# -- what is bad -----------------------------------------------------------------------------------


def _refuse_two_names(recipe: Recipe, feed: Feed, gathered: Gathered, task: Task) -> None:
    """One id with two names: every row of that id is a fault, and nothing is guessed."""
    specs = REGISTERED[feed.register].specs()
    for group in gathered.groups[feed.register].values():
        for name, said in group.said.items():
            if len(said) < 2:
                continue
            words = "、".join(
                _("“%(value)s” (%(count)d rows)", value=value, count=len(rows))
                for value, rows in sorted(
                    said.items(), key=lambda one: (-len(one[1]), str(one[0]))
                )
            )
            key = "、".join(str(part) for part in group.key)
            label = specs[name].label if name in specs else name
            for value, rows in said.items():
                for row in rows:
                    gathered.blame(
                        Fault(
                            row,
                            _header_of(task, recipe, label),
                            str(value)[:200],
                            _(
                                "%(key)s goes by %(count)d different words in this sheet: %(words)s.",
                                key=key,
                                count=len(said),
                                words=words,
                            ),
                            _("Give each its own number, or write the same in all rows."),
                        )
                    )


def _header_of(task: Task, recipe: Recipe, label: Any) -> str:
    """The column a field of a register came from, as far as the words tell."""
    for wanted in task.wanted:
        if str(wanted.target.spec.label) == str(label):
            return wanted.header
    return str(label)


def _spread(recipe: Recipe, gathered: Gathered) -> None:
    """A sum that lacks one of its rows would be short: its other rows are not loaded either."""
    sums = [feed for feed in recipe.feeds if feed.sums]
    grown = True
    while grown:
        grown = False
        for feed in sums:
            for group in gathered.groups[feed.register].values():
                first = next((row for row in group.rows if row in gathered.bad), None)
                if first is None:
                    continue
                for row in group.rows:
                    if row not in gathered.bad:
                        grown = True
                        gathered.blame(
                            Fault(
                                row,
                                "",
                                "",
                                _("It is summed with row %(row)d, which has a fault.", row=first),
                                _("Mend row %(row)d; then this one is loaded too.", row=first),
                            )
                        )


# -- placing ---------------------------------------------------------------------------------------


def _place(
    task: Task, recipe: Recipe, gathered: Gathered, *, writes: bool
) -> dict[str, dict[str, int]]:
    """Feed by feed, in parts; faults make the rows of their group bad."""
    from app.exchange.loading import place

    counts: dict[str, dict[str, int]] = {}
    ids: dict[str, dict[Key, int]] = {}
    for feed in recipe.feeds:
        known = ids[feed.register] = {}
        counts[feed.register] = {NEW: 0, CHANGED: 0, SAME: 0}
        placer = _placer(task, recipe, feed)
        done = 0
        for groups in _parts(gathered, feed):
            drafts = [_draft(task, feed, group, ids) for group in groups]
            place(task, placer, drafts, writes=writes)
            for group, draft in zip(groups, drafts, strict=True):
                if draft.outcome == BAD:
                    _blame(task, gathered, group, draft)
                    continue
                # A simulation stores nothing: a number below zero stands for what is not there yet.
                known[group.key] = draft.stored_id or -(len(known) + 1)
                counts[feed.register][draft.outcome] += 1
                if draft.outcome == CHANGED and not writes:
                    task.counts.cells += len(draft.changes)
            placer.let_go(drafts)
            done += len(groups)
            progress(
                done,
                len(gathered.groups[feed.register]),
                str(questions_title(feed.register)),
            )
        if writes:
            placer.close()
    return counts


def questions_title(register: str) -> str:
    from app.exchange.questions import press

    return press().title_of(register)


def _placer(task: Task, recipe: Recipe, feed: Feed) -> Placer:
    from app.exchange.loading import why_not_add

    own = feed.register == recipe.register
    return Placer(
        REGISTERED[feed.register],
        task.person,
        [feed.key],
        may_add=why_not_add(feed.register, task.person, by_recipe=not own),
        keeps=feed.keeps,
        agree=feed.agree,
    )


def _parts(gathered: Gathered, feed: Feed) -> Iterator[list[Group]]:
    """The groups that have a good row left."""
    from app.exchange.loading import PART

    part: list[Group] = []
    for group in gathered.groups[feed.register].values():
        if all(row in gathered.bad for row in group.rows):
            continue
        part.append(group)
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


def _draft(task: Task, feed: Feed, group: Group, ids: Mapping[str, Mapping[Key, int]]) -> Draft:
    values: dict[str, Any] = {}
    missing: list[Of] = []
    for name, value in group.values.items():
        if isinstance(value, Of):
            found = ids.get(value.register, {}).get(value.parts)
            if found is None:
                missing.append(value)
            value = found
        if value is not None:
            values[name] = value
    draft = Draft(tuple(group.rows), values, shown=_shown(task, feed, values))
    for one in missing:
        draft.fault(
            "",
            _("What it refers to (%(key)s) is not there.", key="、".join(map(str, one.parts))),
        )
    return draft


def _shown(task: Task, feed: Feed, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Where a fault of this record stands in the sheet, as far as the words tell."""
    specs = REGISTERED[feed.register].specs()
    headers = {str(w.target.spec.label): w.header for w in task.wanted}
    return {
        name: (headers.get(str(specs[name].label), str(specs[name].label)), str(value)[:200])
        for name, value in values.items()
        if name in specs
    }


def _blame(task: Task, gathered: Gathered, group: Group, draft: Draft) -> None:
    """The first row says why; the others say which row that is."""
    first, *others = (row for row in group.rows if row not in gathered.bad)
    for fault in draft.faults:
        if not fault.is_warning:
            gathered.blame(Fault(first, fault.column, fault.value, fault.reason, fault.cure))
    for row in others:
        gathered.blame(
            Fault(
                row,
                "",
                "",
                _("The same record as in row %(row)d, which has a fault.", row=first),
                _("Mend row %(row)d; then this one is loaded too.", row=first),
            )
        )
