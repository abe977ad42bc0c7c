"""What a page of a register shows, as plain values: the press fills them, the templates read them.

Templates hold no logic of their own and never see a record: what is hidden or masked for this
person is already hidden or masked in here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["ok", "run", "warn", "bad", "mute", "dep", "draft"]


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button or a menu entry. `reason` says why it cannot be used now (it is then disabled)."""

    name: str
    label: str
    url: str = ""
    icon: str = ""
    method: Literal["get", "post"] = "get"
    primary: bool = False
    grave: bool = False
    reason: str = ""
    #: the question of the dialog that comes before a grave action; "" asks nothing
    confirm: str = ""
    #: the dialog also asks for a reason, posted as `reason`
    asks_reason: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    tone: Tone = "mute"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as it is read. `kind` is a field kind of app/records/fields.py."""

    kind: str = "title"
    text: str = ""
    #: grey text after the first (place, number), cut first where room is short
    secondary: str = ""
    url: str = ""
    chip: Chip | None = None
    chips: Sequence[Chip] = ()
    #: 0..1, only where a share of a limit is meant
    share: float | None = None
    #: the value is masked; this address shows it after a reason was given (POST)
    unmask_url: str = ""
    missing: bool = False
    currency: str = ""

    @property
    def is_figure(self) -> bool:
        return self.kind in {"money", "quantity", "percent", "whole"}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: str
    kind: str = "title"
    unit: str = ""
    #: the address that sorts by this column, "" where it is not offered
    sort_url: str = ""
    sorted: Literal["", "asc", "desc"] = ""
    fixed: bool = False
    #: takes the room that is left
    wide: bool = False


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    name: str
    label: str
    shown: bool
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    url: str
    cells: Sequence[Cell]
    actions: Sequence[Action] = ()
    #: index of the cell that names the record (the link, and the head of the card on the phone)
    name_at: int = 0
    struck: bool = False


@dataclass(frozen=True, slots=True)
class SavedView:
    label: str
    url: str
    active: bool = False
    count: str = ""
    alarming: bool = False
    #: where the owner deletes it, "" for views that come with the register
    delete_url: str = ""
    shared_with: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter, as a chip `field relation value ×`."""

    field: str
    label: str
    relation: str
    relation_label: str
    value: str
    value_label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A field one may set a condition on."""

    name: str
    label: str
    kind: str
    #: (relation, label)
    relations: Sequence[tuple[str, str]]
    #: (value, label), for choices
    options: Sequence[tuple[str, str]] = ()
    #: remote options, for references
    options_url: str = ""


@dataclass(frozen=True, slots=True)
class Pager:
    first: int
    last: int
    #: "1,284" or "10,000+"
    total: str
    exact: bool
    #: counts exactly when asked (GET, answers text)
    count_url: str
    size: int
    sizes: Sequence[tuple[int, str]]
    previous_url: str
    next_url: str
    #: (label, url, current); url "" is an ellipsis
    pages: Sequence[tuple[str, str, bool]]
    first_url: str = ""
    last_url: str = ""


def numbers(page: int, last: int, url: Callable[[int], str]) -> list[tuple[str, str, bool]]:
    """The first page, the last, this one and its neighbours, with an ellipsis where some are left out."""
    links: list[tuple[str, str, bool]] = []
    before = 0
    for number in sorted({1, page - 1, page, page + 1, last} & set(range(1, last + 1))):
        if number - before > 1:
            links.append(("…", "", False))
        links.append((str(number), url(number), number == page))
        before = number
    return links


def numbered(page: int, size: int, total: int, url: Callable[[int], str]) -> Pager:
    """A pager over rows that were counted, for pages that offer one size."""
    last = max(1, -(-total // size))
    return Pager(
        first=(page - 1) * size + 1 if total else 0,
        last=min(page * size, total),
        total=f"{total:,}",
        exact=True,
        count_url="",
        size=size,
        sizes=(),
        previous_url=url(page - 1) if page > 1 else "",
        next_url=url(page + 1) if page < last else "",
        pages=numbers(page, last, url) if last > 1 else (),
    )


@dataclass(frozen=True, slots=True)
class Empty:
    text: str
    #: what to do: one step
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The article a register or a section comes from."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Head:
    register: str
    title: str
    chips: Sequence[Chip] = ()
    #: short texts of the sub line: number, people
    facts: Sequence[Cell] = ()
    sources: Sequence[Source] = ()
    #: the last one is the primary one
    actions: Sequence[Action] = ()
    #: actions behind "more"
    more: Sequence[Action] = ()
    trail: Sequence[Link] = ()
    help_url: str = ""
    favourite_url: str = ""
    is_favourite: bool = False
    previous_url: str = ""
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    tone: Tone
    text: str
    action: Action | None = None
    #: (label, #anchor): what the notice is about
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    head: Head
    columns: Sequence[Column]
    rows: Sequence[Row]
    pager: Pager
    views: Sequence[SavedView] = ()
    query: str = ""
    conditions: Sequence[Condition] = ()
    filters: Sequence[FilterChoice] = ()
    column_choices: Sequence[ColumnChoice] = ()
    bulk: Sequence[Action] = ()
    bulk_url: str = ""
    empty: Empty | None = None
    #: the address without query, to which forms of the page are sent
    url: str = ""
    clear_url: str = ""
    changed: bool = False
    save_view_url: str = ""
    columns_url: str = ""
    density: str = "normal"
    #: what stays in the address when a form of the page is sent: (name, value)
    state: Sequence[tuple[str, str]] = ()
    notices: Sequence[Notice] = ()
    #: roles one may share a view with: (id, label)
    share_with: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class KeyFigure:
    label: str
    value: str
    unit: str = ""
    note: str = ""
    share: float | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One field of the show page."""

    name: str
    label: str
    cell: Cell
    wide: bool = False
    fill_url: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class ValueSection:
    title: str
    values: Sequence[Value]
    source: Source | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A small table inside a page: lines, related records."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: str = ""
    all_url: str = ""
    add_url: str = ""
    add_label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    url: str
    count: str = ""
    active: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the timeline."""

    who: str
    what: str
    when: str
    #: the full instant, for the title
    when_exact: str = ""
    icon: str = "edit"
    tone: Tone = "mute"
    #: "李雯 代 王强" names both
    for_whom: str = ""
    changes: Sequence[Change] = ()
    quote: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: int
    name: str
    size: str
    url: str
    note: str = ""
    delete: Action | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """One station of a case: who, in which step, when. Done, now or later."""

    label: str
    state: Literal["done", "now", "later"]
    note: str = ""
    when: str = ""
    #: "李雯 代 王强" names both
    for_whom: str = ""
    tone: Tone = "mute"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field as it stands and as it is asked for; for figures, how much it moves."""

    label: str
    old: str
    new: str
    delta: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalPanel:
    """A case as it stands: the way it goes, and what everybody said."""

    title: str
    stations: Sequence[Station]
    opinions: Sequence[Happening] = ()
    url: str = ""
    chip: Chip | None = None
    #: what the person may do here: submit, withdraw, ask for a change
    actions: Sequence[Action] = ()
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class ShowPage:
    head: Head
    sections: Sequence[ValueSection]
    tables: Sequence[Table] = ()
    #: what belongs to the record and has no row yet: (label, where one is entered, or "")
    empty: Sequence[tuple[str, str]] = ()
    tabs: Sequence[Tab] = ()
    figures: Sequence[KeyFigure] = ()
    notices: Sequence[Notice] = ()
    timeline: Sequence[Happening] = ()
    timeline_more_url: str = ""
    files: Sequence[StoredFile] = ()
    upload_url: str = ""
    file_hint: str = ""
    approval: ApprovalPanel | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One input. `value` is what stands in the input: after an error, exactly what was typed."""

    name: str
    label: str
    kind: str
    value: str = ""
    #: for several choices
    values: Sequence[str] = ()
    #: (value, label)
    options: Sequence[tuple[str, str]] = ()
    #: for references: where options come from, and what the chosen one is called
    options_url: str = ""
    chosen: str = ""
    chosen_secondary: str = ""
    add_url: str = ""
    required: bool = False
    help: str = ""
    #: small note at the right of the label: the article, or who fills it
    note: str = ""
    errors: Sequence[str] = ()
    readonly: bool = False
    locked_reason: str = ""
    unit: str = ""
    #: columns of twelve
    width: int = 4
    placeholder: str = ""
    max_length: int | None = None
    step: str = ""
    #: for kind "lines"
    lines: LinesField | None = None
    autocomplete: str = "off"
    secret: bool = False


@dataclass(frozen=True, slots=True)
class LinesRow:
    #: "" for a row that is not stored yet
    id: str
    fields: Sequence[FormField]
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LinesField:
    """Child rows inside the parent's form. Inputs are named `<name>-<index>-<field>`."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[LinesRow]
    #: the row that "add" copies; its inputs are named with `__index__`
    blank: LinesRow | None = None
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FormSection:
    title: str
    fields: Sequence[FormField]
    note: str = ""
    anchor: str = ""

    @property
    def error_count(self) -> int:
        return sum(bool(f.errors) for f in self.fields) + sum(
            sum(bool(c.errors) for c in row.fields) + len(row.errors)
            for f in self.fields
            if f.lines
            for row in f.lines.rows
        )


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two people changed. `mine` is preset."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class LostUpdate:
    who: str
    when: str
    clashes: Sequence[Clash]
    #: what only the other one changed: taken over, and said
    merged: Sequence[Change] = ()
    #: the values as they are now, from which the choice starts
    base: str = ""


