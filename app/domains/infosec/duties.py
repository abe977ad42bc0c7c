"""What information security owes again and again."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.deadlines.duties import Duty, declare
from app.deadlines.rhythm import Period, quarterly
from app.domains.infosec.models import PermissionReview
from app.extensions import db
from app.records import clock


def rights_were_reviewed(period: Period) -> tuple[str, int] | None:
    """DL-51: every review that was opened in the quarter is signed."""
    begin = datetime.combine(period.first, datetime.min.time(), clock.OFFICE)
    end = datetime.combine(period.last, datetime.max.time(), clock.OFFICE)
    rows = db.session.execute(
        select(PermissionReview.id, PermissionReview.state).where(
            PermissionReview.created_at >= begin,
            PermissionReview.created_at <= end,
            PermissionReview.voided_at.is_(None),
        )
    ).all()
    if not rows or any(row.state != "done" for row in rows):
        return None
    return "permission_review", rows[-1].id


declare(
    Duty(
        "DL-51", _("Review the permissions of all operators"), quarterly,
        ("website_admin", "network_system_admin"), "D18§1.8", "permission_review", rights_were_reviewed,
        escalates_to=("it_head", "general_manager"), inferred=True,
    ),
)  # fmt: skip
