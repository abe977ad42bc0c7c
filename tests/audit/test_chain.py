"""The chain: what was sealed is proven, and the first thing that was rewritten is named."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import func, select, text

from app.audit import AuditBlock, AuditEntry, AuditSeal, chain
from app.desk.book import seal_the_book
from app.extensions import db
from app.records import append_only, writing
from tests.factories.directory import a_customer


@pytest.fixture
def book(app):
    """Three customers, entered one by one, sealed into two blocks."""
    for name in ("甲", "乙", "丙"):
        with writing("cli"):
            db.session.add(a_customer(name=name))
        if name == "乙":
            seal_the_book()
    seal_the_book()
    entries = db.session.execute(
        select(AuditEntry.id).where(AuditEntry.register == "customer").order_by(AuditEntry.id)
    ).all()
    db.session.rollback()
    return entries


def rewrite(statement, **values):
    """What somebody with the password of the database could do: triggers off, change, triggers on."""
    db.session.rollback()
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        postgresql = connection.dialect.name == "postgresql"
        if postgresql:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            names = connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(text(statement), values)
        if not postgresql:
            append_only.ensure(connection)


def faults():
    return [(fault.kind, fault.entry_id) for fault in chain.verify().faults]


def test_an_honest_book_is_sound(book):
    verdict = chain.verify()

    assert verdict.is_sound
    assert (verdict.blocks, verdict.unsealed) == (2, 0)
    assert verdict.entries == db.session.scalar(select(func.count()).select_from(AuditEntry))


def test_what_is_not_sealed_yet_is_said(book):
    with writing("cli"):
        db.session.add(a_customer())

    assert chain.verify().unsealed == 1


def test_an_altered_entry_is_named(book):
    rewrite("UPDATE audit_log SET actor_name = 'nobody' WHERE id = :id", id=book[1].id)

    assert faults()[0] == ("altered", book[1].id)


def test_an_entry_that_was_taken_out_is_named(book):
    rewrite("DELETE FROM audit_log WHERE id = :id", id=book[0].id)

    assert faults()[0] == ("missing", book[0].id)


def test_an_entry_taken_out_together_with_its_seal_is_found(book):
    rewrite("DELETE FROM audit_seal WHERE id = :id", id=book[0].id)
    rewrite("DELETE FROM audit_log WHERE id = :id", id=book[0].id)

    assert faults()[0][0] == "missing"


def test_a_block_taken_out_is_found(book):
    rewrite("DELETE FROM audit_seal WHERE block_id = 1")
    rewrite("DELETE FROM audit_block WHERE id = 1")

    assert "missing" in {kind for kind, _entry in faults()}


def test_entries_in_another_order_are_found(book):
    first, second = db.session.execute(
        select(AuditSeal.id, AuditSeal.place)
        .where(AuditSeal.block_id == 1)
        .order_by(AuditSeal.place)
        .limit(2)
    ).all()
    rewrite("UPDATE audit_seal SET place = -1 WHERE id = :id", id=first.id)
    rewrite("UPDATE audit_seal SET place = :place WHERE id = :id", place=first.place, id=second.id)
    rewrite("UPDATE audit_seal SET place = :place WHERE id = :id", place=second.place, id=first.id)

    assert faults()[0][0] == "order"


def test_who_rewrites_entry_and_hashes_still_lacks_the_key(book):
    entry = book[2]
    rewrite("UPDATE audit_log SET actor_name = 'nobody' WHERE id = :id", id=entry.id)
    digest = chain.entry_digest(
        db.session.execute(select(AuditEntry.__table__).where(AuditEntry.id == entry.id)).one()
    )
    block_id = db.session.scalar(select(AuditSeal.block_id).where(AuditSeal.id == entry.id))
    rewrite("UPDATE audit_seal SET digest = :digest WHERE id = :id", digest=digest, id=entry.id)
    block = db.session.execute(select(AuditBlock.__table__).where(AuditBlock.id == block_id)).one()
    digests = db.session.scalars(
        select(AuditSeal.digest).where(AuditSeal.block_id == block_id).order_by(AuditSeal.place)
    ).all()
    forged = chain._block_digest(block.previous, list(digests), block.sealed_at.isoformat())
    rewrite("UPDATE audit_block SET digest = :digest WHERE id = :id", digest=forged, id=block_id)

    assert [kind for kind, _entry in faults()] == ["signature"]


def test_an_anchor_kept_elsewhere_shows_a_history_written_anew(book, app):
    kept = chain.anchor()
    assert chain.verify(kept).is_sound

    rewrite("DELETE FROM audit_seal")
    rewrite("DELETE FROM audit_block")
    seal_the_book()

    assert chain.verify().is_sound
    assert [fault.kind for fault in chain.verify(kept).faults] == ["anchor"]


def test_two_sealers_at_once_make_one_chain(app):
    for _n in range(6):
        with writing("cli"):
            db.session.add(a_customer())

    def seal():
        with app.app_context():
            seal_the_book()

    threads = [threading.Thread(target=seal) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    verdict = chain.verify()
    assert verdict.is_sound
    assert verdict.unsealed == 0


def test_the_command_says_whether_the_book_is_sound(app, book):
    runner = app.test_cli_runner()

    sound = runner.invoke(args=["audit", "verify", "--json"])
    rewrite("UPDATE audit_log SET ip = '1.2.3.4' WHERE id = :id", id=book[0].id)
    rewritten = runner.invoke(args=["audit", "verify", "--json"])

    assert (sound.exit_code, json.loads(sound.output)["sound"]) == (0, True)
    assert rewritten.exit_code == 1
    assert json.loads(rewritten.output)["faults"][0]["entry"] == book[0].id


def test_the_anchor_goes_to_a_file(app, book, tmp_path):
    file = tmp_path / "anchor.json"

    app.test_cli_runner().invoke(args=["audit", "anchor", "-o", str(file)])

    assert json.loads(file.read_text())["block"] == 2
    checked = app.test_cli_runner().invoke(args=["audit", "verify", "--anchor", str(file)])
    assert checked.exit_code == 0


def test_triggers_that_a_migration_dropped_come_back_with_sync(app):
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER audit_log_no_change ON audit_log")
        else:
            connection.exec_driver_sql("DROP TRIGGER audit_log_no_update")
    assert app.test_cli_runner().invoke(args=["check"]).exit_code == 1

    app.test_cli_runner().invoke(args=["sync"])

    assert app.test_cli_runner().invoke(args=["check"]).exit_code == 0
