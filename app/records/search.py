"""The instant search: one index of n-grams over all registers, in Chinese, pinyin and initials.

Two Chinese characters defeat both `LIKE` and trigram indexes, so every record leaves small words in
one index: hanzi alone and in pairs, Latin letters and figures in threes, initials, and the first
letters of each syllable. What the index finds is held against the text itself before it is shown.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import Any, TypeGuard

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy import event as sa_event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import Base, db
from app.records import pinyin
from app.records.flush import Flushed, when_flushed
from app.records.record import Kept, Record

#: more than this many finds of one word are "too many to count"
MANY = 10_000
#: so many entries are read through before the index is asked
NEWEST = 3_000
_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"[{_HAN}]+|[0-9a-z]+")


class SearchDocument(Base):
    """What may be found of one record. On SQLite its words stand in the table `search_word`."""

    __tablename__ = "search_document"
    __table_args__ = (
        Index("uq_search_document_record", "register", "record_id", unique=True),
        # From a find to its record without reading the text between.
        Index("ix_search_document_place", "id", "record_id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    register: Mapped[str] = mapped_column(String(60), nullable=False)
    record_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    title: Mapped[str] = mapped_column(String(300), nullable=False)
    number: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    #: text, initials and pinyin, a line each, folded
    body: Mapped[str] = mapped_column(Text, nullable=False)
    words: Mapped[list[str] | None] = mapped_column(
        ARRAY(Text).with_variant(Text, "sqlite"), nullable=True
    )


_PREPARE = {
    "sqlite": "CREATE VIRTUAL TABLE IF NOT EXISTS search_word USING fts5("
    "words, content='', tokenize='ascii', detail=none, columnsize=0)",
    "postgresql": "CREATE INDEX IF NOT EXISTS ix_search_document_words "
    "ON search_document USING gin (words)",
}


def ensure(connection: Connection) -> None:
    """The index itself, which no migration can describe for both databases."""
    connection.exec_driver_sql(_PREPARE[connection.dialect.name])


@sa_event.listens_for(SearchDocument.__table__, "after_create")
def _prepare(_table: Any, connection: Connection, **_options: object) -> None:
    ensure(connection)


@sa_event.listens_for(SearchDocument.__table__, "before_drop")
def _drop(_table: Any, connection: Connection, **_options: object) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE IF EXISTS search_word")


def fold(value: str) -> str:
    """Full width becomes half width, upper becomes lower case."""
    return unicodedata.normalize("NFKC", value).lower()


@lru_cache(maxsize=100_000)
def _token(word: str) -> str:
    """A word of the index in plain letters, so that no tokenizer has an opinion on it."""
    if word.isascii():
        return word
    return "".join(f"u{ord(ch):x}" for ch in word)


def _words_of_text(folded: str) -> Iterable[str]:
    """Lists and cached tokens, no generators: a load asks this for every row of the sheet."""
    words: list[str] = []
    for run in _RUNS.findall(folded):
        if run.isascii():
            words += (run[:1], run[:2])
            words += [run[i : i + 3] for i in range(len(run) - 2)]
        else:
            words += map(_token, run)
            words += map(_token, map(add, run, run[1:]))
    return words


def _words_of_pinyin(syllables: Sequence[str], initials: str) -> Iterable[str]:
    words = [initials[:1]]
    words += [initials[i : i + 2] for i in range(len(initials) - 1)]
    words += [initials[i : i + 3] for i in range(len(initials) - 2)]
    joined = "p" + "".join(syllables)
    at = 1
    for syllable in syllables:
        words += ("p" + joined[at], "p" + joined[at : at + 2], "p" + joined[at : at + 3])
        at += len(syllable)
    return words


@dataclass(frozen=True)
class Found:
    register: str
    record_id: int
    title: str
    number: str


def entry_of(record: Record) -> dict[str, Any]:
    """The row of the index for one record, or its text and words."""
    parts = [
        str(getattr(record, spec.name))
        for spec in record.specs().values()
        if spec.searched and getattr(record, spec.name)
    ]
    title = record.title
    folded = fold("\n".join(dict.fromkeys([title, *parts])))
    syllables = pinyin.syllables(title)
    initials = pinyin.initials(title) if syllables else ""
    words = {f"r{register_word(record.register_name())}"}
    words.update(_words_of_text(folded))
    if syllables:
        words.update(_words_of_pinyin(syllables, initials))
        folded = "\n".join((folded, initials, "".join(syllables)))
    return {
        "register": record.register_name(),
        "record_id": record.id,
        "title": title[:300],
        "number": getattr(record, "number", None) or "",
        "body": folded,
        "words": sorted(words),
    }


def register_word(register: str) -> str:
    """A register's name as a word of the index."""
    return "0" + register.replace("_", "0")


