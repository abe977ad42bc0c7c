"""Every setting: its default, why it is there, and the environment variable that changes it.

`Config()` reads the environment when it is made, so that a test or a command can hand in its own:
`Config({"DATA_DIR": "/tmp/there"})`. What is written in capitals on the object is Flask's to see.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024


class Config:
    # -- the name on the screen is a setting of the house, kept in its database; this is its first value
    APP_NAME = "Taizhang"

    # -- languages: Chinese first, English complete
    BABEL_DEFAULT_LOCALE = "zh"
    LANGUAGES = {
        "zh": {"flag": "cn", "name": "中文"},
        "en": {"flag": "gb", "name": "English"},
    }
    # The office's clock; what is stored is UTC.
    BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
    # Absolute, for Flask-AppBuilder resolves a relative path beside the package app/.
    BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "translations")

    # -- Flask-AppBuilder: tables and rights are made by `flask sync`, never by a starting worker
    AUTH_TYPE = 1  # people sign in with a password that we keep
    AUTH_ROLE_ADMIN = "Admin"
    AUTH_ROLE_PUBLIC = "Public"
    AUTH_USER_REGISTRATION = False  # nobody lets himself in
    FAB_CREATE_DB = False
    FAB_UPDATE_PERMS = False
    FAB_ADD_SECURITY_API = False  # its user and role API grants more than the granter holds
    FAB_ADD_OPENAPI_VIEWS = False  # `flask sync` writes the description at /api/v1/_openapi
    FAB_API_SWAGGER_UI = False  # loads scripts from another host
    FAB_API_SHOW_STACKTRACE = False
    FAB_API_MAX_PAGE_SIZE = 1000  # a page of REST rows; more goes through an export
    # Sign-in attempts are counted in a table of ours: the limiter behind this switch has no SQL store.
    RATELIMIT_ENABLED = False

    # -- sessions: a signed cookie; the idle limit itself is a setting of the house
    SESSION_COOKIE_NAME = "taizhang"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
    WTF_CSRF_TIME_LIMIT = None  # a form may lie open for hours; the token ends with the session
    JWT_ACCESS_TOKEN_EXPIRES = timedelta(minutes=15)
    JWT_REFRESH_TOKEN_EXPIRES = timedelta(hours=12)

    # -- sizes: a sheet of 100,000 rows is some 15 MB; a record with 500 lines is some 5,000 form parts
    MAX_CONTENT_LENGTH = 64 * MEGABYTE
    MAX_FORM_MEMORY_SIZE = 8 * MEGABYTE
    MAX_FORM_PARTS = 20_000

    # -- what is loaded by its version in the address may stay in the browser
    SEND_FILE_MAX_AGE_DEFAULT = timedelta(hours=1)

    SQLALCHEMY_TRACK_MODIFICATIONS = False
    MIGRATIONS = str(ROOT / "migrations")

    def __init__(self, environ: Mapping[str, str] | None = None, **more: Any) -> None:
        environ = os.environ if environ is None else environ

        def text(name: str, default: str = "") -> str:
            return environ.get(name, "").strip() or default

        def whole(name: str, default: int) -> int:
            return int(text(name, str(default)))

        def yes(name: str, default: bool) -> bool:
            return text(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}

        # Where everything lies that is not code: database, keys, attachments, jobs.
        self.DATA_DIR = str(Path(text("DATA_DIR", str(ROOT / "instance"))).resolve())
        # SQLite beside the attachments to begin with; PostgreSQL in production.
        self.DATABASE_URL = self.SQLALCHEMY_DATABASE_URI = _with_driver(
            text("DATABASE_URL", f"sqlite:///{self.DATA_DIR}/taizhang.db")
        )
        # Limits and locks where more than one machine serves.
        self.REDIS_URL = text("REDIS_URL")
        # Where jobs wait: redis://…, postgresql://… or a file; without one Redis, else PostgreSQL, else a file.
        self.JOBS_URL = text("JOBS_URL", self.REDIS_URL) or (
            self.DATABASE_URL if self.is_postgresql else f"file:{self.DATA_DIR}/jobs.db"
        )
        # Jobs that run side by side; one more than one so that a long import does not hold up a small PDF.
        self.JOB_WORKERS = whole("JOB_WORKERS", 2)
        # Tests run a job where it is ordered, as soon as its order is stored.
        self.JOBS_IMMEDIATE = False

        # Where the server listens. Only this machine, until a proxy stands before it.
        self.HOST = text("HOST", "127.0.0.1")
        self.PORT = whole("PORT", 8080)
        # Processes and their threads: as many processes as cores, threads for what waits for the database.
        self.WORKERS = whole("WORKERS", min(os.cpu_count() or 1, 8))
        self.THREADS = whole("THREADS", 4)
        # How many proxies of our own stand before us and may say who calls (X-Forwarded-For).
        self.PROXIES = whole("PROXIES", 0)
        # The names the site is reached by, comma separated: others get 400. Empty: any.
        self.TRUSTED_HOSTS = _words(text("TRUSTED_HOSTS")) or None
        # Where a person may be sent after signing in: nowhere but home.
        self.FAB_SAFE_REDIRECT_HOSTS = self.TRUSTED_HOSTS or []
        # Attachments: a folder, or an S3-compatible store (s3://bucket/path, with s3fs installed).
        self.ATTACHMENTS_URL = text("ATTACHMENTS_URL", f"{self.DATA_DIR}/attachments")
        # One attachment; scans of long contracts are some 15 MB.
        self.ATTACHMENT_MAX_BYTES = whole("ATTACHMENT_MAX_MB", 20) * MEGABYTE

        # Cookies only over HTTPS; on as soon as a proxy gives us HTTPS.
        self.SESSION_COOKIE_SECURE = yes("SESSION_COOKIE_SECURE", self.PROXIES > 0)

        # The first passwords. ADMIN_PASSWORD presets admin's, else `sync` prints a one-time one.
        self.ADMIN_PASSWORD = text("ADMIN_PASSWORD")
        # The password of every user of the demonstration company; else `demo` prints one.
        self.DEMO_PASSWORD = text("DEMO_PASSWORD")

        # How notices leave the house: smtp://user:word@host:port or smtps://…, and a URL that takes JSON.
        self.SMTP_URL = text("SMTP_URL")
        self.WEBHOOK_URL = text("WEBHOOK_URL")

        # Signs sessions, CSRF tokens and JWT.
        self.SECRET_KEY = text("SECRET_KEY") or _kept_key(self.DATA_DIR, "secret_key")
        # Seeds the Ed25519 key that signs the audit chain: 64 hex digits, outside the database.
        self.AUDIT_KEY = text("AUDIT_KEY") or _kept_key(self.DATA_DIR, "audit_key")

        self.SQLALCHEMY_ENGINE_OPTIONS = self._engine_options()

        for name, value in more.items():
            setattr(self, name, value)

    @property
    def is_postgresql(self) -> bool:
        return self.DATABASE_URL.startswith("postgresql")

    def _engine_options(self) -> dict[str, Any]:
        """One connection for each thread, and some for what a thread opens besides."""
        pool = {"pool_size": self.THREADS + 2, "max_overflow": self.THREADS + 2}
        if self.is_postgresql:
            # A restarted server or proxy leaves dead connections in the pool.
            return {**pool, "pool_pre_ping": True, "pool_recycle": 1800}
        return pool


def _with_driver(url: str) -> str:
    """`postgres://` and `postgresql://`, as hosts hand them out, mean psycopg 3 here."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _kept_key(data_dir: str, name: str) -> str:
    """The key of this installation: made once, readable by its owner only, never in a backup."""
    path = Path(data_dir, "keys", name)
    with suppress(FileNotFoundError):
        return path.read_text("ascii").strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    # Web server and jobs may start together: the first key stays, both read it.
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    return path.read_text("ascii").strip()
