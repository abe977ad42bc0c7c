"""What is wrong with a sheet: where, what stands there, why it may not be, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason at one cell.

    :param row: the row as the spreadsheet numbers it; 0 speaks of the sheet as a whole
    :param column: the header it stands under; "" speaks of the row as a whole
    :param cure: what would be right, where the house can say so
    """

    row: int
    column: str
    value: str
    reason: str
    cure: str = ""
    #: noticed, but no reason against the row
    is_warning: bool = False


class Unfit(ValueError):
    """What stands in a cell does not fit; carries the reason and, where known, the cure."""

    def __init__(self, reason: Any, cure: Any = "") -> None:
        self.reason, self.cure = str(reason), str(cure)
        super().__init__(self.reason)
