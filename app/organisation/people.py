"""Questions to the organisation: which employee is this user, and what stands below his department."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, literal, select, true

from app.extensions import db
from app.organisation.models import Department, Employee


def describe(user: Any) -> dict[str, Any]:
    """The employee behind a user, his department, and those below it."""
    tree = _below(select(Employee.dept_id).where(Employee.user_id == user.id))
    rows = db.session.execute(
        select(Employee.id, Employee.dept_id, tree.c.id.label("below"))
        .outerjoin(tree, true())
        .where(Employee.user_id == user.id)
    ).all()
    if not rows:
        return {}
    return {
        "employee_id": rows[0].id,
        "department_id": rows[0].dept_id,
        "departments": frozenset(row.below for row in rows if row.below is not None),
    }


def departments_below(department_id: int) -> frozenset[int]:
    """The department itself and all that stand below it."""
    tree = _below(select(literal(department_id)))
    return frozenset(db.session.scalars(select(tree.c.id)))


def _below(roots: Select[Any]) -> CTE:
    tree = select(Department.id).where(Department.id.in_(roots)).cte(recursive=True)
    return tree.union(select(Department.id).where(Department.parent_id == tree.c.id))
