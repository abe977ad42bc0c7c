"""A job is done once, says how far it is, and survives what its process does not."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app import jobs
from app.extensions import db
from app.jobs import store, work
from app.jobs.job import Job, State
from app.records import Actor, Refusal, Refused, acting, writing

DEAD = "a-machine-that-is-gone:4242:cafe"


@jobs.job("test_counting")
def counting(to: int) -> dict[str, int]:
    for number in range(1, to + 1):
        jobs.progress(number, to, f"row {number}")
    return {"counted": to}


@jobs.job("test_refusing")
def refusing() -> None:
    raise Refused(Refusal("The sheet is empty."))


@jobs.job("test_breaking")
def breaking() -> None:
    with writing():
        db.session.add(Job(kind="test_counting", title="half done"))
        db.session.flush()
    raise ZeroDivisionError("the secret is 4711")


@jobs.job("test_naming")
def naming() -> dict[str, str | None]:
    return {"actor": acting().actor.name, "for": acting().actor.for_name, "by": acting().channel}


@jobs.job("test_parts", whole=False)
def parts() -> str:
    with jobs.step():
        db.session.add(Job(kind="test_counting", title="a part that stays", state="done"))
    raise Refused(Refusal("No more paper."))


def a_job_left_running(attempts: int = 1, worker: str = DEAD) -> int:
    with writing():
        left = Job(kind="test_counting", title="left behind", arguments={"to": 3})
        left.state, left.worker, left.attempts = State.RUNNING.value, worker, attempts
        db.session.add(left)
        db.session.flush()
        return left.id


@pytest.mark.usefixtures("app")
class TestAJob:
    def test_is_begun_only_when_its_order_is_stored(self):
        with writing():
            order = jobs.enqueue("test_counting", "Count", to=5)
            assert order.state == State.QUEUED

        assert order.state == State.DONE
        assert order.result == {"counted": 5}
        assert (order.done, order.total, order.note) == (5, 5, "row 5")

    def test_is_never_begun_when_its_order_is_taken_back(self):
        def order_and_fail() -> None:
            with writing():
                jobs.enqueue("test_counting", "Count", to=5)
                raise LookupError

        with pytest.raises(LookupError):
            order_and_fail()

        assert db.session.query(Job).count() == 0

    def test_of_an_unknown_kind_cannot_be_ordered(self):
        with pytest.raises(LookupError, match="no kind of job"):
            jobs.enqueue("test_nobody_knows", "Nothing")

    def test_acts_for_whoever_ordered_it(self):
        bob_for_alice = Actor(None, "bob", None, "alice")

        with writing(channel="ui", actor=bob_for_alice):
            order = jobs.enqueue("test_naming", "Name")

        assert order.result == {"actor": "bob", "for": "alice", "by": "job"}

    def test_that_is_refused_says_why(self):
        order = jobs.enqueue("test_refusing", "Load")

        assert (order.state, order.error) == (State.FAILED, "The sheet is empty.")

    def test_that_breaks_leaves_nothing_half_done_and_shows_no_secret(self):
        order = jobs.enqueue("test_breaking", "Break")

        assert order.state == State.FAILED
        assert "4711" not in order.error
        assert [job.title for job in db.session.query(Job)] == ["Break"]

    def test_in_parts_keeps_the_parts_it_stored(self):
        order = jobs.enqueue("test_parts", "Print")

        assert order.state == State.FAILED
        assert {job.title for job in db.session.query(Job)} == {"Print", "a part that stays"}

    def test_is_done_once_however_often_it_is_sent(self):
        order = jobs.enqueue("test_counting", "Count", to=2)
        ended_at = order.ended_at

        work.run(order.id)

        db.session.refresh(order)
        assert (order.attempts, order.ended_at) == (1, ended_at)

    def test_stops_where_it_next_says_how_far_it_is(self):
        with writing():
            order = jobs.enqueue("test_counting", "Count", to=1000)
            store.wish_cancelled(order.id)

        assert order.state == State.CANCELLED
        assert not store.is_wished_cancelled(order.id)

    def test_that_waits_is_struck_off(self):
        with writing():
            order = jobs.enqueue("test_counting", "Count", to=5)
            jobs.cancel(order.id)

        assert order.state == State.CANCELLED
        assert order.attempts == 0


@pytest.mark.usefixtures("app")
class TestAfterACrash:
    def test_a_dead_process_loses_its_job_to_a_living_one(self):
        left = a_job_left_running()

        work.take_up_again(at_start=True)

        job = db.session.get(Job, left)
        assert (job.state, job.attempts, job.result) == (State.DONE, 2, {"counted": 3})

    def test_a_living_process_keeps_its_job(self):
        left = a_job_left_running(worker=store.here())

        work.take_up_again(at_start=True)

        assert db.session.get(Job, left).state == State.RUNNING

    def test_a_process_of_another_machine_lives_while_its_heart_beats(self, monkeypatch):
        other = "another-machine:1:beef"
        left = a_job_left_running(worker=other)
        monkeypatch.setattr(store, "here", lambda: other)
        store.beat()
        monkeypatch.undo()

        work.take_up_again(at_start=True)

        assert db.session.get(Job, left).state == State.RUNNING

    def test_a_job_that_kills_its_process_is_not_begun_for_ever(self):
        left = a_job_left_running(attempts=work.ATTEMPTS)

        work.take_up_again(at_start=True)

        job = db.session.get(Job, left)
        assert job.state == State.FAILED
        assert str(work.ATTEMPTS) in job.error

    def test_what_a_process_did_after_it_lost_its_job_is_taken_back(self):
        left = a_job_left_running(worker=store.here())
        with writing():
            db.session.execute(update(Job).where(Job.id == left).values(attempts=2))

        late = work._InHand(left, attempt=1, actor=Actor(None, "alice"))
        with pytest.raises(work.LostJob):
            work._end(late, State.DONE, result="too late")

        assert db.session.get(Job, left).result is None


@pytest.mark.usefixtures("app")
class TestTimers:
    def test_go_by_the_clock_of_the_office(self, on):
        at_seven = store.Timer("seven", lambda: None, {"minute": "0", "hour": "7"})

        with on("2026-03-02 07:00"):
            assert at_seven.is_due()
        with on("2026-03-02 15:00"):
            assert not at_seven.is_due()

    def test_ring_once_a_minute_however_many_consumers_there_are(self, app, on):
        rung = []
        bell = store.Timer("bell", lambda: rung.append(1), {"minute": "*"})

        with on("2026-03-02 07:00"):
            app.extensions["jobs"]._tick(bell)
            app.extensions["jobs"]._tick(bell)
        with on("2026-03-02 07:01"):
            app.extensions["jobs"]._tick(bell)

        assert len(rung) == 2