@dataclass(frozen=True, slots=True)
class FormPage:
    head: Head
    sections: Sequence[FormSection]
    url: str
    version: str = ""
    cancel_url: str = ""
    submit_label: str = ""
    #: a second button ("save and add another"), posted as `then`
    others: Sequence[Action] = ()
    notices: Sequence[Notice] = ()
    lost: LostUpdate | None = None
    #: hidden inputs (name, value)
    hidden: Sequence[tuple[str, str]] = ()
    aside: Sequence[str] = field(default_factory=tuple)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of each row of a bulk action."""

    title: str
    done: int
    refused: Sequence[tuple[str, str, str]] = ()
    #: (record, url, reason)
    back_url: str = ""
    retry_url: str = ""
    retry_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ChapterPage:
    """All registers of one domain."""

    title: str
    icon: str
    #: (label, url, purpose, icon)
    entries: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class HelpPage:
    """What a register is for, in whose words, and who does what."""

    head: Head
    purpose: str
    #: markdown of the domain
    text: str
    #: (source, the article's own words)
    quotes: Sequence[tuple[Source, str]]
    #: (role, verbs, reach)
    rights: Sequence[tuple[str, str, str]]
    #: (label, help, required)
    fields: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One thing to do: a signature, a duty, what came back."""

    subject: str
    url: str
    number: str = ""
    #: who and when, what it is about; the last one stands out
    meta: Sequence[str] = ()
    chips: Sequence[Chip] = ()
    action: Action | None = None
    #: when it is due, and how long that is: "11-24 Tue", "1 working day left"
    due: str = ""
    due_note: str = ""
    #: overdue is bad, today or sooner is warn
    tone: Tone = "mute"


@dataclass(frozen=True, slots=True)
class WorkList:
    title: str
    rows: Sequence[WorkRow] = ()
    count: str = ""
    url: str = ""
    note: str = ""
    #: what stands there where nothing is to do
    empty: str = ""
    foot: str = ""


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The start page: what waits for this person first, then the registers."""

    greeting: str
    #: short texts below the greeting: the week, working days left
    facts: Sequence[str] = ()
    #: what may be entered anew
    new: Sequence[Action] = ()
    work: Sequence[WorkList] = ()
    #: the narrow column: what came back, what is awaited
    aside: Sequence[WorkList] = ()
    #: (label, url, icon, is a favourite)
    registers: Sequence[tuple[str, str, str, bool]] = ()
    #: (record, url, register, when)
    recent: Sequence[tuple[str, str, str, str]] = ()
    figures: Sequence[KeyFigure] = ()
    notices: Sequence[Notice] = ()
