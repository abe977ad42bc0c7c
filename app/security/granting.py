"""Giving and changing rights: nobody gives more than he holds.

A grant wider than the giver's own rights is kept as a `RightsRequest` and waits until somebody decides
who holds it himself, in the end the general manager. While nobody holds that role the administrator's
grants count at once, and the book says so: somebody has to let the first people in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from app.extensions import Base, db
from app.security import events, scopes, users
from app.security.models import RightsRequest, RoleGrant, RoleScope, stored_now
from app.security.roles import EVERYBODY, VERBS

#: who decides in the end
HIGHEST = "general_manager"

_WIDTH = {"own": 1, "own_deputised": 2, "department": 3, "all": 4}


# -- how wide a right is -------------------------------------------------------------------------------


def covers_reach(mine: Collection[str], reach: str) -> bool:
    """Whether one of my reaches goes as far as this one."""
    if "all" in mine or reach in mine:
        return True
    return reach in _WIDTH and any(_WIDTH.get(one, 0) >= _WIDTH[reach] for one in mine)


def covers_role(person: scopes.Person, role: str) -> bool:
    """Whether the person holds everything that the role gives, as far as it gives it."""
    if users.role_id(role) in person.role_ids:
        return True
    mine = scopes.rights_of(person)
    theirs = users.rights_of_role(role)
    for key, reaches in theirs.scopes.items():
        if not all(covers_reach(mine.scopes.get(key, frozenset()), reach) for reach in reaches):
            return False
    # A field that is hidden from me must not be opened to somebody by me.
    return all(
        theirs.fields.get(register, {}).get(name) == limit
        for register, limits in mine.fields.items()
        for name, limit in limits.items()
        if (VERBS["r"], register) in theirs.permissions
    )


def covers_cell(person: scopes.Person, register: str, verbs: Iterable[str], reach: str) -> bool:
    mine = scopes.rights_of(person)
    return all(
        covers_reach(mine.scopes.get((VERBS[verb], register), frozenset()), reach)
        for verb in verbs
    )


def is_highest(person: scopes.Person) -> bool:
    return users.role_id(HIGHEST) in person.role_ids


def somebody_decides() -> bool:
    """Whether anybody is there whom a wider grant could wait for."""
    return bool(users.holding(HIGHEST))


# -- what is in force ----------------------------------------------------------------------------------


def cell(role: str, register: str) -> tuple[str, str]:
    """(verbs, reach) of a cell of the matrix as it stands."""
    role_id, rights = users.role_id(role), users.rights_of_role(role)
    verbs = "".join(v for v in VERBS if (VERBS[v], register) in rights.permissions)
    reach = db.session.scalar(
        select(RoleScope.scope).where(RoleScope.role_id == role_id, RoleScope.register == register)
    )
    return verbs, reach or "own"


def widened(before: tuple[str, str], after: tuple[str, str]) -> str:
    """The verbs that a change of a cell gives anew, or to more rows."""
    (old_verbs, old_reach), (new_verbs, new_reach) = before, after
    if covers_reach({old_reach}, new_reach):
        return "".join(v for v in new_verbs if v not in old_verbs)
    return new_verbs


# -- carrying out --------------------------------------------------------------------------------------


def set_roles(user: Any, wanted: Iterable[str], **details: Any) -> None:
    """These are the standing roles of the account from now on."""
    role = users.role_class()
    before = sorted(r.name for r in user.roles)
    names = {*wanted, EVERYBODY}
    user.roles = list(db.session.scalars(select(role).where(role.name.in_(names))))
    events.tell("roles", user, before=before, after=sorted(names), **details)


def give_until(
    user: Any, role: str, from_on: date, until: date, reason: str, by: int | None, **details: Any
) -> RoleGrant:
    """A role with an end."""
    grant = RoleGrant(
        user_id=user.id,
        role_id=users.role_id(role),
        from_on=from_on,
        until=until,
        reason=reason[:500],
        by_id=by,
        at=stored_now(),
    )
    db.session.add(grant)
    db.session.flush()
    events.tell(
        "role_until",
        user,
        role=role,
        from_on=str(from_on),
        until=str(until),
        reason=reason,
        **details,
    )
    return grant


def end(user: Any, grant: RoleGrant, role: str) -> None:
    """A role with an end is taken back before it."""
    if grant.ended_at is None:
        grant.ended_at = stored_now()
        db.session.flush()
        events.tell("role_ended", user, role=role, until=str(grant.until))


def set_cell(role: str, register: str, verbs: str, reach: str, **details: Any) -> None:
    """What a role may in a register from now on; `sync` never writes over it."""
    before = cell(role, register)
    connection = db.session.connection()
    tables = Base.metadata.tables
    role_id = users.role_id(role)
    pair, permission, view = (
        tables[name] for name in ("ab_permission_view", "ab_permission", "ab_view_menu")
    )
    ids = dict(
        connection.execute(
            select(permission.c.name, pair.c.id)
            .join(permission, permission.c.id == pair.c.permission_id)
            .join(view, view.c.id == pair.c.view_menu_id)
            .where(view.c.name == register)
        ).all()
    )
    grants = tables["ab_permission_view_role"]
    connection.execute(
        delete(grants).where(
            grants.c.role_id == role_id, grants.c.permission_view_id.in_(ids.values())
        )
    )
    if verbs:
        connection.execute(
            insert(grants),
            [{"role_id": role_id, "permission_view_id": ids[VERBS[verb]]} for verb in verbs],
        )
    known = db.session.scalar(
        select(RoleScope).where(RoleScope.role_id == role_id, RoleScope.register == register)
    )
    # The row stays without a verb too: it says that the office has decided, and `sync` seeds nothing here.
    if known is None:
        db.session.add(RoleScope(role_id=role_id, register=register, scope=reach))
    else:
        known.scope = reach
    db.session.flush()
    scopes.rights_changed(connection)
    events.tell(
        "cell",
        None,
        name=f"{users.role_title(role)} · {register}",
        role=role,
        table=register,
        before=list(before),
        after=[verbs, reach],
        **details,
    )


# -- what waits ----------------------------------------------------------------------------------------


def ask(
    kind: str,
    target_id: int | None,
    wanted: Mapping[str, Any],
    asked_by: int,
    reason: str = "",
) -> RightsRequest:
    """Keep a grant that is wider than its giver's rights, for whoever may decide about it."""
    request = RightsRequest(
        kind=kind,
        target_id=target_id,
        wanted=dict(wanted),
        asked_by_id=asked_by,
        asked_at=stored_now(),
        reason=reason[:500],
    )
    db.session.add(request)
    db.session.flush()
    about = users.by_id(target_id) if kind in ("roles", "until") else None
    events.tell("grant_asked", about, name=kind, wanted=dict(wanted), reason=reason)
    return request


