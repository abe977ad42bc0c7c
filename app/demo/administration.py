"""The office says who approves what."""

from __future__ import annotations

from decimal import Decimal

from app.demo.story import Story
from app.domains.administration import operations
from app.domains.administration.models import AuthorityMatrix
from app.extensions import db


def divide_authority(story: Story) -> None:
    """Matter by matter: in force, replaced, ended, waiting, drafted, refused."""

    def draft(matter: str, limit: int | None, approver: str, days_ago: int) -> AuthorityMatrix:
        with story.as_("office", days_ago):
            line = AuthorityMatrix(
                matter=matter,
                limit=None if limit is None else Decimal(limit),
                approver=approver,
                basis="依《客户管理制度》第四条。",
            )
            db.session.add(line)
        return line

    def in_force(matter: str, limit: int | None, approver: str, days_ago: int) -> AuthorityMatrix:
        line = draft(matter, limit, approver, days_ago)
        story.approve_all(story.submit("office", line, days_ago), "同意。", days_ago - 1)
        return line

    for matter, limits in (
        ("服务费用减免", ((500, "service_staff"), (3000, "customer_service_manager"), (None, "general_manager"))),
        ("服务物品请购", ((2000, "customer_service_manager"), (20000, "deputy_general_manager"), (None, "general_manager"))),
        ("差旅费报销", ((5000, "department_head"), (None, "general_manager"))),
    ):  # fmt: skip
        for limit, approver in limits:
            in_force(matter, limit, approver, 120)
    in_force("服务费用减免", 5000, "customer_service_manager", 20)
    gone = in_force("礼品采购", 1000, "office", 100)
    with story.as_("office", 30):
        operations.end(gone, "礼品采购并入接待费用管理")
    story.submit("office", draft("差旅费报销", 8000, "department_head", 1), 1)
    draft("外聘培训费用", 10000, "human_resources", 0)
    refused = draft("服务物品请购", 50000, "deputy_general_manager", 8)
    story.decide(story.submit("office", refused, 8), "reject", "限额过高，维持原标准。", 7)
