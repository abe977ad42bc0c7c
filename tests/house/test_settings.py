"""Settings come from the environment; keys are made once and kept to ourselves."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config import Config


def a_config(folder: Path, **environ: str) -> Config:
    return Config({"DATA_DIR": str(folder), **environ})


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path):
    first, second = a_config(tmp_path), a_config(tmp_path)

    assert (first.SECRET_KEY, first.AUDIT_KEY) == (second.SECRET_KEY, second.AUDIT_KEY)
    assert first.SECRET_KEY != first.AUDIT_KEY
    assert len(bytes.fromhex(first.AUDIT_KEY)) == 32
    for name in ("secret_key", "audit_key"):
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600


def test_a_key_that_is_given_is_not_written_down(tmp_path):
    given = a_config(tmp_path, SECRET_KEY="s" * 40, AUDIT_KEY="ab" * 32)

    assert given.SECRET_KEY == "s" * 40
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_means_psycopg(tmp_path, scheme):
    config = a_config(tmp_path, DATABASE_URL=f"{scheme}://clerk@db.example/taizhang")

    assert config.SQLALCHEMY_DATABASE_URI == "postgresql+psycopg://clerk@db.example/taizhang"


@pytest.mark.parametrize(
    ("environ", "begins"),
    [
        ({}, "file:"),
        ({"DATABASE_URL": "postgres://db.example/t"}, "postgresql"),
        ({"DATABASE_URL": "postgres://db.example/t", "REDIS_URL": "redis://r.example"}, "redis:"),
        ({"REDIS_URL": "redis://r.example", "JOBS_URL": "file:/srv/jobs.db"}, "file:/srv"),
    ],
)
def test_jobs_wait_where_every_machine_can_fetch_them(tmp_path, environ, begins):
    assert a_config(tmp_path, **environ).JOBS_URL.startswith(begins)


def test_cookies_need_https_as_soon_as_a_proxy_stands_before_us(tmp_path):
    assert not a_config(tmp_path).SESSION_COOKIE_SECURE
    assert a_config(tmp_path, PROXIES="1").SESSION_COOKIE_SECURE
