"""The house, assembled."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask


@contextmanager
def _nothing_is_collected() -> Iterator[None]:
    """What is built here stays for good. Looking for garbage in between takes a quarter of the start, and
    what stays is left alone afterwards too: workers then share its memory."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


@_nothing_is_collected()
def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """Build the application; `settings` overrule what the environment says (tests, commands)."""
    from app import cli, health, jobs, models, tracing, views  # noqa: F401
    from app.desk.views import Desk
    from app.extensions import csrf, db, make_appbuilder, migrate
    from app.organisation import people
    from app.records import settings as house_settings
    from app.registers import menu, requests
    from app.security import doors, policy, scopes
    from app.security.manager import AppSecurityManager
    from config import Config

    app = Flask(__name__)
    app.config.from_object(Config())
    app.config.update(settings or {})
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # what programs get, people read too
    scopes.describe_people_by(people.describe)
    policy.read_by(house_settings.get)
    app.extensions["trace"] = tracing.trace  # what the page of compliance stands on
    requests.init_app(app)  # first: what writes must say so before anything reads
    db.init_app(app)
    migrate.init_app(app, db, directory=app.config["MIGRATIONS"], render_as_batch=True)
    csrf.init_app(app)  # before the views: FAB exempts its API only where CSRF already stands
    jobs.init_app(app)
    health.init_app(app)
    cli.init_app(app)
    with app.app_context():
        builder = make_appbuilder(app, indexview=Desk, security_manager_class=AppSecurityManager)
        menu.open_registers(builder, views.MENU, views.PAGES)
    doors.init_app(app)
    return app
