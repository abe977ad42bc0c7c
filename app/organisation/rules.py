"""When the organisation says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _

from app.records.refusals import Refusal


def department_is_not_below_itself(department: Any) -> Iterator[Refusal]:
    above, steps = department.referred("parent"), 0
    while above is not None and steps < 50:
        if above is department:
            yield Refusal(_("A department cannot stand below itself."), "parent_id")
            return
        above, steps = above.parent, steps + 1


def headcount_is_not_negative(post: Any) -> Iterator[Refusal]:
    if post.headcount is not None and post.headcount < 0:
        yield Refusal(_("The headcount cannot be below zero."), "headcount")


def account_belongs_to_one_person(employee: Any) -> Iterator[Refusal]:
    if employee.state == "left" and (no := why_not_leave(employee)):
        yield Refusal(no, "state")


def why_not_leave(employee: Any) -> Any:
    if employee.user_id:
        return _("Who left the company keeps no account. Take the account away first.")
    return None
