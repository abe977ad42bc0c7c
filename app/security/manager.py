"""The security manager: FAB's users, roles and permissions, without FAB's holes."""

from __future__ import annotations

from typing import Any

from flask import g, session
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_jwt_extended import get_jwt
from flask_login import LoginManager, current_user, user_logged_in
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.security import scopes, sessions, sign_in
from app.security.models import Account, SignInSession
from app.security.views import AuthDBView, SecurityApi


class AppSecurityManager(SecurityManager):
    """Answers every permission from one read per set of roles (FAB asks the database for each button)."""

    authdbview = AuthDBView
    security_api = SecurityApi

    # -- the doors -------------------------------------------------------------------------------

    def register_views(self) -> None:
        """Only the way in and out: FAB's pages for users, roles and groups grant more than the granter
        holds, know no book and no language; ours stand in app/desk."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def create_login_manager(self, app: Any) -> LoginManager:
        manager = super().create_login_manager(app)
        manager.login_view = "AuthDBView.login"
        manager.session_protection = "basic"
        return manager

    def auth_user_db(self, username: str, password: str) -> Any:
        """FAB's own callers come through the same door."""
        return sign_in.authenticate(username, password, "form")

    def load_user(self, pk: int) -> Any:
        """The user of a cookie, while account and session are open and somebody uses them."""
        user = self._with_session(int(pk), session.get("sid"))
        return None if user is None or sessions.is_idle() else user

    def load_user_jwt(self, _jwt_header: Any, jwt_data: Any) -> Any:
        user = self._with_session(int(jwt_data["sub"]), get_jwt_sid(jwt_data))
        if user is not None:
            g.user = user
        return user

    def _with_session(self, pk: int, session_id: Any) -> Any:
        """One statement for the user, his roles, his account and his session."""
        if not isinstance(session_id, int):
            return None
        row = (
            db.session.execute(
                select(self.user_model, Account, SignInSession)
                .outerjoin(Account, Account.user_id == self.user_model.id)
                .outerjoin(SignInSession, SignInSession.id == session_id)
                .where(self.user_model.id == pk)
                .options(
                    joinedload(self.user_model.roles),
                    joinedload(self.user_model.groups).joinedload(self.group_model.roles),
                )
            )
            .unique()
            .first()
        )
        if row is None or not row[0].is_active or not sessions.belongs(row[2], pk):
            return None
        g.account, g.session_id = row[1], row[2].id
        return row[0]

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


def get_jwt_sid(data: Any) -> Any:
    return (data or get_jwt()).get("sid")


@user_logged_in.connect
def _begin_session(_app: Any, user: Any, **_more: Any) -> None:
    sessions.remember(sessions.begin(user.id, "form"))
    db.session.commit()
