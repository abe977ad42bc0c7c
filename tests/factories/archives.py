"""Regulations."""

from __future__ import annotations

import itertools
from typing import Any

from app.domains.archives.models import Regulation
from tests.factories import makes

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
