"""Many forms at once, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from app.documents.paper import check_fonts, html_of, to_pdf

Progress = Callable[[int], Any]

#: Below this, starting the processes takes longer than printing.
_WORTH_A_POOL = 12
#: Forms under way for each process: enough to keep it busy, too few to fill the memory.
_AHEAD = 4


@dataclass(frozen=True)
class Sheet:
    """One form to be printed."""

    template: str
    context: Mapping[str, Any]
    copies: Sequence[Any] = field(default=())


def render_many(
    sheets: Iterable[Sheet],
    progress: Progress | None = None,
    *,
    processes: int | None = None,
    together: int = 1,
) -> Iterator[bytes]:
    """A PDF for each form, in the order of the forms; `progress` is told how many are done.

    Templates are filled here, for they ask the database and the reader's language; only the
    typesetting goes to the other processes.

    :param together: so many forms share one PDF, and its fonts: alone each carries half a megabyte
    """
    sizes: deque[int] = deque()
    done = 0
    groups = _groups(sheets, together, sizes)
    worth = max(2, _WORTH_A_POOL // together)
    for pdf in _printed(groups, processes or os.cpu_count() or 1, worth):
        done += sizes.popleft()
        if progress is not None:
            progress(done)
        yield pdf


def _groups(sheets: Iterable[Sheet], together: int, sizes: deque[int]) -> Iterator[list[str]]:
    """The pages of so many forms at a time; notes how many forms each group holds."""
    group: list[str] = []
    many = 0
    for sheet in sheets:
        group += html_of(sheet.template, sheet.context, sheet.copies)
        many += 1
        if many == together:
            sizes.append(many)
            yield group
            group, many = [], 0
    if many:
        sizes.append(many)
        yield group


def _printed(
    pages: Iterator[list[str]], processes: int, worth: int = _WORTH_A_POOL
) -> Iterator[bytes]:
    first = [page for _, page in zip(range(worth), pages, strict=False)]
    if processes < 2 or len(first) < worth:
        yield from map(to_pdf, first)
        yield from map(to_pdf, pages)
        return
    # A fork of a process with threads may hang on a lock that nobody opens any more.
    with ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=check_fonts
    ) as pool:
        waiting: deque[Future[bytes]] = deque(pool.submit(to_pdf, page) for page in first)
        for page in pages:
            waiting.append(pool.submit(to_pdf, page))
            if len(waiting) > processes * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
