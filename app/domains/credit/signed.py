"""The first block of a form: who wrote it and handed it in stands before those who signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.documents import Signature


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
