"""What one test stores, the next does not find; what its module stored, it does."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from app.extensions import db
from app.jobs.job import Job
from app.records import writing


def a_job(title: str) -> None:
    with writing():
        db.session.add(Job(kind="none", title=title))


def titles() -> list[str]:
    return list(db.session.scalars(select(Job.title).order_by(Job.id)))


@pytest.fixture(scope="module")
def what_the_module_stored(app):
    with app.app_context():
        a_job("of the module")
        refuse = {
            "sqlite": (
                "CREATE TRIGGER keep_jobs BEFORE DELETE ON job"
                " BEGIN SELECT RAISE(ABORT, 'never'); END",
            ),
            "postgresql": (
                "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql"
                " AS 'BEGIN RAISE EXCEPTION ''never''; END'",
                "CREATE TRIGGER keep_jobs BEFORE DELETE ON job"
                " FOR EACH ROW EXECUTE FUNCTION never()",
            ),
        }
        with db.engine.begin() as connection:
            for statement in refuse[db.engine.dialect.name]:
                connection.execute(text(statement))
    yield
    with app.app_context(), db.engine.begin() as connection:
        of_job = {"postgresql": " ON job"}.get(db.engine.dialect.name, "")
        connection.execute(text(f"DROP TRIGGER keep_jobs{of_job}"))
        if of_job:
            connection.execute(text("DROP FUNCTION never()"))


@pytest.mark.usefixtures("what_the_module_stored")
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_test_begins_with_what_its_module_stored_and_nothing_else(time):
    assert titles() == ["of the module"]

    a_job(f"of the {time} test")

    assert titles() == ["of the module", f"of the {time} test"]


@pytest.mark.usefixtures("what_the_module_stored")
def test_ids_begin_where_they_began_before():
    a_job("another")

    assert db.session.scalar(select(func.max(Job.id))) == 2


def test_a_request_shares_no_context_with_the_test(app, client):
    seen = []
    app.before_request_funcs.setdefault(None, []).append(
        lambda: seen.append(db.session.registry.has())
    )
    db.session.execute(text("SELECT 1"))

    client.get("/healthz")

    app.before_request_funcs[None].pop()
    assert seen == [False]
