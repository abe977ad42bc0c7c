"""Regulations, archives and their loans."""

from __future__ import annotations

import itertools
from typing import Any

from app.domains.archives.models import ArchiveItem, ArchiveLoan, Regulation
from app.records import clock
from tests.factories import makes
from tests.factories.directory import an_employee

_next = itertools.count(1)


@makes("regulation")
def a_regulation(**values: Any) -> Regulation:
    return Regulation(
        **{
            "title_": f"第{next(_next)}号规定",
            "level": "provision",
            "interpreted_by": "办公室",
            "approved_by": "总经理",
        }
        | values
    )


@makes("archive_item")
def an_archive(**values: Any) -> ArchiveItem:
    number = next(_next)
    return ArchiveItem(
        **{
            "archive_no": f"WS-{number:04}",
            "title_": f"会议纪要第{number}卷",
            "category": "document",
            "year": 2010,
            "retention": "years_10",
        }
        | values
    )


@makes("archive_loan")
def a_loan(**values: Any) -> ArchiveLoan:
    return ArchiveLoan(
        **{
            "item": values.pop("item", None) or an_archive(),
            "borrower": values.pop("borrower", None) or an_employee(),
            "purpose": "编写年报",
            "from_on": clock.today(),
            "due_on": clock.today(),
        }
        | values
    )
