"""One file holds the house: taken while it runs, put into an empty place, equal by checksum."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from app import backup
from app.audit import chain
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import Refused, writing
from app.records.attachments import attach

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.processes


@pytest.fixture
def taken(people: Any, tmp_path: Path) -> Path:
    """A backup of a house with a customer, his file, and a sealed book."""
    with writing("cli"):
        customer = Customer(name="镕骉公司", party_kind=("supplier",), relation_stage="present")
        db.session.add(customer)
        db.session.flush()
        attach(customer, io.BytesIO(b"%PDF-1.4 licence"), "执照.pdf")
    with writing("cli"):
        chain.seal()
    target = tmp_path / "house.zip"
    backup.backup(target)
    return target


@pytest.fixture
def elsewhere(database: Any, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty place of the same kind."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if database.url.startswith("sqlite"):
        yield {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/taizhang.db"}
        return
    name = f"{database.name}_elsewhere"
    database._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    database._on_server(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    url = make_url(database.url).set(database=name).render_as_string(hide_password=False)
    yield {"DATA_DIR": str(folder), "DATABASE_URL": url}
    database._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def flask(elsewhere: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "run", *words],
            cwd=ROOT,
            env={**os.environ, **elsewhere, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                name: sorted(
                    (
                        tuple(str(v) for v in row)
                        for row in connection.execute(text(f'SELECT * FROM "{name}"'))
                    ),
                )
                for name in backup._tables(connection)
                if name not in ("search_document",)
            }
    finally:
        engine.dispose()


def test_what_is_put_back_is_what_was_taken(taken, elsewhere, flask, database):
    done = flask("restore", str(taken))

    assert done.returncode == 0, done.stderr
    assert contents(elsewhere["DATABASE_URL"]) == contents(database.url)
    stored = [p for p in Path(elsewhere["DATA_DIR"], "attachments").rglob("*") if p.is_file()]
    assert b"%PDF-1.4 licence" in {p.read_bytes() for p in stored}
    assert "sound" in done.stdout


def test_the_house_lives_on_in_its_new_place(taken, elsewhere, flask):
    flask("restore", str(taken))

    assert flask("sync").returncode == 0
    assert flask("audit", "verify").returncode == 0
    sheet = Path(elsewhere["DATA_DIR"], "more.csv")
    sheet.write_text("name,party_kind\n新公司,supplier\n", "utf-8")
    done = flask("load", "customer", str(sheet), "--json")
    assert json.loads(done.stdout)["counts"]["new"] == 1


def test_a_place_that_is_not_empty_is_left_as_it_is(taken, elsewhere, flask):
    flask("restore", str(taken))
    before = contents(elsewhere["DATABASE_URL"])

    done = flask("restore", str(taken))

    assert done.returncode == 1
    assert contents(elsewhere["DATABASE_URL"]) == before


def test_a_damaged_backup_writes_nothing(taken, elsewhere, flask, tmp_path):
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(taken) as source, zipfile.ZipFile(damaged, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.startswith("attachments/"):
                content = content.replace(b"licence", b"licenSe")
            target.writestr(entry.filename, content)

    done = flask("restore", str(damaged))

    assert done.returncode == 1
    assert "attachments/" in done.stderr
    assert not [
        p
        for p in Path(elsewhere["DATA_DIR"]).rglob("*")
        if p.is_file() and "attachments" in str(p)
    ]


def test_keys_stay_out_of_it(taken):
    with zipfile.ZipFile(taken) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names)

    assert not any(name.startswith("keys") or "secret_key" in name for name in names)
    assert os.environ["AUDIT_KEY"].encode() not in everything
    assert os.environ["SECRET_KEY"].encode() not in everything


def test_another_key_is_noticed(taken, flask):
    done = flask("restore", str(taken), AUDIT_KEY="7b" * 32)

    assert done.returncode == 0
    assert "another key" in done.stderr


def test_a_backup_is_one_state_while_others_write(app, people, tmp_path, elsewhere, flask):
    """Customers come in pairs, each pair in one transaction: a backup never holds half a pair."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        with app.app_context():
            while not stop.is_set():
                number += 1
                with writing("cli"):
                    for half in "AB":
                        db.session.add(
                            Customer(
                                name=f"{number}{half}",
                                party_kind=("dealer",),
                                relation_stage="present",
                            )
                        )
            db.session.remove()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for nth in range(3):
            backup.backup(tmp_path / f"{nth}.zip")
    finally:
        stop.set()
        writer.join()

    shutil.copy(tmp_path / "2.zip", tmp_path / "last.zip")
    assert flask("restore", str(tmp_path / "last.zip")).returncode == 0
    names = {row[3] for row in contents(elsewhere["DATABASE_URL"])["customer"]} | {
        value for row in contents(elsewhere["DATABASE_URL"])["customer"] for value in row
    }
    halves = {n for n in names if n[:-1].isdecimal() and n[-1:] in "AB" and len(n) > 1}
    assert halves
    assert {n[:-1] for n in halves if n.endswith("A")} == {
        n[:-1] for n in halves if n.endswith("B")
    }


def test_nothing_is_overwritten(taken):
    with pytest.raises(Refused):
        backup.backup(taken)


def test_a_file_that_is_no_backup_is_refused(tmp_path, flask):
    (tmp_path / "x.zip").write_text("hello")

    done = flask("restore", str(tmp_path / "x.zip"))

    assert done.returncode == 1
    assert "x.zip" in done.stderr
