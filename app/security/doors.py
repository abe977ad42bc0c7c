"""What guards every request and every answer: open sessions, changed passwords, headers, plain words for errors."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix

from app.security import passwords, second_factor

log = logging.getLogger(__name__)

#: no inline script or style anywhere, nothing from another host
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}
#: what somebody may still call who has to change his password first
_BEFORE_THE_CHANGE = frozenset(
    {
        "static",
        "AuthDBView.logout",
        "AuthDBView.login",
        "Accounts.password",
        "ChapterPages.preferences",
        "healthz",
    }
)


def init_app(app: Flask) -> None:
    if app.config["PROXIES"]:
        hops = app.config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_send_to_the_password)
    app.after_request(_dress)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _in_words)
    app.register_error_handler(Exception, _accident)


def _send_to_the_password() -> Any:
    """Whoever has a one-time or too old password changes it before anything else."""
    user = getattr(g, "user", None)
    if user is None or not getattr(user, "is_authenticated", False):
        return None
    account = g.get("account")
    g.must_change = bool(account and account.must_change_password) or passwords.has_expired(
        account
    )
    if request.endpoint in _BEFORE_THE_CHANGE or request.endpoint is None:
        return None
    if g.must_change:
        return redirect(url_for("Accounts.password"))
    if (
        not request.path.startswith(("/api/", "/second-factor"))
        and second_factor.is_demanded(user)
        and second_factor.of(user.id) is None
    ):
        return redirect(url_for("SecondFactors.index"))
    return None


def _dress(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        # What stands on a page of ours belongs neither into a proxy nor onto a shared disk.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


# -- errors


def _words() -> dict[int, tuple[str, str]]:
    return {
        400: (
            _("That could not be read"),
            _("The request is incomplete or has a wrong form. Go back and try once more."),
        ),
        401: (
            _("Sign in first"),
            _("Your session has ended. Sign in again; nothing was changed."),
        ),
        403: (_("No right"), _("Your roles give you no right to this page.")),
        404: (
            _("Nothing here"),
            _("There is nothing at this address, or it is not yours to see."),
        ),
        405: (
            _("Not this way"),
            _("This address is not called like this. Use the buttons of the pages."),
        ),
        409: (_("Changed meanwhile"), _("Somebody else changed this just now. Open it again.")),
        413: (
            _("Too large"),
            _("The file or form is larger than this house accepts. Take a smaller one."),
        ),
        429: (_("Too many tries"), _("Wait a few minutes, then try once more.")),
        500: (
            _("An accident on our side"),
            _(
                "It has been written down with the number below. What you typed can be sent again with the back button."
            ),
        ),
        503: (_("Busy for a moment"), _("Many are writing at this moment. Please try once more.")),
    }


def _in_words(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    if isinstance(error, InternalServerError):
        return _accident(error)
    return _page(code)


def _stale_form(_error: CSRFError) -> Any:
    title = _("This page is too old")
    text = _(
        "It was opened in a session that has ended. Open the page again, then send it once more."
    )
    return _page(400, title, text)


def _accident(error: BaseException) -> Any:
    """Ours to mend: the log gets all of it, the person a number to quote and no secrets."""
    if current_app.testing:
        raise error
    number = uuid.uuid4().hex[:8]
    log.error("accident %s at %s %s", number, request.method, request.path, exc_info=error)
    from app.extensions import db

    db.session.rollback()
    return _page(500, reference=number)


def _page(code: int, title: str = "", text: str = "", reference: str = "") -> Any:
    known = _words().get(code) or _words()[500 if code >= 500 else 400]
    title, text = title or known[0], text or known[1]
    if request.path.startswith("/api/"):
        message = f"{text} ({reference})" if reference else text
        return jsonify(message=message), code
    return render_template(
        "errors/error.html", code=code, title=title, text=text, reference=reference
    ), code


__all__ = ["CSP", "HEADERS", "init_app"]
