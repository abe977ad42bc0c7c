"""When the organisation says no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    if employee.state != "left":
        return
    no = why_not_leave(employee) if employee.changed("state") else _why_no_account(employee)
    if no:
        yield Refusal(no, "state")


Tie = Callable[[Any], Any]
_ties: list[Tie] = []


def ties(question: Tie) -> Tie:
    """A floor above says what a person must settle before he leaves: why not yet, or None."""
    _ties.append(question)
    return question


def why_not_leave(employee: Any) -> Any:
    """Why a person cannot be recorded as having left: his account, and all that is still in his hands."""
    if no := _why_no_account(employee):
        return no
    return next((no for question in _ties if (no := question(employee))), None)


def _why_no_account(employee: Any) -> Any:
    if employee.user_id:
        return _("Who left the company keeps no account. Take the account away first.")
    return None


def a_is_not_b(pair: Any) -> Iterator[Refusal]:
    """BR-015."""
    a, b = (getattr(pair, name) for name in ("a_person_id", "b_person_id"))
    if (a is not None and a == b) or (
        pair.a_person is not None and pair.a_person is pair.b_person
    ):
        yield Refusal(_("A and B are two persons."), "b_person_id")


def post_has_one_active_pair(pair: Any) -> Iterator[Refusal]:
    if pair.post_id is not None and pair.a_person_id is not None and type(pair).others_of(pair):
        yield Refusal(
            _("This person has a B in this post in these days already. End that pair first."),
            "post_id",
        )


def both_sign_before_it_is_handed(handover: Any) -> Iterator[Refusal]:
    if handover.state != "drafted" and not (handover.a_signed and handover.b_signed):
        yield Refusal(_("A and B both sign before it counts as handed over."), "state")