def waiting() -> list[RightsRequest]:
    query = select(RightsRequest).where(RightsRequest.status == "waiting")
    return list(db.session.scalars(query.order_by(RightsRequest.id)))


def gains(request: RightsRequest) -> list[str]:
    """The roles that it would give; none for a cell."""
    wanted = request.wanted
    if request.kind == "roles":
        return list(wanted["roles"])
    if request.kind == "until":
        return [wanted["role"]]
    return list(wanted["more"]) if request.kind == "post" else []


def why_not_decide(
    request: RightsRequest, person: scopes.Person, holds_post: Callable[[int], Collection[int]]
) -> str:
    """ "", or the word for why this person does not decide: "asked", "own" or "narrow".

    :param holds_post: accounts of who holds a post
    """
    if request.asked_by_id == person.user_id:
        return "asked"
    if request.kind in ("roles", "until") and request.target_id == person.user_id:
        return "own"
    if request.kind == "post" and person.user_id in holds_post(request.target_id or 0):
        return "own"
    if is_highest(person):
        return ""
    if request.kind == "cell":
        wanted = request.wanted
        if users.role_id(wanted["role"]) in person.role_ids:
            return "own"
        held = covers_cell(person, wanted["register"], wanted["widened"], wanted["reach"])
    else:
        held = all(covers_role(person, role) for role in gains(request))
    return "" if held else "narrow"


def close(request: RightsRequest, status: str, by: int, note: str) -> None:
    request.status, request.decided_by_id = status, by
    request.decided_at, request.decision = stored_now(), note[:500]
    db.session.flush()


__all__ = [
    "HIGHEST",
    "ask",
    "cell",
    "close",
    "covers_cell",
    "covers_role",
    "end",
    "gains",
    "give_until",
    "is_highest",
    "set_cell",
    "set_roles",
    "somebody_decides",
    "waiting",
    "why_not_decide",
    "widened",
]
