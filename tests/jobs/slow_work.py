"""Work slow enough to be killed in; a consumer of its own knows it."""

from __future__ import annotations

import time

from sqlalchemy import func, select

from app import jobs
from app.extensions import db
from app.jobs.job import Job


@jobs.job("test_slow_whole")
def slow_whole(seconds: float) -> dict[str, int]:
    """Store one row, and take its time before the end."""
    db.session.add(Job(kind="none", title="effect", state="done"))
    db.session.flush()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        jobs.progress(1, 2, "half way")
        time.sleep(0.05)
    return {"effects": db.session.scalar(select(func.count()).where(Job.title == "effect"))}


if __name__ == "__main__":
    # As a script this module is another one than the tests import: it declares its job here.
    from app.jobs.__main__ import main

    main()
