"""Starting rights: written in bulk, idempotent, and never over what an office has edited.

FAB's own way asks the database for each permission of each view and takes minutes for 240
registers; it also gives its administrator everything, which no regulation does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, Table, insert, select, text

from app.extensions import Base
from app.security.models import RoleField, RoleScope
from app.security.roles import PAGES, ROLES, VERBS, field_rights, rights
from app.security.scopes import rights_changed


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _names(connection: Connection, table: str, names: Iterable[str]) -> dict[str, int]:
    """Make sure that each name has its row; gives their ids."""
    rows = _table(table)
    known = dict(connection.execute(select(rows.c.name, rows.c.id)).all())
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    if fresh:
        connection.execute(insert(rows), [{"name": name} for name in fresh])
        known = dict(connection.execute(select(rows.c.name, rows.c.id)).all())
    return known


def seed(connection: Connection, registers: Collection[str]) -> int:
    """Roles, permissions and starting grants for these registers; says how many grants were new."""
    if connection.dialect.name == "postgresql":
        # Several machines may deploy at the same moment.
        connection.execute(text("SELECT pg_advisory_xact_lock(7210042)"))
    role_ids = _names(connection, "ab_role", [*ROLES, "Public"])
    permission_ids = _names(connection, "ab_permission", VERBS.values())
    view_ids = _names(connection, "ab_view_menu", [*registers, *PAGES])
    pairs = _permission_views(connection, permission_ids, view_ids, [*registers, *PAGES])
    scope, grant = RoleScope.__table__, _table("ab_permission_view_role")
    seeded = {(r, reg) for r, reg in connection.execute(select(scope.c.role_id, scope.c.register))}
    scopes, grants = [], []
    wanted = [(x.role, x.register, x.verbs, x.scope) for x in rights() if x.register in registers]
    wanted += [
        (role, page, verbs, "all") for page, by in PAGES.items() for role, verbs in by.items()
    ]
    for role, register, verbs, reach in wanted:
        role_id = role_ids[role]
        if (role_id, register) in seeded:
            continue
        scopes.append({"role_id": role_id, "register": register, "scope": reach})
        grants += [
            {"role_id": role_id, "permission_view_id": pairs[VERBS[verb], register]}
            for verb in verbs
        ]
    fresh = {(s["role_id"], s["register"]) for s in scopes}
    fields = [
        {
            "role_id": role_ids[f.role],
            "register": f.register,
            "field": f.field,
            "limit_to": f.right,
        }
        for f in field_rights()
        if (role_ids[f.role], f.register) in fresh and "(when" not in f.basis
    ]
    if scopes:
        connection.execute(insert(scope), scopes)
        connection.execute(insert(grant), grants)
    if fields:
        unique = {(f["role_id"], f["register"], f["field"]): f for f in fields}
        connection.execute(insert(RoleField.__table__), list(unique.values()))
    rights_changed(connection)
    return len(grants)


def _permission_views(
    connection: Connection,
    permissions: dict[str, int],
    views: dict[str, int],
    names: Iterable[str],
) -> dict[tuple[str, str], int]:
    table = _table("ab_permission_view")
    query = select(table.c.permission_id, table.c.view_menu_id, table.c.id)
    known = {(p, v): i for p, v, i in connection.execute(query)}
    fresh = [
        {"permission_id": permissions[verb], "view_menu_id": views[name]}
        for name in names
        for verb in VERBS.values()
        if (permissions[verb], views[name]) not in known
    ]
    if fresh:
        connection.execute(insert(table), fresh)
        known = {(p, v): i for p, v, i in connection.execute(query)}
    return {
        (verb, name): known[permissions[verb], views[name]]
        for name in names
        for verb in VERBS.values()
    }
