"""What information security keeps."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from app.domains.infosec.models import PermissionReview
from app.records import clock
from tests.factories import makes

_next = itertools.count(1)


@makes("permission_review")
def a_review(**values: Any) -> PermissionReview:
    return PermissionReview(
        **{
            "name": f"权限复核{next(_next)}",
            "system": "台账",
            "due_on": clock.today() + timedelta(days=14),
        }
        | values
    )
