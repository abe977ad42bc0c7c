"""Questions to the organisation: which employee is this user, and what stands below his department."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import CTE, Select, literal, select, true, union_all

from app.extensions import db
from app.organisation import holding, standing_in
from app.organisation.models import Department, Employee, EmployeeState
from app.records import acting, clock

Figure = Callable[[int, Any], Any]
_figures: dict[str, Figure] = {}


def counted(name: str) -> Callable[[Figure], Figure]:
    """A floor above adds a figure that stands on every page: a scalar select of an account and of the
    pairs that run (see standing_in.pairs). It is asked together with who the person is."""

    def keep(figure: Figure) -> Figure:
        _figures[name] = figure
        return figure

    return keep


def describe(user: Any) -> dict[str, Any]:
    """The employee behind a user, his department, those below it, for whom he stands in today, and
    the roles he has by his post, for a time, or as deputy.

    One statement: it is asked on every page.
    """
    me = select(Employee.id, Employee.dept_id).where(Employee.user_id == user.id).cte("me")
    tree = _below(select(Employee.dept_id).where(Employee.user_id == user.id))
    pairs = standing_in.pairs(clock.today()).cte("pairs")
    parts = [
        select(me.c.id, me.c.dept_id, literal(kind).label("kind"), column.label("value"))
        .select_from(me)
        .join(source, condition, isouter=kind == "below")
        for kind, column, source, condition in (
            ("below", tree.c.id, tree, true()),
            ("employee", pairs.c.a_employee, pairs, pairs.c.b_employee == me.c.id),
            ("user", pairs.c.a_user, pairs, pairs.c.b_employee == me.c.id),
        )
    ]
    parts += [
        select(me.c.id, me.c.dept_id, literal(name), figure(user.id, pairs)).select_from(me)
        for name, figure in _figures.items()
    ]
    parts += holding.parts(user.id, me, pairs)
    rows = db.session.execute(union_all(*parts)).all()
    if not rows:
        return {}
    mine = next((r for r in rows if r.id is not None), None)

    def values(kind: str) -> frozenset[int]:
        return frozenset(r.value for r in rows if r.kind == kind and r.value is not None)

    return {
        "employee_id": mine.id if mine else None,
        "department_id": mine.dept_id if mine else None,
        "role_ids": values("role"),
        "departments": values("below"),
        "deputised": values("employee"),
        "stands_for": values("user"),
        "figures": {r.kind: r.value for r in rows if r.kind in _figures or r.kind == "opened"},
    }


def employee_of(user_id: int | None) -> Employee | None:
    if user_id is None:
        return None  # who has no account is somebody else
    return db.session.scalar(select(Employee).where(Employee.user_id == user_id))


def who_acts() -> Employee | None:
    """The person of the account that acts now; nobody, where the machine does."""
    return employee_of(acting().actor.id)


def departments_below(department_id: int) -> frozenset[int]:
    """The department itself and all that stand below it."""
    tree = _below(select(literal(department_id)))
    return frozenset(db.session.scalars(select(tree.c.id)))


def _below(roots: Select[Any]) -> CTE:
    tree = select(Department.id).where(Department.id.in_(roots)).cte(recursive=True)
    return tree.union(select(Department.id).where(Department.parent_id == tree.c.id))


def users_of(employee_ids: Iterable[int]) -> dict[int, int]:
    """Employee → his account, for those in service who have one."""
    query = select(Employee.id, Employee.user_id).where(
        Employee.id.in_(set(employee_ids)),
        Employee.user_id.is_not(None),
        Employee.state != EmployeeState.LEFT,
        Employee.voided_at.is_(None),
    )
    return {row.id: row.user_id for row in db.session.execute(query)}


def holders_of(post_id: int) -> list[int]:
    """Accounts of those who hold a post now."""
    query = select(Employee.user_id).where(
        Employee.post_id == post_id,
        Employee.user_id.is_not(None),
        Employee.state == EmployeeState.IN_SERVICE,
        Employee.voided_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(Employee.id)))


def head_of(department_id: int | None, but: int | None = None) -> int | None:
    """The account of who heads a department; where that is `but`, or nobody, the next one above."""
    seen: set[int] = set()
    while department_id is not None and department_id not in seen:
        seen.add(department_id)
        row = db.session.execute(
            select(Employee.user_id, Employee.state, Department.parent_id)
            .select_from(Department)
            .outerjoin(Employee, Employee.id == Department.head_id)
            .where(Department.id == department_id)
        ).one_or_none()
        if row is None:
            return None
        if row.user_id not in (None, but) and row.state != EmployeeState.LEFT:
            return int(row.user_id)
        department_id = row.parent_id
    return None


def department_of(user_id: int) -> int | None:
    return db.session.scalar(select(Employee.dept_id).where(Employee.user_id == user_id))


def superior_of(user_id: int, levels: int = 1) -> int | None:
    """The n-th superior: who heads the person's department, or the one above where he heads it himself."""
    person: int | None = user_id
    for _level in range(levels):
        if person is None:
            return None
        person = head_of(department_of(person), but=person)
    return person
