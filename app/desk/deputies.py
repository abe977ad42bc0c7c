"""Who stands in for whom today, which posts nobody stands in for, and what was taken over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, render_template
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.approvals import inbox
from app.approvals.models import ApprovalAction, ApprovalCase, ApprovalFlow
from app.approvals.words import command_word
from app.extensions import db
from app.organisation import standing_in
from app.organisation.models import AbHandover, AbPost, Employee, EmployeeState, Post
from app.records import clock
from app.registers import pages
from app.registers.cells import day, moment
from app.registers.page import Page, asks_for, expose
from app.security import scopes

_SOON = timedelta(days=14)
_SHOWN = 50
#: posts without B: key posts stand first, and a list of all would hide the rest of the page
_FEW = 12


class Deputies(Page):
    """A/B posts as they stand this morning (D8§5)."""

    route_base = "/deputies"
    default_view = "index"

    @expose("/")
    @asks_for("r", "ab_post")
    def index(self) -> Any:
        person, today = g.person, clock.today()
        return render_template(
            "desk/deputies.html",
            lists=[
                _running(person, today),
                _coming(person, today),
                _without_b(person, today),
                _taken_over(person),
            ],
        )


def _with_people(statement: Any) -> Any:
    return statement.options(
        joinedload(AbHandover.ab_post),
        joinedload(AbHandover.a_person),
        joinedload(AbHandover.b_person),
    )


def _running(person: scopes.Person, today: Any) -> pages.WorkList:
    statement = scopes.narrow(standing_in.handed_over(today), person, "r", AbHandover)
    rows = []
    for one in db.session.scalars(_with_people(statement).order_by(AbHandover.leave_to)).unique():
        waiting = (
            inbox.count({one.a_person.user_id}) if one.a_person and one.a_person.user_id else 0
        )
        rows.append(
            pages.WorkRow(
                _("%(b)s for %(a)s", a=one.a_person, b=one.b_person),
                f"/ab_handover/show/{one.id}",
                number=one.number or "",
                meta=(
                    str(one.ab_post),
                    _("%(count)d signatures wait", count=waiting)
                    if waiting
                    else _("nothing waits"),
                ),
                due=_("until %(day)s", day=day(one.leave_to)),
                tone="warn" if one.leave_to == today else "mute",
            )
        )
    return pages.WorkList(
        _("Stands in today"),
        rows,
        count=str(len(rows)),
        empty=_("Nobody stands in for anybody today."),
    )


def _coming(person: scopes.Person, today: Any) -> pages.WorkList:
    statement = scopes.narrow(
        select(AbHandover).where(
            AbHandover.voided_at.is_(None),
            AbHandover.state != "returned",
            AbHandover.leave_from > today,
            AbHandover.leave_from <= today + _SOON,
        ),
        person,
        "r",
        AbHandover,
    )
    rows = [
        pages.WorkRow(
            _("%(b)s for %(a)s", a=one.a_person, b=one.b_person),
            f"/ab_handover/show/{one.id}",
            number=one.number or "",
            meta=(str(one.ab_post),),
            chips=() if one.state == "handed" else (pages.Chip(_("Not signed by both"), "warn"),),
            due=_("from %(day)s", day=day(one.leave_from)),
            # DL-15: the handover is signed before the leave starts.
            tone="bad"
            if one.state == "drafted" and one.leave_from <= today + timedelta(days=1)
            else "mute",
        )
        for one in db.session.scalars(
            _with_people(statement).order_by(AbHandover.leave_from)
        ).unique()
    ]
    return pages.WorkList(
        _("Within two weeks"), rows, count=str(len(rows)), empty=_("No handover is coming up.")
    )


def posts_without_b(person: scopes.Person, today: Any) -> list[Any]:
    """(post, holder) of everybody who holds a post and has no B in it today."""
    pair = aliased(AbPost)
    covered = (
        select(pair.id)
        .where(
            pair.post_id == Employee.post_id,
            pair.a_person_id == Employee.id,
            pair.voided_at.is_(None),
            (pair.valid_from.is_(None)) | (pair.valid_from <= today),
            (pair.valid_to.is_(None)) | (pair.valid_to >= today),
        )
        .exists()
    )
    statement = (
        select(Post, Employee)
        .join(Employee, Employee.post_id == Post.id)
        .where(
            Post.state == "active",
            Post.voided_at.is_(None),
            Employee.state == EmployeeState.IN_SERVICE,
            Employee.voided_at.is_(None),
            ~covered,
        )
    )
    statement = scopes.narrow(statement, person, "r", Post)
    return list(
        db.session.execute(
            statement.order_by(Post.is_key_post.desc(), Post.post_name, Employee.id)
        ).unique()
    )


def _without_b(person: scopes.Person, today: Any) -> pages.WorkList:
    found = posts_without_b(person, today)
    rows = [
        pages.WorkRow(
            post.post_name,
            f"/post/show/{post.id}",
            number=post.number or "",
            meta=(holder.name,),
            chips=(pages.Chip(_("Key post"), "bad"),) if post.is_key_post else (),
            action=pages.Action(
                "pair",
                _("Name B"),
                f"/ab_post/add?post_id={post.id}&a_person_id={holder.id}",
                icon="user-plus",
            )
            if scopes.may(person, "a", "ab_post")
            else None,
        )
        for post, holder in found[:_FEW]
    ]
    return pages.WorkList(
        _("Posts without B"),
        rows,
        count=str(len(found)),
        empty=_("Everybody has somebody who stands in."),
        note=_("the first %(count)d, key posts before the others", count=_FEW)
        if len(found) > _FEW
        else "",
    )


def _taken_over(person: scopes.Person) -> pages.WorkList:
    """What B signed for A in the last thirty days: by oneself, for oneself, or all for who reads all."""
    statement = (
        select(ApprovalAction)
        .join(ApprovalAction.case)
        .where(
            ApprovalAction.for_id.is_not(None),
            ApprovalAction.at > clock.now() - timedelta(days=30),
        )
        .options(
            contains_eager(ApprovalAction.case)
            .selectinload(ApprovalCase.flow)
            .selectinload(ApprovalFlow.steps)
        )
    )
    if scopes.rows(person, "r", AbHandover) is not None:
        statement = statement.where(
            (ApprovalAction.actor_id == person.user_id) | (ApprovalAction.for_id == person.user_id)
        )
    rows = [
        pages.WorkRow(
            act.case.record_label,
            f"/approvals/case/{act.case_id}",
            meta=(
                _("%(b)s for %(a)s", a=act.for_name, b=act.actor_name),
                command_word(act.command),
                moment(act.at),
            ),
        )
        for act in db.session.scalars(statement.order_by(ApprovalAction.id.desc()).limit(_SHOWN))
    ]
    return pages.WorkList(
        _("Signed as deputy in the last 30 days"),
        rows,
        count=str(len(rows)),
        empty=_("Nobody signed for somebody else."),
    )
