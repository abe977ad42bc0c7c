"""Questions to the organisation: which employee is this user, and what stands below his department."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.organisation.models import Department, Employee


def describe(user: Any) -> dict[str, Any]:
    """The employee behind a user, his department, and those below it."""
    row = db.session.execute(
        select(Employee.id, Employee.dept_id).where(Employee.user_id == user.id)
    ).first()
    if row is None:
        return {}
    return {
        "employee_id": row.id,
        "department_id": row.dept_id,
        "departments": departments_below(row.dept_id),
    }


def departments_below(department_id: int) -> frozenset[int]:
    """The department itself and all that stand below it."""
    tree = select(Department.id).where(Department.id == department_id).cte(recursive=True)
    tree = tree.union(select(Department.id).where(Department.parent_id == tree.c.id))
    return frozenset(db.session.scalars(select(tree.c.id)))
