"""What stands around the contents of a form: its head, its foot, its signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Head:
    """The head and the foot of a paper form."""

    title: Any
    company: str = ""
    office: str = ""
    subtitle: Any = ""
    number: str = ""
    version: int | None = None
    #: further lines of the head: (label, value), such as the day the card was filled in
    facts: Sequence[tuple[Any, Any]] = ()
    #: form number and article, at the foot of every page
    form: str = ""
    article: Any = ""
    #: the check code, and the address behind the QR code
    check: str = ""
    address: str = ""
    printed_at: datetime | None = None
    printed_by: str = ""
    #: the how manieth print of this record it is
    times: int = 0
    landscape: bool = False
    #: what must not be overlooked: void, draft
    stamp: Any = ""


@dataclass(frozen=True)
class Signature:
    """One block at the foot of a form: signed in the system, or left empty for ink."""

    title: Any
    name: str = ""
    #: the person on whose behalf a deputy signed
    for_name: str = ""
    opinion: str = ""
    at: datetime | None = None
    #: what stands below the time: the handover under which a deputy signed
    note: Any = ""
    #: words printed in an empty block: what the signer confirms by hand
    statement: Any = ""

    @property
    def is_signed(self) -> bool:
        return bool(self.name)
