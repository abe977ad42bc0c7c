"""Who sees and writes which rows and fields: one place, asked by every path.

List, show, edit, delete, actions, selects, REST, export, print, measures and search all take their
condition from here; a path that asks nobody has a failing test.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select, text, true

from app.extensions import db
from app.security.roles import ADMINISTRATOR, VERBS

FIELD_GROUP = "field_group:"


@dataclass(frozen=True)
class Person:
    """Who asks, and what the organisation says of him."""

    user_id: int | None
    role_ids: frozenset[int] = frozenset()
    employee_id: int | None = None
    department_id: int | None = None
    #: his department and those below it
    departments: frozenset[int] = frozenset()
    #: employees whose B he is today, within a handover
    deputised: frozenset[int] = frozenset()
    #: their accounts: whose tasks he may sign
    stands_for: frozenset[int] = frozenset()
    #: what is known of him on every page: how many signatures wait, how many rows requests opened
    figures: Mapping[str, int] = field(default_factory=dict, compare=False)
    #: the machine and the console are held by no scope
    unlimited: bool = False


THE_MACHINE = Person(None, unlimited=True)


@dataclass(frozen=True)
class Rights:
    """What a set of roles may do, read once and kept until somebody changes a right."""

    #: (permission, view or register)
    permissions: frozenset[tuple[str, str]] = frozenset()
    #: (verb, register) → scopes, one for each role that grants the verb
    scopes: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    #: register → field → hidden, masked or readonly
    fields: dict[str, dict[str, str]] = field(default_factory=dict)


_cache: dict[tuple[int, frozenset[int]], Rights] = {}
_describe: Callable[[Any], dict[str, Any]] | None = None
_granted: Callable[[Person, str, Any], ColumnElement[bool] | None] | None = None
_withheld: list[Callable[[Person, str, str], bool]] = []
_shields: list[Callable[[], Mapping[str, Iterable[str]]]] = []


def describe_people_by(question: Callable[[Any], dict[str, Any]]) -> None:
    """`organisation` tells here which employee, department and deputies a user has."""
    global _describe
    _describe = question


def grant_rows_by(question: Callable[[Person, str, Any], ColumnElement[bool] | None]) -> None:
    """Approved access requests tell here which rows they open."""
    global _granted
    _granted = question


def withhold_by(question: Callable[[Person, str, str], bool]) -> Any:
    """Whether a person does not hold this verb on this register for now, whatever his roles say.

    Asked on every path; it answers from what the person already carries (see `Person.figures`).
    """
    _withheld.append(question)
    return question


def shield_by(question: Callable[[], Mapping[str, Iterable[str]]]) -> Any:
    """Which fields the house does not need, by register: hidden from everybody, whatever his roles say.

    The answer is kept with the rights; whoever changes it tells so by `rights_changed`.
    """
    _shields.append(question)
    return question


def _is_withheld(person: Person, verb: str, register: str) -> bool:
    return any(question(person, verb, register) for question in _withheld)


def person_of(user: Any) -> Person:
    """The person behind a user, remembered for the length of the request."""
    if user is None or getattr(user, "is_anonymous", False):
        return Person(None)
    if (
        has_request_context()
        and (known := getattr(g, "person", None))
        and known.user_id == user.id
    ):
        return known  # type: ignore[no-any-return]
    person = someone(user)
    if has_request_context():
        g.person = person
    return person


def someone(user: Any) -> Person:
    """The person behind any account: about whom a question is asked, not who asks it."""
    roles = {role.id for role in user.roles}
    for group in getattr(user, "groups", ()):
        roles |= {role.id for role in group.roles}
    more = _describe(user) if _describe else {}
    roles |= more.pop("role_ids", frozenset())
    return Person(user.id, frozenset(roles), **more)


def rights_of(person: Person) -> Rights:
    key = (epoch(), person.role_ids)
    if key not in _cache:
        if len(_cache) > 500:
            _cache.clear()
        _cache[key] = _read(person.role_ids)
    return _cache[key]


_role_names: dict[int, dict[int, str]] = {}


def role_names(person: Person) -> dict[int, str]:
    """id → name of every role the person holds now, by whichever way."""
    now = epoch()
    if not person.role_ids <= _role_names.get(now, {}).keys():
        _role_names.clear()
        _role_names[now] = {
            row.id: row.name for row in db.session.execute(text("SELECT id, name FROM ab_role"))
        }
    return {pk: _role_names[now][pk] for pk in sorted(person.role_ids)}


def epoch() -> int:
    """A number that is another one after every change of a right or a setting: what is kept in memory
    under it is still true."""
    if has_request_context() and "rights_epoch" in g:
        return g.rights_epoch  # type: ignore[no-any-return]
    value = db.session.execute(text("SELECT value FROM rights_epoch WHERE id = 1")).scalar() or 0
    if has_request_context():
        g.rights_epoch = value
    return int(value)


def rights_changed(connection: Any) -> None:
    """Whoever changes a right or a setting calls this in the same transaction.

    By chance and not by counting: a change that was taken back and another one made later must not
    share a number.
    """
    connection.execute(
        text(
            "INSERT INTO rights_epoch (id, value) VALUES (1, :value) "
            "ON CONFLICT (id) DO UPDATE SET value = :value"
        ),
        {"value": secrets.randbits(31)},
    )
    if has_request_context():
        g.pop("rights_epoch", None)


#: how far a reach goes; one that is not named (a field group, an access request) lifts nothing
_WIDTH = {"all": 4, "department": 3, "own_deputised": 2, "own": 1}
_SEVERITY = {"readonly": 1, "masked": 2, "hidden": 3}


def _of_roles(statement: str) -> Any:
    return text(statement).bindparams(bindparam("ids", expanding=True))


def _administers(ids: dict[str, list[int]]) -> bool:
    named = _of_roles("SELECT 1 FROM ab_role WHERE id IN :ids AND name = :name")
    return bool(db.session.execute(named, ids | {"name": ADMINISTRATOR}).first())


def _read(role_ids: frozenset[int]) -> Rights:
    if not role_ids:
        return Rights()
    ids = {"ids": sorted(role_ids)}
    granted = db.session.execute(
        _of_roles(
            "SELECT l.role_id, p.name, v.name FROM ab_permission_view_role l "
            "JOIN ab_permission_view pv ON pv.id = l.permission_view_id "
            "JOIN ab_permission p ON p.id = pv.permission_id "
            "JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE l.role_id IN :ids"
        ),
        ids,
    ).all()
    if _administers(ids):
        # Whoever administers the house signs nothing in it, whatever else he is (§3, BR-170).
        granted = [row for row in granted if row[1] != VERBS["s"]]
    reach = {
        (role_id, register): scope
        for role_id, register, scope in db.session.execute(
            _of_roles("SELECT role_id, register, scope FROM role_scope WHERE role_id IN :ids"), ids
        )
    }
    scopes: dict[tuple[str, str], set[str]] = {}
    readers: dict[str, set[int]] = {}
    for role_id, permission, view in granted:
        # A verb on a register without a stated reach reaches nothing beyond one's own rows.
        scopes.setdefault((permission, view), set()).add(reach.get((role_id, view), "own"))
        if permission == VERBS["r"]:
            readers.setdefault(view, set()).add(role_id)
    fields: dict[str, dict[str, str]] = {}
    limits: dict[tuple[str, str], dict[int, str]] = {}
    for role_id, register, name, right in db.session.execute(
        _of_roles(
            "SELECT role_id, register, field, limit_to FROM role_field WHERE role_id IN :ids"
        ),
        ids,
    ):
        limits.setdefault((register, name), {})[role_id] = right
    for (register, name), by_role in limits.items():
        # Another role of the same person lifts the limit only where it reaches as far: a few rows of
        # one's own must not uncover everybody's.
        lifted_to = max(
            (
                _WIDTH.get(reach.get((role_id, register), "own"), 0)
                for role_id in readers.get(register, set()) - set(by_role)
            ),
            default=0,
        )
        left = [
            right
            for role_id, right in by_role.items()
            if _WIDTH.get(reach.get((role_id, register), "own"), _WIDTH["all"]) > lifted_to
        ]
        if left:
            fields.setdefault(register, {})[name] = min(left, key=_SEVERITY.__getitem__)
    for question in _shields:
        for register, names in question().items():
            fields.setdefault(register, {}).update(dict.fromkeys(names, "hidden"))
    return Rights(
        frozenset((permission, view) for _role, permission, view in granted),
        {key: frozenset(value) for key, value in scopes.items()},
        fields,
    )


def may(person: Person, verb: str, register: str) -> bool:
    """Whether any role of the person grants this verb at all. `verb` is a letter of VERBS."""
    if person.unlimited:
        return True
    held = (VERBS[verb], register) in rights_of(person).permissions
    return held and not _is_withheld(person, verb, register)


def _scopes(person: Person, verb: str, register: str) -> frozenset[str]:
    if _is_withheld(person, verb, register):
        return frozenset()
    return rights_of(person).scopes.get((VERBS[verb], register), frozenset())


def rows(person: Person, verb: str, record_class: Any) -> ColumnElement[bool] | None:
    """The rows of a register that the person may use this verb on; None stands for all."""
    scopes = _scopes(person, verb, record_class.__tablename__)
    if person.unlimited or (verb == "r" and scopes and record_class.common):
        return None
    return _condition(person, verb, record_class, scopes)


def rows_reached(
    person: Person, verb: str, register: str, record_class: Any
) -> ColumnElement[bool] | None:
    """The rows of another register that a right on this one reaches: whose customers, for figures.

    Sums know neither author nor department of what is summed; they are narrowed by their owner.
    """
    if person.unlimited:
        return None
    return _condition(person, verb, record_class, _scopes(person, verb, register))


def rows_in_full(person: Person, verb: str, record_class: Any) -> ColumnElement[bool] | None:
    """Those of them that are not limited to a group of fields; None stands for all."""
    if person.unlimited:
        return None
    scopes = _scopes(person, verb, record_class.__tablename__)
    return _condition(
        person, verb, record_class, frozenset(s for s in scopes if not s.startswith(FIELD_GROUP))
    )


def held_in_full(person: Person, record_class: Any, ids: Iterable[int], *verbs: str) -> set[int]:
    """Which of these rows the person holds with all their fields, under every one of the verbs."""
    ids = set(ids)
    full = [rows_in_full(person, verb, record_class) for verb in verbs]
    conditions = [condition for condition in full if condition is not None]
    if not conditions:
        return ids
    pk = record_class.id
    return set(db.session.scalars(select(pk).where(pk.in_(ids), *conditions)))


def limited_fields(person: Person, verb: str, record_class: Any) -> frozenset[str] | None:
    """The fields seen (or written) on rows that are held only through a field group; None: no such limit."""
    if person.unlimited:
        return None
    groups = [
        s.removeprefix(FIELD_GROUP)
        for s in _scopes(person, verb, record_class.__tablename__)
        if s.startswith(FIELD_GROUP)
    ]
    if not groups:
        return None
    return frozenset(name for group in groups for name in record_class.field_groups.get(group, ()))


def _condition(
    person: Person, verb: str, record_class: Any, scopes: Iterable[str]
) -> ColumnElement[bool] | None:
    scopes = set(scopes)
    if "all" in scopes or any(s.startswith(FIELD_GROUP) for s in scopes):
        return None
    parts: list[ColumnElement[bool]] = []
    if scopes & {"own", "own_deputised"}:
        parts += _own(person, record_class, deputised="own_deputised" in scopes)
    if "department" in scopes:
        parts += _of_department(person, record_class)
    if "issued" in scopes and record_class.states is not None:
        parts.append(record_class.state.in_(record_class.states.issued))
    if "by_access_request" in scopes and _granted:
        opened = _granted(person, verb, record_class)
        if opened is not None:
            parts.append(opened)
    return or_(*parts) if parts else false()


def _own(person: Person, record_class: Any, *, deputised: bool) -> list[ColumnElement[bool]]:
    """One's own rows: a representative sees his own customers, with no request for them (BR-018)."""
    parts: list[ColumnElement[bool]] = []
    if hasattr(record_class, "created_by_id"):
        parts.append(record_class.created_by_id == person.user_id)
    employees = {person.employee_id} if person.employee_id is not None else set()
    if deputised:
        employees |= set(person.deputised)
    for name in record_class.owned_by:
        column = getattr(record_class, name)
        if _refers_to(column, "ab_user"):
            parts.append(column == person.user_id)
        elif employees:
            parts.append(column.in_(sorted(employees)))
    for relation in record_class.owned_through:
        attribute = getattr(record_class, relation)
        above = _own(person, attribute.property.mapper.class_, deputised=deputised)
        if above:
            parts.append(through(attribute, or_(*above)))
    return parts


