"""Which column of a sheet is which field of a register: matched by every name a field goes by, never guessed."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Integer, String, UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.exchange.sheet import folded
from app.extensions import Base, db
from app.records import FieldSpec, Kind, clock
from app.records.fields import Instant, Json

#: a column that somebody left out on purpose
LEFT_OUT = "-"
#: how a column was matched
BY_LABEL, BY_NAME, BY_ALIAS, BY_KEPT, BY_HAND = "label", "name", "alias", "kept", "hand"


@dataclass(frozen=True)
class Target:
    """A field that a sheet may fill, for this person in this register.

    :param line: the field of lines it belongs to: the column fills a line of the record
    """

    spec: FieldSpec
    #: what a person reads: "Amount", or "Advice / Amount" for a field of a line
    label: str
    line: str = ""
    #: every header it goes by, folded, with how
    goes_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.line}.{self.spec.name}" if self.line else self.spec.name

    @property
    def required(self) -> bool:
        return self.spec.required and self.spec.default is None


@dataclass(frozen=True)
class Matched:
    """One column of the sheet and what it fills; "" where nothing was found, "-" where it is left out."""

    header: str
    target: str = ""
    by: str = ""
    #: several fields go by this header
    candidates: tuple[str, ...] = ()
    #: a field that sounds alike, to be confirmed by a person
    suggestion: str = ""
    #: why nothing was found
    note: str = ""


class ColumnMapping(Base):
    """What a person said about the columns of such sheets, kept for the next one with the same headers."""

    __tablename__ = "column_mapping"
    __table_args__: Any = (UniqueConstraint("register", "headers"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: register, or register:recipe
    register: Mapped[str] = mapped_column(String(120), nullable=False)
    #: hash of the set of headers
    headers: Mapped[str] = mapped_column(String(64), nullable=False)
    #: header → name of the target, "-" for a column that is left out
    mapping: Mapped[Any] = mapped_column(Json(), nullable=False)
    #: field → value, for what no column has
    fixed: Mapped[Any] = mapped_column(Json(), nullable=False)
    kept_at: Mapped[Any] = mapped_column(Instant(), nullable=False)
    kept_by_id: Mapped[int | None] = mapped_column(Integer)


def fingerprint(headers: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(headers)).encode()).hexdigest()


def kept(register: str, headers: Sequence[str]) -> ColumnMapping | None:
    return db.session.scalar(
        select(ColumnMapping)
        .where(ColumnMapping.register == register, ColumnMapping.headers == fingerprint(headers))
        # `keep` writes past the session, which may hold what was said before.
        .execution_options(populate_existing=True)
    )


def keep(
    register: str,
    headers: Sequence[str],
    mapping: dict[str, str],
    fixed: dict[str, str],
    by_id: int | None,
) -> None:
    """In one statement: two people may send such sheets at the same moment, and the last one is right."""
    said = {
        # What nobody decided is matched anew next time.
        "mapping": {header: name for header, name in mapping.items() if name},
        "fixed": fixed,
        "kept_at": clock.now(),
        "kept_by_id": by_id,
    }
    place = {"register": register, "headers": fingerprint(headers)}
    dialect = db.session.connection().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    db.session.execute(
        insert(ColumnMapping)
        .values(**place, **said)
        .on_conflict_do_update(index_elements=list(place), set_=said)
    )


def target_of(
    spec: FieldSpec, languages: Iterable[str], *, line: FieldSpec | None = None
) -> Target:
    """A field with all names it goes by: labels of every language, its own name, the catalogue's, aliases."""
    names: dict[str, str] = {}
    prefixes: list[str] = [""]
    if line is not None:
        prefixes = [line.name, *_labels(line, languages)]
    own = [(spec.name, BY_NAME), (spec.name.removesuffix("_id"), BY_NAME)]
    if spec.catalogue:
        own.append((spec.catalogue, BY_NAME))
    own += [(label, BY_LABEL) for label in _labels(spec, languages)]
    own += [(alias, BY_ALIAS) for alias in spec.aliases]
    for prefix in prefixes:
        for text, how in own:
            for joint in ("/", ".", "-") if prefix else ("",):
                # The first way a name came by stays: a label is better news than an alias.
                names.setdefault(folded(f"{prefix}{joint}{text}"), how)
    label = str(spec.label) if line is None else f"{line.label} / {spec.label}"
    return Target(spec, label, line.name if line is not None else "", names)