def _is_searched(record: Any) -> TypeGuard[Record]:
    return isinstance(record, Record) and any(spec.searched for spec in record.specs().values())


@when_flushed
def keep_index(session: Session, flushed: Flushed) -> None:
    """The index follows in the same transaction: what is confirmed is found at once."""
    connection = session.connection()
    gone = [r for r in flushed.deleted if _is_searched(r)]
    changed = [
        record
        for record, difference in flushed.changed
        if _is_searched(record) and _touches(record, difference)
    ]
    leaving: dict[str, list[int]] = {}
    for record in (*gone, *changed):
        leaving.setdefault(record.register_name(), []).append(record.id)
    for register, ids in leaving.items():
        forget(connection, register, ids)
    fresh = [entry_of(r) for r in flushed.added if _is_searched(r)]
    fresh += [entry_of(r) for r in changed if not getattr(r, "is_void", False)]
    add_entries(connection, fresh)


def _touches(record: Kept, difference: dict[str, Any]) -> bool:
    specs = record.specs()
    return "voided_at" in difference or any(
        name in specs and (specs[name].searched or name == record.titled_by) for name in difference
    )


def forget(connection: Connection, register: str, record_ids: Sequence[int]) -> None:
    """Take records out of the index."""
    table = SearchDocument.__table__
    for start in range(0, len(record_ids), 500):
        part = list(record_ids[start : start + 500])
        here = (table.c.register == register) & table.c.record_id.in_(part)
        if connection.dialect.name == "sqlite":
            stored = connection.execute(select(table.c.id, table.c.words).where(here)).all()
            if not stored:
                continue
            # An index without content forgets only what it is told word by word.
            connection.execute(
                text(
                    "INSERT INTO search_word(search_word, rowid, words) VALUES ('delete', :id, :words)"
                ),
                [{"id": row.id, "words": row.words} for row in stored],
            )
        connection.execute(delete(table).where(here))


_ADD = text(
    "INSERT INTO search_document (register, record_id, title, number, body, words) "
    "VALUES (:register, :record_id, :title, :number, :body, CAST(:words AS text[]))"
)


def add_entries(connection: Connection, entries: list[dict[str, Any]]) -> None:
    if not entries:
        return
    table = SearchDocument.__table__
    if connection.dialect.name != "sqlite":
        # The words are letters and figures only: as one literal they pass the driver untouched.
        for entry in entries:
            entry["words"] = "{" + ",".join(entry["words"]) + "}"
        connection.execute(_ADD, entries)
        return
    start = connection.execute(
        text("SELECT coalesce(max(id), 0) FROM search_document")
    ).scalar_one()
    for nth, entry in enumerate(entries, start + 1):
        entry["id"] = nth
        entry["words"] = " ".join(entry["words"])
    connection.execute(insert(table), entries)
    connection.execute(
        text("INSERT INTO search_word(rowid, words) VALUES (:id, :words)"),
        [{"id": entry["id"], "words": entry["words"]} for entry in entries],
    )


# -- asking ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    folded: str
    #: words that all must stand there
    all_of: tuple[str, ...]
    #: or this one: the pinyin of a syllable begins like this
    syllable: str = ""

    @property
    def is_one_word(self) -> bool:
        """Whether the index holds this very part as a word, so that no text need be read again."""
        longest = 3 if self.folded.isascii() else 2
        return len(self.all_of) == 1 and len(self.folded) <= longest


def _questions(query: str) -> list[_Question]:
    """Each blank-separated part of the query is a question; a record answers all of them."""
    asked = []
    for part in fold(query).split():
        words: list[str] = []
        runs = _RUNS.findall(part)
        for run in runs:
            if run.isascii():
                words += [run] if len(run) < 3 else [run[i : i + 3] for i in range(len(run) - 2)]
            else:
                words += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
        if not words:
            continue
        latin = part.isascii() and len(runs) == 1 and part.isalpha()
        asked.append(
            _Question(
                part,
                tuple(dict.fromkeys(_token(w) for w in words)),
                f"p{part[:3]}" if latin else "",
            )
        )
    return asked


def _match(questions: list[_Question], registers: Sequence[str]) -> str:
    """The question in the language of SQLite's full-text index."""
    parts = []
    for question in questions:
        together = " AND ".join(f'"{word}"' for word in question.all_of)
        parts.append(
            f'(({together}) OR "{question.syllable}")' if question.syllable else f"({together})"
        )
    if registers:
        parts.append("(" + " OR ".join(f'"r{register_word(name)}"' for name in registers) + ")")
    return " AND ".join(parts)


def _candidates(questions: list[_Question], registers: Sequence[str]) -> Select[Any]:
    """What PostgreSQL's index finds."""
    table = SearchDocument.__table__
    places = [f"r{register_word(name)}" for name in registers]
    # One register is a word like the others: the index meets it with them in one go.
    query = select(*_shown(table)).where(
        *_hold(table.c.words, questions, places if len(places) == 1 else ())
    )
    if len(places) > 1:
        query = query.where(table.c.words.overlap(places))
    return query


