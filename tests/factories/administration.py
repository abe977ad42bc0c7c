"""Who approves what."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from app.domains.administration.models import AuthorityMatrix
from tests.factories import makes

_next = itertools.count(1)


@makes("authority_matrix")
def an_authority(**values: Any) -> AuthorityMatrix:
    return AuthorityMatrix(
        **{
            "matter": f"服务费用减免{next(_next)}",
            "limit": Decimal(5000),
            "approver": "customer_service_manager",
        }
        | values
    )
