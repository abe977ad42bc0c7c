"""What is owed again and again about people."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.deadlines.duties import Duty, declare
from app.deadlines.rhythm import Period, half_yearly, month_after
from app.domains.directory.personnel import Assessment, TrainingRecord
from app.extensions import db


def _confirmed(subject: str, period: str) -> int | None:
    """The last assessment of this kind for the period, where every one of them is confirmed."""
    cls: Any = Assessment
    mine = select(func.max(cls.id), func.count(cls.id).filter(cls.state != "confirmed")).where(
        cls.subject == subject, cls.period == period, cls.voided_at.is_(None)
    )
    last, unfinished = db.session.execute(mine).one()
    return None if unfinished else last


def it_staff_were_trained_and_assessed(period: Period) -> tuple[str, int] | None:
    """DL-47: in the half-year IT staff were trained, and every assessment of theirs is confirmed."""
    trained = db.session.scalar(
        select(func.max(TrainingRecord.id)).where(
            TrainingRecord.kind == "it_staff",
            TrainingRecord.state == "done",
            TrainingRecord.voided_at.is_(None),
            TrainingRecord.on >= period.first,
            TrainingRecord.on <= period.last,
        )
    )
    if trained is None or _confirmed("it_staff", period.key) is None:
        return None
    return "training_record", trained


def service_staff_were_assessed(period: Period) -> tuple[str, int] | None:
    """DL-37: the customers' ratings of the month became part of everybody's assessment (R101, R197)."""
    last = _confirmed("service_staff", period.key)
    return None if last is None else ("assessment", last)


declare(
    Duty(
        "DL-47", _("Train and assess the IT staff"), half_yearly, ("it_head",), "D7§7(4)", "training_record",
        it_staff_were_trained_and_assessed, escalates_to=("general_manager",), inferred=True,
    ),
    Duty(
        "DL-37", _("Monthly assessment of the service staff"), month_after(5),
        ("customer_service_manager", "human_resources"), "D9§15", "assessment", service_staff_were_assessed,
        escalates_to=("general_manager",), inferred=True,
    ),
)  # fmt: skip
