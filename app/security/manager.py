"""The security manager: FAB's users, roles and permissions, without FAB's holes."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import current_user

from app.security import scopes


class AppSecurityManager(SecurityManager):
    """Answers every permission from one read per set of roles (FAB asks the database for each button)."""

    # -- permissions -----------------------------------------------------------------------------

    def exist_permission_on_roles(
        self, view_name: str, permission_name: str, role_ids: list[int]
    ) -> bool:
        rights = scopes.rights_of(scopes.Person(None, frozenset(role_ids)))
        return (permission_name, view_name) in rights.permissions

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public but the sign-in page, which asks nobody."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        user = self.acting_user()
        if user is None:
            return False
        return (permission_name, view_name) in scopes.rights_of(scopes.person_of(user)).permissions

    @staticmethod
    def acting_user() -> Any:
        """Who is signed in, by session or by token; None for nobody."""
        user = getattr(g, "user", None)
        if user is not None and getattr(user, "is_active", False) and not user.is_anonymous:
            return user
        return current_user if current_user and current_user.is_authenticated else None
