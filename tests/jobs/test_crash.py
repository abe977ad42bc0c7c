"""A job in a real process that is killed in the middle of it."""

from __future__ import annotations

import signal

import pytest
from sqlalchemy import create_engine, insert, select

from app.jobs.job import Job
from app.records import clock
from tests.databases import fresh_database
from tests.house import processes

pytestmark = pytest.mark.processes

CONSUMER = ("-m", "tests.jobs.slow_work")


@pytest.fixture
def office(tmp_path):
    database = fresh_database("crash", tmp_path)
    env = processes.environment(tmp_path, database.url)
    processes.flask(env, "sync")
    engine = create_engine(database.url)
    yield env, engine
    engine.dispose()
    database.remove()


def order(engine, **arguments) -> int:
    with engine.begin() as connection:
        statement = insert(Job).values(
            kind="test_slow_whole", title="slow", arguments=arguments, created_at=clock.now()
        )
        return connection.execute(statement.returning(Job.id)).scalar_one()


def state_of(engine, job_id: int):
    with engine.connect() as connection:
        return connection.execute(
            select(Job.state, Job.attempts, Job.result).where(Job.id == job_id)
        ).one()


def test_a_killed_job_is_begun_again_and_takes_effect_once(office):
    env, engine = office
    job_id = order(engine, seconds=2)
    first = processes.start(env, *CONSUMER)
    processes.eventually(lambda: state_of(engine, job_id).state == "running")

    first.send_signal(signal.SIGKILL)
    first.wait()
    second = processes.start(env, *CONSUMER)
    try:
        processes.eventually(lambda: state_of(engine, job_id).state == "done")
    finally:
        second.terminate()
        second.wait(20)

    assert state_of(engine, job_id) == ("done", 2, {"effects": 1})
