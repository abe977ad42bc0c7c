"""The way in and out: the sign-in page, the sign-out, and the tokens of programs."""

from __future__ import annotations

import time
from typing import Any

from flask import (
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_appbuilder import expose
from flask_appbuilder.api import BaseApi
from flask_appbuilder.security.views import AuthDBView as FabAuthView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext as _
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
)
from flask_login import login_user, logout_user

from app.extensions import db
from app.security import events, passwords, second_factor, sessions, sign_in
from app.security.models import Account

#: what stays of a session when somebody else signs in on the same browser
_KEPT = ("locale",)


#: so long is a right password worth without the code
_HALF_SECONDS = 300


def _forget_all_but_the_language() -> None:
    kept = {key: session[key] for key in _KEPT if key in session}
    session.clear()
    session.update(kept)


class AuthDBView(FabAuthView):
    """The sign-in page. The name is the one Flask-AppBuilder looks for."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        following = get_safe_redirect(request.args.get("next") or "/")
        if g.user is not None and g.user.is_authenticated:
            return redirect(following)
        name, refused = request.form.get("username", ""), ""
        if request.method == "POST":
            user = sign_in.authenticate(name, request.form.get("password", ""), "form")
            if user is not None:
                _forget_all_but_the_language()
                if second_factor.of(user.id) is not None:
                    session["half"] = {"user": user.id, "at": int(time.time()), "next": following}
                    return redirect(url_for("AuthDBView.code"))
                login_user(user, remember=False)
                return redirect(following)
            refused = _(
                "Name or password is wrong, or the account is locked for a while after many tries."
            )
        page = render_template(self.login_template, username=name[:64], refused=refused)
        return page, 401 if refused else 200

    @expose("/login/code", methods=["GET", "POST"])
    def code(self) -> Any:
        """The second factor, within five minutes of the password."""
        half = session.get("half") or {}
        user = (
            current_app.appbuilder.sm.get_user_by_id(half["user"])  # type: ignore[attr-defined]
            if half and time.time() - half["at"] < _HALF_SECONDS
            else None
        )
        if user is None or not user.is_active:
            session.pop("half", None)
            return redirect(url_for("AuthDBView.login"))
        refused = ""
        if request.method == "POST":
            right = second_factor.check(user, request.form.get("code", ""))
            db.session.commit()
            if right:
                _forget_all_but_the_language()
                login_user(user, remember=False)
                return redirect(get_safe_redirect(half["next"]))
            refused = _("The code is wrong or too old, or too many were tried.")
        page = render_template("security/code.html", refused=refused)
        return page, 401 if refused else 200

    @expose("/logout/", methods=["GET", "POST"])
    def logout(self) -> Any:
        """A link from elsewhere must not sign anybody out: only the button does."""
        if not (g.user is not None and g.user.is_authenticated):
            return redirect(url_for("AuthDBView.login"))
        if request.method == "GET":
            return render_template("security/logout.html")
        events.tell("sign_out", current_app.appbuilder.sm.get_user_by_id(g.user.id))  # type: ignore[attr-defined]
        if (number := sessions.current_id()) is not None:
            sessions.end(number)
        db.session.commit()
        logout_user()
        session.clear()
        flash(_("You are signed out."), "success")
        return redirect(url_for("AuthDBView.login"))


class SecurityApi(BaseApi):
    """`/api/v1/security/`: tokens for programs, behind the same door as the page."""

    resource_name = "security"
    version = "v1"
    openapi_spec_tag = "Security"
    csrf_exempt = True  # no cookie opens this door

    @expose("/login", methods=["POST"])
    def login(self) -> Any:
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not all(
            isinstance(body.get(word), str) for word in ("username", "password")
        ):
            return _answer(400, _("Send a JSON object with username and password."))
        user = sign_in.authenticate(body["username"], body["password"], "api")
        if user is None:
            return _answer(
                401,
                _(
                    "Name or password is wrong, or the account is locked for a while after many tries."
                ),
            )
        account = db.session.get(Account, user.id)
        if (account is not None and account.must_change_password) or passwords.has_expired(
            account
        ):
            return _answer(
                403, _("The password must be changed first. Sign in on the page to do so.")
            )
        if second_factor.of(user.id) is not None:
            right = second_factor.check(user, str(body.get("code") or ""))
            db.session.commit()
            if not right:
                return _answer(401, _("Send the code of the second factor too, as “code”."))
        elif second_factor.is_demanded(user):
            return _answer(403, _("Your role needs a second factor. Set it up on the page first."))
        row = sessions.begin(user.id, "api")
        claims = {"sid": row.id}
        answer = {
            "access_token": create_access_token(str(user.id), fresh=True, additional_claims=claims)
        }
        if body.get("refresh"):
            answer["refresh_token"] = create_refresh_token(str(user.id), additional_claims=claims)
        db.session.commit()
        return jsonify(answer)

    @expose("/refresh", methods=["POST"])
    @jwt_required(refresh=True)
    def refresh(self) -> Any:
        claims = {"sid": get_jwt().get("sid")}
        return jsonify(
            access_token=create_access_token(
                get_jwt_identity(), fresh=False, additional_claims=claims
            )
        )

    @expose("/logout", methods=["POST"])
    @jwt_required(verify_type=False)
    def logout(self) -> Any:
        """End the session of this token; its refresh token ends with it."""
        sessions.end(int(get_jwt()["sid"]))
        db.session.commit()
        return jsonify(message=_("You are signed out."))


def _answer(status: int, text: str) -> Any:
    return jsonify(message=text), status