def _shown(table: Any) -> list[Any]:
    """What a find is made of: all but its words, which are long."""
    return [column for column in table.c if column.name != "words"]


def _hold(words: Any, questions: list[_Question], besides: Sequence[str]) -> Iterator[Any]:
    """PostgreSQL's conditions for the questions, each with these words besides."""
    for question in questions:
        condition = words.contains([*question.all_of, *besides])
        if question.syllable:
            condition = condition | words.contains([question.syllable, *besides])
        yield condition


def _among_the_newest(questions: list[_Question], registers: Sequence[str]) -> Select[Any]:
    """What of the newest entries the query finds: of a common word more than anybody reads."""
    table = SearchDocument.__table__
    newest = select(table).order_by(table.c.id.desc()).limit(NEWEST).subquery()
    query = select(*_shown(newest)).where(*_hold(newest.c.words, questions, ()))
    return query.where(newest.c.register.in_(registers)) if registers else query


@contextmanager
def _by_the_index(connection: Connection) -> Iterator[None]:
    """PostgreSQL hopes to meet a few hundred finds soon by reading the table itself.

    It takes the comparison of two lists of words for cheap, and may read for a second and a half.
    """
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    yield
    connection.execute(text("SET LOCAL enable_seqscan = on"))


def find(
    session: Session, query: str, registers: Sequence[str] = (), limit: int = 20
) -> list[Found]:
    """Records whose text holds every part of the query, the newest first.

    Scopes are not applied here: who asks drops what the person may not see.
    """
    questions = _questions(query)
    if not questions:
        return []
    connection = session.connection()
    table = SearchDocument.__table__
    if connection.dialect.name == "sqlite":
        ids = (
            connection.execute(
                text(
                    "SELECT rowid FROM search_word WHERE search_word MATCH :match ORDER BY rowid DESC LIMIT :many"
                ),
                {"match": _match(questions, registers), "many": limit * 10},
            )
            .scalars()
            .all()
        )
        rows = (
            connection.execute(
                select(table).where(table.c.id.in_(bindparam("ids", expanding=True))), {"ids": ids}
            ).all()
            if ids
            else []
        )
    else:
        rows = list(connection.execute(_among_the_newest(questions, registers)))
        if len(_answering(rows, questions)) < limit:
            # The index collects all finds of a word before it gives the first: quick where they are few.
            with _by_the_index(connection):
                found = _candidates(questions, registers).limit(limit * 10)
                rows = list(connection.execute(found))
    rows = _answering(rows, questions)
    rows.sort(key=lambda row: (not _begins(row, questions), -row.id))
    return [Found(row.register, row.record_id, row.title, row.number) for row in rows[:limit]]


def _answering(rows: Iterable[Any], questions: list[_Question]) -> list[Any]:
    return [row for row in rows if all(question.folded in row.body for question in questions)]


def _begins(row: Any, questions: list[_Question]) -> bool:
    return any(line.startswith(questions[0].folded) for line in row.body.split("\n"))


def ids_of(session: Session, query: str, register: str, limit: int = MANY + 1) -> list[int] | None:
    """The records of one register that the query finds (at most `limit`, the newest).

    None where the query holds nothing one could search for.
    """
    questions = _questions(query)
    if not questions:
        return None
    connection = session.connection()
    table = SearchDocument.__table__
    # A short word is a word of the index itself: what has it needs no second look. Reading the text of
    # ten thousand finds takes longer than finding them.
    exact = all(question.is_one_word for question in questions)
    body = "" if exact else ", d.body"
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text(
                f"SELECT d.record_id{body} FROM search_word w "  # noqa: S608 - one of two words of ours
                "JOIN search_document d ON d.id = w.rowid "
                "WHERE search_word MATCH :match ORDER BY w.rowid DESC LIMIT :many"
            ),
            {"match": _match(questions, (register,)), "many": limit},
        ).all()
    else:
        columns = [table.c.record_id] if exact else [table.c.record_id, table.c.body]
        with _by_the_index(connection):
            rows = list(
                connection.execute(
                    _candidates(questions, (register,)).with_only_columns(*columns).limit(limit)
                )
            )
    if exact:
        return [row.record_id for row in rows]
    return [row.record_id for row in rows if all(q.folded in row.body for q in questions)]


def is_one_of(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """`column IN (…)` for ten thousand numbers in one parameter: as many parameters take a third of a
    second to bind and to plan."""
    if db.engine.dialect.name == "postgresql":
        # As one text: the driver would take a list apart number by number.
        written = literal("{" + ",".join(map(str, ids)) + "}", String)
        return column == func.any(cast(written, ARRAY(BigInteger)))
    values = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(values.c.value))
