"""Who is asked: the people of a step as the firm stands at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.approvals.spec import StepSpec, holds
from app.extensions import db
from app.organisation import people
from app.organisation.models import Employee, EmployeeState
from app.security import scopes, users
from app.security.models import RoleScope
from app.security.roles import VERBS


@dataclass
class Firm:
    """What `decide` must know, answered from the database.

    :param record: the record the case is about
    :param requester: account of who submitted it
    :param chosen: step key → accounts the requester chose
    :param proposed: values asked for, where the case is about a change
    """

    record: Any
    requester: int
    chosen: dict[str, list[int]]
    proposed: dict[str, Any] | None = None

    @property
    def barred(self) -> frozenset[int]:
        """Nobody decides what he asked for (BR-157) or wrote (BR-170); the administrator neither."""
        author = getattr(self.record, "created_by_id", None)
        named = [getattr(self.record, name, None) for name in self.record.never_signed_by]
        also = people.users_of(i for i in named if i is not None).values()
        return frozenset({self.requester, *also} | ({author} if author else set()))

    def applies(self, step: StepSpec) -> bool:
        return holds(step.when, self.value)

    def value(self, path: str) -> Any:
        """A field of the record, as it would be after the change; `customer.kind` asks a neighbour."""
        if self.proposed and path in self.proposed:
            return self.proposed[path]
        value: Any = self.record
        for name in path.split("."):
            value = getattr(value, name, None)
        return value

    def candidates(self, step: StepSpec) -> tuple[int, ...]:
        who = step.who
        match who.kind:
            case "role":
                found: Iterable[int | None] = holders(who.names, type(self.record), self.record.id)
            case "post":
                found = people.holders_of(who.number)
            case "head":
                found = [people.head_of(people.department_of(self.requester))]
            case "record_head":
                found = [people.head_of(self.record.owner_dept_id)]
            case "superior":
                found = [people.superior_of(self.requester, who.number or 1)]
            case "field":
                named = [getattr(self.record, name, None) for name in who.names]
                found = people.users_of(i for i in named if i is not None).values()
            case "person":
                found = people.users_of([who.number]).values()
            case "chosen":
                found = self.chosen.get(step.key, ())
            case _:
                raise ValueError(f"nobody knows how to ask {who.kind!r}")
        asked = tuple(dict.fromkeys(one for one in found if one))
        if who.kind == "role":
            return asked  # chosen by their right to sign already
        register = self.record.register_name()
        return tuple(one for one in asked if may_sign(one, register))

    def fallback(self, step: StepSpec) -> tuple[int, ...]:
        return tuple(holders(step.fallback, type(self.record), self.record.id))

    def superior(self, person: int) -> int | None:
        return people.superior_of(person)


def holders(roles: Iterable[str], cls: Any, record_id: int | None) -> list[int]:
    """Active accounts that hold one of the roles and whose right to sign reaches the record."""
    found: list[int] = []
    for name in roles:
        user_ids = users.holding(
            name,
            but=select(Employee.user_id).where(
                Employee.user_id.is_not(None), Employee.state == EmployeeState.LEFT
            ),
        )
        wide = db.session.scalar(
            select(RoleScope.scope).where(
                RoleScope.role_id == users.role_id(name), RoleScope.register == cls.__tablename__
            )
        )
        signs = (VERBS["s"], cls.__tablename__) in users.rights_of_role(name).permissions
        for user_id in user_ids:
            # The role itself lets everybody sign everything; or another right of his does.
            by_role = signs and (wide == "all" or record_id is None)
            if by_role or _reaches(user_id, cls, record_id):
                found.append(user_id)
    return list(dict.fromkeys(found))


def _reaches(user_id: int, cls: Any, record_id: int | None) -> bool:
    person = scopes.someone(users.by_id(user_id))
    if not scopes.may(person, "s", cls.__tablename__):
        return False
    condition = scopes.rows(person, "s", cls)
    if condition is None or record_id is None:
        return True
    return db.session.scalar(select(cls.id).where(cls.id == record_id, condition)) is not None


def may_sign(user_id: int, register: str) -> bool:
    """Signing is a right of its own: whoever is asked must still hold it when he signs."""
    user = users.by_id(user_id)
    return user is not None and user.active and scopes.may(scopes.someone(user), "s", register)


__all__ = ["Firm", "holders", "may_sign"]
