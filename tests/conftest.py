"""What every test may ask for."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_login import login_user

from app.extensions import db
from tests import clock
from tests import people as persons
from tests.databases import Database, fresh_database

_DATABASE: pytest.StashKey[Database] = pytest.StashKey()
_APP: pytest.StashKey[Flask] = pytest.StashKey()

SETTINGS = {
    "TESTING": True,
    "WTF_CSRF_ENABLED": False,  # the tests about CSRF switch it on
    "JOBS_IMMEDIATE": True,
    # The real parameters take a twelfth of a second for each person of each test.
    "FAB_PASSWORD_HASH_METHOD": "scrypt:1024:8:1",
}


class Client(FlaskClient):
    """A browser. Each request is alone in its world, as in the server: no context of the test's leaks in."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = contextvars.Context().run(super().open, *args, **kwargs)
        if db.session.registry.has():
            db.session.rollback()  # what the test reads next is what the request stored
        return response


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, data_dir: Path, worker_id: str) -> Iterator[Database]:
    made = request.session.stash[_DATABASE] = fresh_database(worker_id, data_dir)
    yield made
    made.remove()


@pytest.fixture(scope="session")
def app(database: Database, data_dir: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The house on an empty database, as `flask sync` leaves it."""
    os.environ |= {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database.url,
        "SECRET_KEY": "only for tests, and long enough for every algorithm that signs",
        "AUDIT_KEY": "5a" * 32,
        "ADMIN_PASSWORD": "Blau-Pferd-71-Fenster",
    }
    from app import create_app

    application = create_app(SETTINGS)
    application.test_client_class = Client
    request.session.stash[_APP] = application
    with application.app_context():
        build(application)
        database.keep()
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def build(application: Flask) -> None:
    """Tables and starter content, by the step that every deploy takes."""
    done = application.test_cli_runner().invoke(args=["sync"])
    if done.exit_code:
        raise RuntimeError(f"flask sync failed: {done.output}") from done.exception


@pytest.fixture(scope="module", autouse=True)
def _the_module_leaves_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a fixture of the module stored is kept for its tests, and taken back at its end."""
    yield
    # Asking for the fixture would build a database for modules that need none.
    database = request.session.stash.get(_DATABASE, None)
    if database is not None and database.depth > 1:
        with request.session.stash[_APP].app_context():
            database.forget()


@pytest.fixture(autouse=True)
def _the_test_leaves_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that has to do with the house stands inside it, and leaves it as it found it."""
    if "app" not in request.fixturenames:
        yield
        return
    app: Flask = request.getfixturevalue("app")
    database: Database = request.getfixturevalue("database")
    with app.app_context():
        if database.is_spoiled:
            database.keep()
    with app.app_context():
        yield
        db.session.rollback()
        if database.is_spoiled:
            database.restore()


@pytest.fixture(scope="session", autouse=True)
def _remember_the_keys() -> Iterator[None]:
    """The environment goes back to what it was."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[FlaskClient, Any], FlaskClient]:
    """`sign_in(client, alice)`: from here on the browser is hers, without typing a password."""

    def sign_in(client: FlaskClient, user: Any) -> FlaskClient:
        def at_the_door() -> dict[str, Any]:
            with app.test_request_context(environ_base=dict(client.environ_base)):
                login_user(user)
                return dict(session)

        signed_in = contextvars.Context().run(at_the_door)
        with client.session_transaction() as kept:
            kept.update(signed_in)
        return client

    return sign_in


@pytest.fixture(scope="module")
def _moved_in(app: Flask) -> None:
    """Moving in takes longer than most tests: they move in once for all tests of a module."""
    with app.app_context():
        persons.move_in()


@pytest.fixture
def people(app: Flask, _moved_in: None) -> persons.People:
    """alice, bob, carol, dave and erin (tests/people.py)."""
    return persons.who_is_here()


@pytest.fixture
def as_(app: Flask, sign_in: Callable[..., FlaskClient]) -> Callable[[Any], FlaskClient]:
    """`as_(people.alice)`: a browser in which she is signed in."""

    def browser(somebody: Any) -> FlaskClient:
        return sign_in(app.test_client(), getattr(somebody, "user", somebody))

    return browser


@pytest.fixture
def token(app: Flask) -> Callable[[Any], dict[str, str]]:
    """`token(people.alice)`: the header with which a program of hers comes in."""

    def header(somebody: Any, password: str = persons.PASSWORD) -> dict[str, str]:
        user = getattr(somebody, "user", somebody)
        answer = app.test_client().post(
            "/api/v1/security/login", json={"username": user.username, "password": password}
        )
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    return header


@pytest.fixture
def on() -> Callable[[str], Any]:
    """`with on("2026-03-01"):` the office's clock stands still."""
    return clock.on