def _labels(spec: FieldSpec, languages: Iterable[str]) -> list[str]:
    found = []
    for language in languages:
        with force_locale(language):
            found.append(str(spec.label))
    return found


def known_headers(targets: Sequence[Target]) -> frozenset[str]:
    return frozenset(name for target in targets for name in target.goes_by)


def match(
    headers: Sequence[str],
    targets: Sequence[Target],
    before: Mapping[str, str] | None = None,
    not_yours: Mapping[str, str] | None = None,
) -> list[Matched]:
    """Match the columns of a sheet to the fields; what is not certain is left to the person.

    :param before: what was said about the same headers last time
    :param not_yours: folded header → field that exists but is not this person's to write
    """
    by_name = {target.name: target for target in targets}
    found: list[Matched] = []
    for header in headers:
        if before is not None and header in before:
            name = before[header]
            if name == LEFT_OUT or name in by_name:
                found.append(Matched(header, name, BY_KEPT))
                continue
        text = folded(header.partition(" #")[0])
        hits = [(t.name, t.goes_by[text]) for t in targets if text in t.goes_by]
        best = [hit for hit in hits if hit[1] in (BY_LABEL, BY_NAME)] or hits
        if len(best) == 1:
            found.append(Matched(header, best[0][0], best[0][1]))
        elif best:
            names = tuple(name for name, _how in best)
            labels = "、".join(by_name[name].label for name in names)
            found.append(
                Matched(
                    header,
                    candidates=names,
                    note=_("May be: %(labels)s. Please choose.", labels=labels),
                )
            )
        elif not_yours and text in not_yours:
            found.append(
                Matched(header, note=_("“%(label)s” is not yours to fill.", label=not_yours[text]))
            )
        else:
            found.append(Matched(header, suggestion=_suggestion(text, targets)))
    return _once(found, by_name)


def _once(found: list[Matched], by_name: Mapping[str, Target]) -> list[Matched]:
    """Two columns cannot fill one field: then neither does until a person says which."""
    taken: dict[str, list[int]] = {}
    for place, matched in enumerate(found):
        if matched.target in by_name:
            taken.setdefault(matched.target, []).append(place)
    for name, places in taken.items():
        if len(places) > 1:
            for place in places:
                one = found[place]
                found[place] = Matched(
                    one.header,
                    candidates=(name,),
                    note=_(
                        "%(count)d columns fit “%(label)s”. Please choose one.",
                        count=len(places),
                        label=by_name[name].label,
                    ),
                )
    return found


def _suggestion(text: str, targets: Sequence[Target]) -> str:
    names = {name: target.name for target in targets for name in target.goes_by}
    near = difflib.get_close_matches(text, list(names), n=1, cutoff=0.7)
    if near:
        return names[near[0]]
    inside = {
        target
        for name, target in names.items()
        if len(name) >= 2 and len(text) >= 2 and (name in text or text in name)
    }
    return inside.pop() if len(inside) == 1 else ""


def missing(
    targets: Sequence[Target], filled: Iterable[str], fixed: Iterable[str]
) -> list[Target]:
    """Required fields that neither a column nor a fixed value fills; new records need them."""
    have = {*filled, *fixed}
    return [t for t in targets if t.required and not t.line and t.name not in have]


def importable(spec: FieldSpec) -> bool:
    """Whether a sheet may fill the field at all, whoever sends it."""
    if spec.kind in (Kind.FILE, Kind.LINES, Kind.STATE) or spec.references == "ab_user":
        return False
    return spec.writable or spec.name == "number"
