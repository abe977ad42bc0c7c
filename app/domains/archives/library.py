"""The regulation library: what a reference such as D16§3.4(1) means, and what it says, word by word."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.domains.archives.articles import label_of, parts_of, place_of
from app.domains.archives.models import Regulation, RegulationPart
from app.extensions import db
from app.records import Flushed, when_flushed
from app.registers.articles import describe_articles_by, quote_articles_by
from app.registers.pages import Source

_FOLDER = Path(__file__).with_name("regulations")
#: a change in the library is seen by other processes after so many seconds
_FRESH = 60.0


@dataclass(frozen=True)
class Document:
    """One regulation of the library, ready to be quoted."""

    id: int
    title: str
    #: place → (marker, text), in the order of the document
    parts: dict[str, tuple[str, str]]


_shelf: tuple[float, str, dict[str, Document]] = (0.0, "", {})


def shelf() -> dict[str, Document]:
    """The regulations in force by their short mark, read once a minute.

    A draft is nobody's law yet, and what was revised or repealed is none any more: neither is quoted.
    """
    global _shelf
    address = str(db.engine.url)
    if _shelf[1] == address and time.monotonic() - _shelf[0] < _FRESH and _shelf[2]:
        return _shelf[2]
    parts: dict[int, dict[str, tuple[str, str]]] = {}
    for owner, place, marker, text in db.session.execute(
        select(
            RegulationPart.regulation_id,
            RegulationPart.place,
            RegulationPart.marker,
            RegulationPart.text,
        ).order_by(RegulationPart.regulation_id, RegulationPart.order_no)
    ):
        parts.setdefault(owner, {})[place or ""] = (marker or "", text)
    found = {
        mark: Document(pk, title, parts.get(pk, {}))
        for pk, mark, title in db.session.execute(
            select(Regulation.id, Regulation.short_mark, Regulation.title_).where(
                Regulation.short_mark.is_not(None),
                Regulation.voided_at.is_(None),
                Regulation.state == "effective",
            )
        )
    }
    _shelf = (time.monotonic(), address, found)
    return found


def forget() -> None:
    """The library has changed: read it again."""
    global _shelf
    _shelf = (0.0, "", {})


@when_flushed
def _forget_what_changed(_session: Any, flushed: Flushed) -> None:
    touched = (*flushed.added, *flushed.deleted, *(record for record, _changes in flushed.changed))
    if any(isinstance(record, Regulation | RegulationPart) for record in touched):
        forget()


def find(reference: str) -> tuple[str, Document, str] | None:
    """Short mark, regulation and the place that comes nearest to the reference.

    A heading may have lost its number in the source (D1§10 has no 1): then §10.1(6) is §10(6).
    """
    named = place_of(reference)
    if named is None:
        return None
    mark, path = named
    document = shelf().get(mark)
    if document is None:
        return None
    tries = [path, path[:1] + path[2:], *(path[:length] for length in range(len(path) - 1, 0, -1))]
    for one in tries:
        if (label := label_of(one)) in document.parts:
            return mark, document, label
    return mark, document, ""


def describe(reference: str) -> Source | None:
    found = find(reference)
    if found is None:
        return None
    mark, document, _place = found
    place = reference.partition("§")[2]
    title = f"《{document.title}》" + (f"§{place}" if place else "")
    return Source(title, f"/articles/{mark}" + (f"/{place}" if place else ""))


def quote(reference: str) -> str:
    """The article's own words, with what stands below it."""
    found = find(reference)
    if found is None:
        return ""
    _mark, document, place = found
    return "\n".join(f"{marker}{text}" for marker, text in below(document, place))


def below(document: Document, place: str) -> list[tuple[str, str]]:
    """An article and its sub-articles."""
    if not place:
        return list(document.parts.values())[:1]
    return [
        part
        for label, part in document.parts.items()
        if label == place or label.startswith((f"{place}.", f"{place}("))
    ]


def fill() -> int:
    """Put the customer's regulations into an empty library; says how many."""
    if db.session.scalar(select(Regulation.id).limit(1)) is not None:
        return 0
    with (_FOLDER / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        regulation = Regulation(
            short_mark=row["reference"],
            title_=row["title"],
            level=row["level"],
            trial=row["trial"] == "1",
            regulation_version=row["version"] or None,
            effective_on=date.fromisoformat(row["effective_on"]) if row["effective_on"] else None,
            interpreted_by=row["interpreted_by"] or None,
            amended_by=row["amended_by"] or None,
            approved_by=row["approved_by"] or None,
            confidential=row["confidential"] == "1",
            issuer=row["organisation"] or None,
            state="effective",
        )
        text = _FOLDER / f"{row['reference']}.txt"
        if text.exists():
            regulation.parts = [
                RegulationPart(
                    order_no=number,
                    place=label_of(part.path) or None,
                    marker=part.marker or None,
                    text=part.text or "　",
                )
                for number, part in enumerate(parts_of(text.read_text("utf-8")))
            ]
        db.session.add(regulation)
    db.session.flush()
    forget()
    return len(rows)


describe_articles_by(describe)
quote_articles_by(quote)
