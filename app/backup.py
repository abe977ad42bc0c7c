"""Everything of the house in one file, taken while it runs; and put back into an empty place.

In it: the database, the attachments, and a list of both with their checksums. Not in it: the keys
(DATA_DIR/keys), which are kept apart, and the queue of jobs, which the table of jobs fills again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import click
import fsspec
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import gettext as _
from sqlalchemy import Connection, create_engine, text

from app.audit import chain
from app.extensions import db
from app.records import Refusal, Refused, append_only, clock, search

_FORMAT = 1
_BLOCK = 1 << 20
_MANIFEST = "manifest.json"
_SQLITE = "database.sqlite"


def _refuse(words: str) -> Refused:
    return Refused(Refusal(words))


# -- taking it ---------------------------------------------------------------------------------------


def backup(target: Path) -> dict[str, Any]:
    """Write everything into a new file; says what is in it.

    :raises Refused: when the file is there already
    """
    if target.exists():
        raise _refuse(_("%(file)s is there already.", file=target))
    part = target.with_name(f".{target.name}.{os.getpid()}")
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "made_at": clock.now().isoformat(),
        "dialect": db.engine.dialect.name,
        "files": {},
    }
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            if manifest["dialect"] == "sqlite":
                digests = _take_sqlite(archive, manifest)
            else:
                digests = _take_postgresql(archive, manifest)
            _take_attachments(archive, manifest, digests)
            archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _put(archive: zipfile.ZipFile, manifest: dict[str, Any], name: str, source: IO[bytes]) -> None:
    """Store one file and note its size and checksum."""
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as entry:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            entry.write(block)
    manifest["files"][name] = {"size": size, "sha256": digest.hexdigest()}


def _sqlite_path() -> Path:
    return Path(db.engine.url.database or "")


def _take_sqlite(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> set[str]:
    """SQLite's own backup: one state of the database, however many write meanwhile."""
    with tempfile.TemporaryDirectory(dir=_sqlite_path().parent) as folder:
        copy = Path(folder, "copy.sqlite")
        with (
            closing(sqlite3.connect(_sqlite_path(), timeout=60)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target, pages=2000, sleep=0.01)
        engine = create_engine(f"sqlite:///{copy}")
        try:
            with engine.connect() as connection:
                manifest["revision"] = _revision(connection)
                manifest["tables"] = _counts(connection)
                digests = _digests(connection)
        finally:
            engine.dispose()
        # The log of the copy is folded into it: one file is the whole database.
        with closing(sqlite3.connect(copy)) as target:
            target.execute("PRAGMA journal_mode=DELETE")
        with copy.open("rb") as file:
            _put(archive, manifest, _SQLITE, file)
    return digests


def _take_postgresql(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> set[str]:
    """COPY of every table within one snapshot: one state, and nobody waits."""
    engine = create_engine(db.engine.url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql("SET LOCAL TimeZone = 'UTC'")
            manifest["revision"] = _revision(connection)
            manifest["tables"] = _counts(connection)
            manifest["sums"] = {name: _sum(connection, name) for name in manifest["tables"]}
            manifest["sequences"] = _sequences(connection)
            for name in manifest["tables"]:
                with tempfile.TemporaryFile() as file:
                    columns = ", ".join(_columns(connection, name))
                    driver: Any = connection.connection.driver_connection
                    with (
                        driver.cursor() as cursor,
                        cursor.copy(
                            f'COPY (SELECT {columns} FROM public."{name}") TO STDOUT'  # noqa: S608 - names of our own tables
                        ) as copy,
                    ):
                        for block in copy:
                            file.write(block)
                    file.seek(0)
                    _put(archive, manifest, f"tables/{name}", file)
            return _digests(connection)
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str:
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _tables(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name NOT LIKE 'search_word%' ORDER BY name"
        )
    else:
        query = (
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "ORDER BY c.relname"
        )
    found = connection.execute(text(query)).scalars()
    return [name for name in found if name != "alembic_version"]


def _counts(connection: Connection) -> dict[str, int]:
    return {
        name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()  # noqa: S608
        for name in _tables(connection)
    }


def _columns(connection: Connection, table: str) -> list[str]:
    query = text(
        "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name = :table AND is_generated = 'NEVER' ORDER BY ordinal_position"
    )
    return list(connection.execute(query, {"table": table}).scalars())


def _sum(connection: Connection, table: str) -> str:
    """One figure for all contents of a table, in whatever order they come."""
    columns = ", ".join(_columns(connection, table))
    rows = f'(SELECT {columns} FROM public."{table}") r'  # noqa: S608 - names of our own tables
    query = f"SELECT coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) FROM {rows}"  # noqa: S608
    return str(connection.execute(text(query)).scalar_one())


def _sequences(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
    )
    return {name: last for name, last in rows if last is not None}


def _digests(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT DISTINCT sha256 FROM attachment")).scalars())


def _store() -> tuple[Any, str]:
    filesystem, root = fsspec.core.url_to_fs(current_app.config["ATTACHMENTS_URL"])
    return filesystem, root


def _place(root: str, digest: str) -> str:
    return f"{root}/{digest[:2]}/{digest[2:4]}/{digest}"


def _take_attachments(
    archive: zipfile.ZipFile, manifest: dict[str, Any], digests: set[str]
) -> None:
    """The files that the copied database speaks of; they never change, so they may be read after it."""
    filesystem, root = _store()
    missing = []
    for digest in sorted(digests):
        path = _place(root, digest)
        if not filesystem.exists(path):
            missing.append(digest)
            continue
        with filesystem.open(path, "rb") as file:
            _put(archive, manifest, f"attachments/{digest}", file)
    manifest["missing"] = missing


# -- putting it back ---------------------------------------------------------------------------------


def restore(source: Path) -> dict[str, Any]:
    """Put everything back into an empty place, compare it, and check the audit book.

    :raises Refused: for a damaged file, another kind of database, or a place that is not empty
    """
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, FileNotFoundError):
        raise _refuse(_("%(file)s is no backup.", file=source)) from None
    with archive:
        manifest = _read_manifest(archive, source)
        _refuse_what_does_not_fit(manifest)
        _check(archive, manifest)
        _put_attachments(archive, manifest)
        if manifest["dialect"] == "sqlite":
            _put_sqlite(archive, manifest)
        else:
            _put_postgresql(archive, manifest)
    db.session.remove()
    with db.engine.connect() as connection:
        after = _counts(connection)
    if after != manifest["tables"]:
        raise RuntimeError("the restored tables do not have the rows that were taken")
    verdict = chain.verify()
    db.session.rollback()
    return {"manifest": manifest, "verdict": verdict, "same_key": _same_key()}


def _read_manifest(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
    except (KeyError, ValueError):
        raise _refuse(_("%(file)s is no backup.", file=source)) from None
    if manifest.get("format") != _FORMAT:
        raise _refuse(_("This backup was made by another version of the house."))
    return manifest


def _refuse_what_does_not_fit(manifest: dict[str, Any]) -> None:
    here = db.engine.dialect.name
    if manifest["dialect"] != here:
        raise _refuse(
            _(
                "The backup was taken from %(there)s; this place is set up for %(here)s.",
                there=manifest["dialect"],
                here=here,
            )
        )
    if here == "sqlite":
        path = _sqlite_path()
        filled = path.exists() and path.stat().st_size > 0 and _has_rows()
    else:
        filled = _has_rows()
    filesystem, root = _store()
    if filled or (filesystem.exists(root) and filesystem.find(root, maxdepth=3)):
        raise _refuse(_("This place is not empty. A backup is only put into an empty one."))


def _has_rows() -> bool:
    with db.engine.connect() as connection:
        return any(_counts(connection).values())


def _check(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Nothing is written before every file in it is what was put in."""
    for name, said in manifest["files"].items():
        digest = hashlib.sha256()
        try:
            with archive.open(name) as entry:
                while block := entry.read(_BLOCK):
                    digest.update(block)
        except (KeyError, zipfile.BadZipFile):
            digest = hashlib.sha256(b"damaged")
        if digest.hexdigest() != said["sha256"]:
            raise _refuse(_("The backup is damaged: %(name)s is not as it was taken.", name=name))


def _put_attachments(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    filesystem, root = _store()
    for name in manifest["files"]:
        if not name.startswith("attachments/"):
            continue
        path = _place(root, name.removeprefix("attachments/"))
        filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        with archive.open(name) as entry, filesystem.open(path, "wb") as file:
            while block := entry.read(_BLOCK):
                file.write(block)


def _put_sqlite(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    db.session.remove()
    db.engine.dispose()
    path = _sqlite_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.restored")
    with archive.open(_SQLITE) as entry, part.open("wb") as file:
        while block := entry.read(_BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if _sha(part) != manifest["files"][_SQLITE]["sha256"]:
        raise RuntimeError("the restored database is not the one that was taken")
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    part.replace(path)
    with db.engine.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if said != "ok":
        raise RuntimeError(f"SQLite finds the restored database unsound: {said}")


def _sha(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _put_postgresql(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Tables by the migrations, rows by COPY; foreign keys are taken off meanwhile and checked at the end."""
    from flask_migrate import upgrade

    upgrade(revision=manifest["revision"])
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        search.ensure(connection)
        append_only.ensure(connection)
        connection.exec_driver_sql("SET LOCAL TimeZone = 'UTC'")
        keys = list(_foreign_keys(connection))
        for table, name, _definition in keys:
            connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        driver: Any = connection.connection.driver_connection
        for name in manifest["tables"]:
            columns = ", ".join(_columns(connection, name))
            with (
                driver.cursor() as cursor,
                cursor.copy(f'COPY public."{name}" ({columns}) FROM STDIN') as copy,
                archive.open(f"tables/{name}") as entry,
            ):
                while block := entry.read(_BLOCK):
                    copy.write(block)
        for table, name, definition in keys:
            connection.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for name, last in manifest["sequences"].items():
            connection.execute(
                text("SELECT setval(cast(:name AS regclass), :last)"),
                {"name": f'public."{name}"', "last": last},
            )
        for name, said in manifest["sums"].items():
            if _sum(connection, name) != said:
                raise RuntimeError(f"the restored table {name} is not the one that was taken")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _foreign_keys(connection: Connection) -> Iterator[tuple[str, str, str]]:
    yield from (
        (row.place, row.conname, row.definition)
        for row in connection.execute(
            text(
                "SELECT conrelid::regclass::text AS place, conname, pg_get_constraintdef(oid) AS definition "
                "FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace "
                "AND conparentid = 0"
            )
        ).all()
    )


def _same_key() -> bool:
    """Whether the key of this place is the one that sealed the book."""
    with db.engine.connect() as connection:
        sealed = connection.execute(
            text("SELECT key FROM audit_block ORDER BY id DESC LIMIT 1")
        ).scalar()
    return (
        sealed is None or sealed == hashlib.sha256(bytes.fromhex(chain.public_key())).hexdigest()
    )


def manifest_of(source: Path) -> dict[str, Any]:
    """What is in a backup, without touching anything."""
    with zipfile.ZipFile(source) as archive:
        return _read_manifest(archive, source)


# -- from the command line ---------------------------------------------------------------------------


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup_command(file: Path) -> None:
    """Write database and attachments into one FILE, while the house runs."""
    try:
        manifest = backup(file)
    except Refused as no:
        raise click.ClickException(str(no)) from None
    rows = sum(manifest["tables"].values())
    stored = sum(name.startswith("attachments/") for name in manifest["files"])
    click.echo(f"{file}: {rows} rows in {len(manifest['tables'])} tables, {stored} attachments")
    for digest in manifest["missing"]:
        click.echo(f"attachment {digest} is not in the store", err=True)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore_command(file: Path) -> None:
    """Put a backup into this place, which must be empty; compares it, and checks the audit book."""
    try:
        said = restore(file)
    except Refused as no:
        raise click.ClickException(str(no)) from None
    manifest, verdict = said["manifest"], said["verdict"]
    rows = sum(manifest["tables"].values())
    click.echo(f"{rows} rows in {len(manifest['tables'])} tables, as they were taken")
    if not said["same_key"]:
        click.echo(
            "The audit book was sealed with another key. Put the keys of the old place into "
            "DATA_DIR/keys, then run: flask audit verify",
            err=True,
        )
    elif not verdict.is_sound:
        for fault in verdict.faults[:5]:
            click.echo(fault.text, err=True)
        raise SystemExit(1)
    else:
        click.echo(
            f"the audit book is sound: {verdict.entries} entries in {verdict.blocks} blocks"
        )
    click.echo("now run: flask sync")


COMMANDS = (backup_command, restore_command)
