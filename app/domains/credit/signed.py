"""Who stands under a form first, and in whose name that is written which follows by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.documents import Signature
from app.extensions import db
from app.records import MACHINE, within


def signed_first_by(
    title: Any, writer: str = "", *, before: tuple[Any, ...] = ()
) -> Callable[[Any], Mapping[str, Any]]:
    """What a printout puts before the signatures of the case.

    :param writer: the relationship that names who wrote it; empty where the form is given in ink
    :param before: titles of further blocks that are signed in ink, in front
    """

    def blocks(record: Any) -> Mapping[str, Any]:
        at = record.submitted_at
        name = str(getattr(record, writer) or "") if writer and at is not None else ""
        return {"first": [*(Signature(one) for one in before), Signature(title, name=name, at=at)]}

    return blocks


@contextmanager
def in_nobodys_name() -> Iterator[None]:
    """What follows by itself has no author: who signed what led to it may sign this too (BR-170)."""
    with within(who=lambda: MACHINE):
        yield
        db.session.flush()
