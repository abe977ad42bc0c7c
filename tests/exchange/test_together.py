"""Many at once: imports follow each other, nothing is entered twice, and a stopped one leaves nothing."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app import jobs
from app.domains.directory.models import Customer
from app.exchange import columns, loading, runs
from app.exchange.models import ImportRun, RunState
from app.extensions import db
from app.jobs import store
from app.records import writing
from tests.exchange.sheets import credit_code, load, xlsx

HEAD = ["name", "party_kind", "unified_social_credit_code"]


def at_once(app: Any, *works: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own, as processes would: its own session, its own context."""
    found: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        def inside() -> None:
            with app.app_context():
                gate.wait()
                try:
                    found[place] = work()
                except Exception as error:
                    found[place] = error
                finally:
                    db.session.remove()

        contextvars.Context().run(inside)

    threads = [threading.Thread(target=run, args=(i, w)) for i, w in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def rows(first: int, many: int) -> list[list[object]]:
    return [HEAD, *([f"公司{n}", "supplier", credit_code(n)] for n in range(first, first + many))]


def test_two_imports_of_different_rows_both_arrive(app, people):
    found = at_once(
        app,
        lambda: load(rows(0, 120)).counts["new"],
        lambda: load(rows(500, 120)).counts["new"],
    )

    assert found == [120, 120], found
    numbers = db.session.scalars(select(Customer.number)).all()
    assert len(set(numbers)) == 240


def test_two_imports_of_the_same_rows_enter_them_once(app, people):
    def work() -> tuple[int, int, int]:
        counts = load(rows(0, 120)).counts
        return counts["new"], counts["same"], counts["bad"]

    found = at_once(app, work, work)

    assert sorted(found) == [(0, 120, 0), (120, 0, 0)], found
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 120


def test_two_people_say_at_once_what_the_same_columns_mean(app, people):
    """The second one speaks before the first one's click has ended."""
    said = threading.Event()

    def keep(mapping: dict[str, str]) -> None:
        columns.keep("customer", ["甲", "乙"], mapping, {}, None)

    def first() -> None:
        with writing("cli"):
            keep({"甲": "name", "乙": "phone"})
            said.set()
            time.sleep(0.5)

    def second() -> None:
        said.wait()
        with writing("cli"):
            keep({"甲": "name", "乙": "address"})

    found = at_once(app, first, second)

    assert found == [None, None], found
    kept = db.session.scalars(select(columns.ColumnMapping)).one()
    assert kept.mapping == {"甲": "name", "乙": "address"}


def an_import(many: int = 20) -> int:
    with writing("cli"):
        run, _matched = runs.receive(
            "customer", xlsx(rows(0, many)), "a.xlsx", runs.person_of(None)
        )
        return run.id


def test_a_stopped_load_leaves_nothing(app, people, monkeypatch):
    monkeypatch.setattr(loading, "PART", 5)
    monkeypatch.setattr("app.jobs.work.BETWEEN_SAYINGS", 0)
    run_id = an_import()
    runs.try_run(run_id)
    real, said = loading.progress, []

    def stop_at_the_second_part(*words: Any) -> None:
        said.append(words)
        if len(said) == 2:
            store.wish_cancelled(db.session.scalars(select(jobs.Job.id)).one())
        real(*words)

    monkeypatch.setattr(loading, "progress", stop_at_the_second_part)
    with writing("cli"):
        job = runs.order(db.session.get(ImportRun, run_id), "load_import")

    db.session.expire_all()
    run = db.session.get(ImportRun, run_id)
    assert db.session.get(jobs.Job, job.id).state == "cancelled"
    assert run.state == RunState.SIMULATED
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0


def test_a_load_that_is_struck_off_before_it_begins_can_be_ordered_again(app, people, as_):
    from app.registers.requests import actor_of

    with writing("cli", actor=actor_of(people.dave.user)):
        run, _m = runs.receive(
            "customer", xlsx(rows(0, 3)), "a.xlsx", runs.person_of(people.dave.id)
        )
        run_id = run.id
    runs.try_run(run_id)
    with writing("cli"):
        job = runs.order(db.session.get(ImportRun, run_id), "load_import")
        store.wish_cancelled(job.id)
    client = as_(people.dave)

    assert f"/imports/{run_id}/load" in client.get(f"/imports/{run_id}").text
    client.post(f"/imports/{run_id}/load", data={"mode": "good"})

    assert db.session.scalar(select(func.count()).select_from(Customer)) == 3


def test_a_load_that_breaks_says_so_and_leaves_nothing(app, people, monkeypatch):
    run_id = an_import()
    runs.try_run(run_id)

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("the secret is 4711")

    monkeypatch.setattr(loading, "count", broken)
    with writing("cli"):
        runs.order(db.session.get(ImportRun, run_id), "load_import")

    db.session.expire_all()
    run = db.session.get(ImportRun, run_id)
    assert (run.state, bool(run.error)) == (RunState.SIMULATED, True)
    assert "4711" not in run.error
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0


def test_a_load_begun_again_after_a_crash_does_not_double(app, people):
    run_id = an_import()
    runs.try_run(run_id)
    runs.load_run(run_id)

    again = runs.load_run(run_id)

    assert again["new"] == 20
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 20


def test_memory_does_not_grow_with_the_sheet(app, people, monkeypatch):
    """After each part the session holds nothing of it."""
    monkeypatch.setattr(loading, "PART", 10)
    held: list[int] = []
    real = loading.progress

    def note(*words: Any) -> None:
        held.append(sum(isinstance(one, Customer) for one in db.session))
        real(*words)

    monkeypatch.setattr(loading, "progress", note)

    load(rows(0, 60))

    assert len(held) == 12
    assert set(held) == {0}


@pytest.mark.parametrize("many", [20, 200])
def test_a_load_asks_the_database_by_parts_and_not_by_rows(app, people, many, monkeypatch):
    from sqlalchemy import Engine, event

    monkeypatch.setattr(loading, "PART", 200)
    run_id = an_import(many)
    runs.try_run(run_id)
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        runs.load_run(run_id)
    finally:
        event.remove(Engine, "before_cursor_execute", count)

    assert len(seen) < 80, len(seen)
