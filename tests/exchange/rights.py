"""Rights that a test needs and no regulation gives."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app.extensions import db
from app.records import writing
from app.security import scopes
from app.security.roles import VERBS


def give(user: Any, register: str, verbs: str, scope: str) -> None:
    """Give the first role of a user these verbs on a register."""
    role = next(r for r in user.roles if r.name != "employee")
    with writing("cli"):
        connection = db.session.connection()
        for verb in verbs:
            pair = connection.execute(
                text(
                    "SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id"
                    " JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE p.name = :p AND v.name = :v"
                ),
                {"p": VERBS[verb], "v": register},
            ).scalar_one()
            known = connection.execute(
                text(
                    "SELECT 1 FROM ab_permission_view_role WHERE permission_view_id = :pv AND role_id = :r"
                ),
                {"pv": pair, "r": role.id},
            ).first()
            if known is None:
                connection.execute(
                    db.metadata.tables["ab_permission_view_role"].insert(),
                    [{"permission_view_id": pair, "role_id": role.id}],
                )
        connection.execute(
            text("DELETE FROM role_scope WHERE role_id = :r AND register = :v"),
            {"r": role.id, "v": register},
        )
        connection.execute(
            db.metadata.tables["role_scope"].insert(),
            [{"role_id": role.id, "register": register, "scope": scope}],
        )
        scopes.rights_changed(connection)
    # Tests wind the database back, and its count of changes with it: what is remembered may be another test's.
    scopes._cache.clear()
