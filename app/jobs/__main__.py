"""The process that does the jobs: `python -m app.jobs`, started and kept alive by run.py."""

from __future__ import annotations

import logging
import threading
from typing import Any

from flask import Flask

from app.jobs import store, work


def keep_saying_that_we_live(app: Flask) -> None:
    def say() -> None:
        while True:
            with app.app_context():
                try:
                    store.beat()
                except Exception:
                    logging.getLogger(__name__).exception("the heartbeat could not be stored")
            pause.wait(store.HEARTBEAT)

    pause = threading.Event()
    threading.Thread(target=say, name="heartbeat", daemon=True).start()


@work.timer("take_up_again")
def _take_up_again() -> Any:
    """Every minute: another machine may have died with a job in hand."""
    work.take_up_again()


def main() -> None:
    from run import app

    logging.getLogger("huey").setLevel(logging.WARNING)
    with app.app_context():
        store.beat()
        work.take_up_again(at_start=True)
        huey = store.the_store().huey
    keep_saying_that_we_live(app)
    consumer = huey.create_consumer(
        workers=app.config["JOB_WORKERS"],
        worker_type="thread",
        # A file has to be asked whether there is work: once a second is soon enough for a person.
        max_delay=1.0,
        # Ctrl-C and SIGTERM end at once: what was in hand is taken up again at the next start.
        graceful_signal="INT",
    )
    consumer.run()


if __name__ == "__main__":
    main()