def _of_department(person: Person, record_class: Any) -> list[ColumnElement[bool]]:
    departments = sorted(person.departments)
    if not departments:
        return []
    parts: list[ColumnElement[bool]] = [
        getattr(record_class, name).in_(departments) for name in record_class.department_by
    ]
    for relation in record_class.owned_through:
        attribute = getattr(record_class, relation)
        above = _of_department(person, attribute.property.mapper.class_)
        if above:
            parts.append(through(attribute, or_(*above)))
    return parts


def through(attribute: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """`column IN (SELECT …)`, which both databases answer from the index of the child.

    The relationship leads to what stands above (the customer of a contact person), or to lines that
    name people (the participants of a training).
    """
    ((column, other),) = attribute.property.local_remote_pairs
    return column.in_(select(other).where(condition))


def _refers_to(column: Any, table: str) -> bool:
    return any(key.column.table.name == table for key in column.property.columns[0].foreign_keys)


def reaches(person: Person, verb: str, record_class: Any) -> bool:
    """Whether the verb is held and can reach any row at all: by a request that nobody approved it reaches none."""
    register = record_class.__tablename__
    if not may(person, verb, register):
        return False
    only_by_request = _scopes(person, verb, register) == {"by_access_request"}
    return person.unlimited or not only_by_request or bool(person.figures.get("opened"))


def narrow(statement: Any, person: Person, verb: str, record_class: Any) -> Any:
    """The same select, only with rows the person may use this verb on."""
    condition = rows(person, verb, record_class)
    return statement if condition is None else statement.where(condition)


def field_right(person: Person, register: str, name: str) -> str:
    """ "", "readonly", "masked" or "hidden"."""
    if person.unlimited:
        return ""
    return rights_of(person).fields.get(register, {}).get(name, "")


def hidden_fields(person: Person, register: str) -> frozenset[str]:
    if person.unlimited:
        return frozenset()
    limits = rights_of(person).fields.get(register, {})
    return frozenset(name for name, right in limits.items() if right == "hidden")


def everything() -> ColumnElement[bool]:
    return and_(true())


_PHONE = re.compile(r"\d")


def mask(value: Any) -> str:
    """A value of which only the edges show: `+81 6-****-**17`, `陈**`, `c***@example.com`."""
    word = str(value)
    if "@" in word:
        name, _at, host = word.partition("@")
        return f"{name[:1]}***@{host}"
    digits = len(_PHONE.findall(word))
    if digits >= 6:
        keep_front, keep_back, seen, shown = 3 if digits > 8 else 1, 2, 0, []
        for ch in word:
            if ch.isdigit():
                seen += 1
                shown.append(ch if seen <= keep_front or seen > digits - keep_back else "*")
            else:
                shown.append(ch)
        return "".join(shown)
    return word[:1] + "*" * min(max(len(word) - 1, 1), 6)
