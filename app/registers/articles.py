"""From an article reference ("D16§3.2") to words and an address; the regulation library tells how."""

from __future__ import annotations

from collections.abc import Callable

from app.registers.pages import Source

_describe: Callable[[str], Source | None] | None = None


def describe_articles_by(question: Callable[[str], Source | None]) -> None:
    """The regulation library tells here which article a reference means."""
    global _describe
    _describe = question


def source_of(reference: str) -> Source:
    found = _describe(reference) if _describe else None
    return found or Source(reference, "")


def sources_of(references: tuple[str, ...]) -> list[Source]:
    return [source_of(reference) for reference in references]


_quote: Callable[[str], str] | None = None


def quote_articles_by(question: Callable[[str], str]) -> None:
    """The regulation library tells here what an article says, word by word."""
    global _quote
    _quote = question


def quote(reference: str) -> str:
    return _quote(reference) if _quote else ""
