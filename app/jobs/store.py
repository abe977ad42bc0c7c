"""The queue behind the jobs, and what a running job says while its own transaction is open.

Progress, the wish to cancel and the heartbeat live in the queue's store, not in the job's row: on
SQLite a job that writes holds the one write lock of the database until it ends.
"""

from __future__ import annotations

import contextvars
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from flask import Flask, current_app
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey, crontab

from app.records import clock

#: A process that has been silent so long is taken for dead.
SILENCE = 30.0
#: It says so often that it lives.
HEARTBEAT = 5.0

_WORD = secrets.token_hex(4)


@dataclass(frozen=True)
class Timer:
    """Work that the clock starts; `when` is a crontab by the office's time."""

    name: str
    function: Callable[[], Any]
    when: dict[str, str]

    def is_due(self, _timestamp: Any = None) -> bool:
        """The queue hands in UTC; the office's clock decides."""
        return bool(crontab(**self.when)(clock.in_office(clock.now()).replace(tzinfo=None)))


class Store:
    """The queue of one application, opened anew in each process: connections do not survive a fork."""

    def __init__(
        self, app: Flask, run: Callable[[int], None], timers: Mapping[str, Timer]
    ) -> None:
        self._app = app
        self._run = run
        self._timers = timers
        self._opened: tuple[int, Huey] | None = None

    @property
    def huey(self) -> Huey:
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), self._open())
        return self._opened[1]

    def _open(self) -> Huey:
        huey = _huey_at(self._app.config["JOBS_URL"], self._app.config["JOBS_IMMEDIATE"])
        self._task = huey.task(name="run")(partial(self._alone, self._run))
        for timer in self._timers.values():
            huey.periodic_task(timer.is_due, name=f"timer_{timer.name}")(
                partial(self._tick, timer)
            )
        return huey

    def send(self, job_id: int) -> None:
        """Wake whoever does the jobs; in tests, do it here and now."""
        if self._app.config["JOBS_IMMEDIATE"]:
            self._alone(self._run, job_id)
        else:
            huey = self.huey  # opening the queue makes the task
            huey.enqueue(self._task.s(job_id))

    def _tick(self, timer: Timer) -> None:
        # Every consumer has a clock; the first to say "mine" for this minute does the work.
        now = clock.now()
        if self.huey.put_if_empty(_tick_of(timer, now), 1):
            # Only Redis forgets by itself: the same minute's ticks of an hour and a day ago go here.
            for age in (timedelta(hours=1), timedelta(days=1)):
                self.huey.delete(_tick_of(timer, now - age))
            self._alone(timer.function)

    def _alone(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call it as a fresh process would: its own application context, nobody acting yet."""

        def call() -> None:
            with self._app.app_context():
                function(*arguments)

        contextvars.Context().run(call)


def _tick_of(timer: Timer, instant: datetime) -> str:
    return f"tick:{timer.name}:{instant:%Y%m%dT%H%M}"


def _huey_at(url: str, immediate: bool) -> Huey:
    """The queue that JOBS_URL names."""
    named: dict[str, Any] = {"name": "taizhang", "results": False}
    if immediate:
        return MemoryHuey(**named)
    if url.startswith(("redis://", "rediss://", "unix://")):
        return RedisHuey(url=url, **named)
    if url.startswith("postgresql"):
        return PostgresHuey(dsn=url.replace("postgresql+psycopg:", "postgresql:", 1), **named)
    path = Path(url.removeprefix("file:"))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not fsynced: what a power cut loses here stands in the table of jobs, and is sent again.
    return SqliteHuey(filename=str(path), fsync=False, timeout=20, **named)


def the_store() -> Store:
    return cast(Store, current_app.extensions["jobs"])


# -- what is said while the work goes on


def say(job_id: int, done: int, total: int | None, note: str) -> None:
    the_store().huey.put(f"progress:{job_id}", {"done": done, "total": total, "note": note})


def said(job_id: int) -> dict[str, Any]:
    return the_store().huey.get(f"progress:{job_id}", peek=True) or {}


def wish_cancelled(job_id: int) -> None:
    the_store().huey.put(f"cancel:{job_id}", True)


def is_wished_cancelled(job_id: int) -> bool:
    return the_store().huey.get(f"cancel:{job_id}", peek=True) is not None


def forget(job_id: int) -> None:
    for word in ("progress", "cancel"):
        the_store().huey.delete(f"{word}:{job_id}")


# -- who lives


def here() -> str:
    """This process, as a job's row names it; the last word tells it from an earlier one."""
    return f"{socket.gethostname()}:{os.getpid()}:{_WORD}"


def beat() -> None:
    """Say that this process lives, by the machine's clock: the office's may stand still."""
    the_store().huey.put(f"worker:{here()}", time.time())


def is_alive(worker: str) -> bool:
    """Whether the process that took a job can still have it."""
    if worker == here():
        return True
    host, process, _word = worker.rsplit(":", 2)
    if host == socket.gethostname() and (
        int(process) == os.getpid() or not Path("/proc", process).exists()
    ):
        return False
    last = the_store().huey.get(f"worker:{worker}", peek=True)
    return last is not None and time.time() - last < SILENCE


def is_idle() -> bool:
    return bool(the_store().huey.pending_count() == 0)
