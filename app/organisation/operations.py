"""What A and B do with a handover: both sign, B gives back."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.extensions import db
from app.organisation.models import AbHandover, AbPost, Employee, Post
from app.records import NotAllowed, Refusal, Refused, acting, clock, follows_from


@follows_from("ab_post")
def the_pair_is_called_by_its_post_and_people(pair: Any) -> None:
    post = pair.post or db.session.get(Post, pair.post_id or 0)
    a = pair.a_person or db.session.get(Employee, pair.a_person_id or 0)
    b = pair.b_person or db.session.get(Employee, pair.b_person_id or 0)
    if post is not None and a is not None and b is not None:
        pair.name = f"{post.post_name} · {a.name} / {b.name}"


@follows_from("ab_handover")
def the_handover_keeps_who_a_and_b_were(handover: Any) -> None:
    """A later change of the pair changes no handover that names it."""
    pair = handover.ab_post
    if pair is None and handover.ab_post_id is not None:
        pair = db.session.get(AbPost, handover.ab_post_id)
    if pair is not None and handover.state in (None, "drafted"):
        handover.a_person_id, handover.b_person_id = pair.a_person_id, pair.b_person_id
        if pair.a_person_id is None:  # a pair of this very click has no ids yet
            handover.a_person, handover.b_person = pair.a_person, pair.b_person


def sign(handover: AbHandover, _reason: str | None = None) -> None:
    """A or B signs, each for himself; with both signatures it is handed over (D8§5).

    :raises Refused: for anybody else, and for who has signed already
    """
    side = _side_of(handover)
    if side is None:
        raise NotAllowed(Refusal(_("A and B sign their handover themselves.")))
    if handover.state != "drafted":
        raise Refused(Refusal(_("It is signed by both already.")))
    if getattr(handover, side) is not None:
        raise Refused(Refusal(_("You have signed already; the other one has not yet.")))
    setattr(handover, side, clock.now())
    if handover.a_signed and handover.b_signed:
        handover.state = "handed"
    db.session.flush()


def give_back(handover: AbHandover, items: str | None) -> None:
    """A is back: what B did is noted, and B's rights end at once.

    :raises Refused: for anybody but the two, or without a word on what is given back
    """
    if _side_of(handover) is None:
        raise NotAllowed(Refusal(_("A or B notes what is given back.")))
    if not (items or "").strip():
        raise Refused(Refusal(_("Say what is given back."), "reason"))
    handover.back_items = str(items).strip()
    handover.returned_on = clock.today()
    handover.state = "returned"
    db.session.flush()


def why_not_sign(handover: Any) -> Any:
    if handover.state != "drafted":
        return _("It is signed by both already.")
    side = _side_of(handover)
    if side is None:
        return _("A and B sign their handover themselves.")
    return _("You have signed already.") if getattr(handover, side) is not None else None


def why_not_give_back(handover: Any) -> Any:
    if handover.state != "handed":
        return _("It is not handed over.")
    return None if _side_of(handover) else _("A or B notes what is given back.")


def _side_of(handover: AbHandover) -> str | None:
    """The column of the one who acts: `a_signed` or `b_signed`."""
    actor = acting().actor.id
    if actor is None:
        return None
    for side, employee_id in (
        ("a_signed", handover.a_person_id),
        ("b_signed", handover.b_person_id),
    ):
        employee = db.session.get(Employee, employee_id) if employee_id else None
        if employee is not None and employee.user_id == actor:
            return side
    return None
