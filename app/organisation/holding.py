"""Which roles an account holds at this moment, and through what.

Four ways lead to a role: a standing grant; a grant with an end; the post one holds; and, within a
handover, the post of whom one stands in for (BR-015). `scopes` asks all four at once on every page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, null, select, union

from app.extensions import db
from app.organisation import standing_in
from app.organisation.models import Employee, EmployeeState, Post, PostRole, PostState
from app.records import Refusal, clock
from app.records.context import Context
from app.records.flush import guarded_by
from app.security import conflicts, users
from app.security.models import RoleGrant, RowGrant


@dataclass(frozen=True)
class Held:
    """One role of one account.

    :param way: "grant", "until", "post" or "deputy"
    :param through: the name of the post
    :param grant_id: the grant with an end, where it is one
    """

    role: str
    way: str
    through: str = ""
    from_on: date | None = None
    until: date | None = None
    grant_id: int | None = None


def _role() -> Any:
    return users.role_class()


def of(user: Any) -> list[Held]:
    """Every role and way, standing grants first."""
    role, today = _role(), clock.today()
    found = [Held(name, "grant") for name in sorted(users.granted(user))]
    granted = (
        select(role.name, RoleGrant.from_on, RoleGrant.until, RoleGrant.id)
        .join(role, role.id == RoleGrant.role_id)
        .where(RoleGrant.user_id == user.id, RoleGrant.in_force(today))
        .order_by(RoleGrant.until, role.name)
    )
    found += [
        Held(r.name, "until", "", r.from_on, r.until, r.id) for r in db.session.execute(granted)
    ]
    carried = (
        _carried(role.name, Post.post_name)
        .join(role, role.id == PostRole.role_id)
        .order_by(role.name)
    )
    own = carried.where(Post.id.in_(_of_posts_held(user.id)))
    found += [Held(name, "post", post) for name, post in db.session.execute(own)]
    pairs = standing_in.pairs(today).subquery()
    lent = (
        carried.add_columns(pairs.c.until)
        .join(pairs, pairs.c.post == Post.id)
        .where(pairs.c.b_user == user.id)
    )
    return found + [
        Held(name, "deputy", post, until=until) for name, post, until in db.session.execute(lent)
    ]


def names(user: Any) -> frozenset[str]:
    """The roles an account holds now, by whichever way."""
    return frozenset(one.role for one in of(user))


users.roles_are_told_by(names)


def _serving() -> ColumnElement[bool]:
    return (Employee.state == EmployeeState.IN_SERVICE) & Employee.voided_at.is_(None)


def _of_posts_held(user_id: int) -> Any:
    return select(Employee.post_id).where(Employee.user_id == user_id, _serving())


def _carried(*columns: Any) -> Select[Any]:
    """These columns of every role that a post in force carries."""
    return (
        select(*columns)
        .select_from(PostRole)
        .join(Post, Post.id == PostRole.post_id)
        .where(Post.state == PostState.ACTIVE, Post.voided_at.is_(None))
    )


def parts(user_id: int, me: Any, pairs: Any) -> list[Any]:
    """What the one question of every page asks about roles besides the standing ones, and about rows
    that requests opened: rows of (employee, department, "role" or "opened", id of a role or how many).
    """
    nobody = cast(null(), Integer)
    carried = _carried(nobody, nobody, literal("role"), PostRole.role_id)
    opened = func.count(RowGrant.id)
    return [
        select(nobody, nobody, literal("opened"), opened).where(
            RowGrant.user_id == user_id, RowGrant.in_force(clock.today())
        ),
        select(nobody, nobody, literal("role"), RoleGrant.role_id).where(
            RoleGrant.user_id == user_id, RoleGrant.in_force(clock.today())
        ),
        carried.where(Post.id.in_(_of_posts_held(user_id))),
        carried.join(pairs, pairs.c.post == Post.id).where(
            pairs.c.b_employee.in_(select(me.c.id))
        ),
    ]


def holders(role_name: str) -> Any:
    """A select of accounts that hold a role through their post or a grant with an end.

    Who only stands in for a holder is none of them: he acts for A, on A's own tasks.
    """
    role = _role()
    by_grant = (
        select(RoleGrant.user_id)
        .join(role, role.id == RoleGrant.role_id)
        .where(role.name == role_name, RoleGrant.in_force(clock.today()))
    )
    by_post = (
        _carried(Employee.user_id)
        .join(role, role.id == PostRole.role_id)
        .join(Employee, Employee.post_id == Post.id)
        .where(role.name == role_name, Employee.user_id.is_not(None), _serving())
    )
    return union(by_grant, by_post)


users.roles_are_also_held_by(holders)


def roles_of_post(post_id: int | None) -> list[str]:
    role = _role()
    query = (
        select(role.name)
        .join(PostRole, PostRole.role_id == role.id)
        .where(PostRole.post_id == post_id)
        .order_by(role.name)
    )
    return list(db.session.scalars(query))


def set_roles_of_post(post: Post, wanted: Iterable[str]) -> None:
    """The post carries these roles from now on, and whoever holds it has them."""
    ids = {users.role_id(name) for name in wanted}
    kept = set()
    for row in db.session.scalars(select(PostRole).where(PostRole.post_id == post.id)):
        if row.role_id in ids:
            kept.add(row.role_id)
        else:
            db.session.delete(row)
    db.session.add_all(PostRole(post_id=post.id, role_id=one) for one in ids - kept if one)
    db.session.flush()
    db.session.expire(post, ["roles"])


def contradictions(user: Any, more: Iterable[str] = (), but_post: bool = False) -> list[Any]:
    """Roles this account would hold against each other with these besides, and that nothing excepts."""
    held = {one.role for one in of(user) if not (but_post and one.way == "post")}
    return conflicts.open_ones(user.id, held | set(more), clock.today())


@guarded_by
def a_post_is_taken_with_its_roles(record: Any, context: Context, act: str) -> Any:
    """Who moves into a post gets what it carries: nobody moves himself, nobody gets what contradicts."""
    if (
        not isinstance(record, Employee)
        or act == "delete"
        or context.undoing is not None
        or record.user_id is None
        or not record.changed("post_id", "user_id", "state")
        or record.state != EmployeeState.IN_SERVICE
    ):
        return
    with db.session.no_autoflush:
        post_id = record.post_id or (record.post.id if record.post is not None else None)
        carried = roles_of_post(post_id)
        if not carried:
            return
        if act == "edit" and context.actor.id == record.user_id and record.changed("post_id"):
            yield Refusal(
                _("Nobody gives himself a post that carries roles. Ask somebody else."), "post_id"
            )
            return
        user = users.by_id(record.user_id)
        found = contradictions(user, carried, but_post=True) if user is not None else []
    for one in found:
        yield Refusal(
            _(
                "One person must not hold “%(a)s” and “%(b)s” (%(basis)s).",
                a=users.role_title(one.first),
                b=users.role_title(one.second),
                basis=one.basis,
            ),
            "post_id",
        )
