"""The server: `python run.py` starts it with its jobs; `run:app` is for any WSGI server.

`app` is built when somebody asks for it, so that starting and watching costs nothing.
gunicorn reads the hooks at the end of this file (`--config python:run`).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from config import ROOT, Config

#: A process that dies again and again is started again at growing intervals, in seconds.
PATIENCE = (1, 2, 5, 10, 30)
#: One that lived so long died of something new: no growing intervals.
LONG_LIFE = 60.0
#: Requests under way may end within this time when the server is told to stop, in seconds.
FAREWELL = 20
READY_WITHIN = 120.0


def __getattr__(name: str) -> Any:
    if name == "app":
        from app import create_app

        globals()["app"] = application = create_app()
        return application
    raise AttributeError(name)


class Child:
    """A process of ours that is started again when it dies."""

    def __init__(self, name: str, *command: str) -> None:
        self.name = name
        self.command = command
        self.deaths = 0
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.again_at: float | None = None
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            # Ctrl-C is for us; we tell them. And if we are killed, they must not stay behind.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def watch(self) -> None:
        """Start it again when it has died, after a pause that grows with its deaths."""
        now = time.monotonic()
        if self.again_at is not None:
            if now >= self.again_at:
                self.start()
        elif self.process.poll() is not None:
            self.deaths = 1 if now - self.started_at > LONG_LIFE else self.deaths + 1
            pause = PATIENCE[min(self.deaths, len(PATIENCE)) - 1]
            say(f"{self.name} ended ({self.process.returncode}) and starts again in {pause} s")
            self.again_at = now + pause

    def stop(self, within: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(within)
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask_to_stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()


def serve() -> int:
    """Run the web server and the jobs until told to stop; both end with this process."""
    config = Config()
    if not _is_free(config.HOST, config.PORT):
        say(f"{config.HOST}:{config.PORT} is taken: set another PORT, or end what listens there.")
        return 1
    _prepare_metrics(config)

    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: told.append(received))

    children = [
        Child("the web server", *_gunicorn(config)),
        Child("the jobs", sys.executable, "-m", "app.jobs"),
    ]
    address = f"http://{_shown(config.HOST)}:{config.PORT}"
    asked_since, announced = time.monotonic(), False
    while not told:
        for child in children:
            child.watch()
        if not announced and _answers(config.HOST, config.PORT):
            say(f"Taizhang listens on {address}")
            announced = True
        elif not announced and time.monotonic() - asked_since > READY_WITHIN:
            say(f"{address} does not answer yet; what the web server says stands above.")
            announced = True
        time.sleep(0.2)

    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + FAREWELL + 5
    for child in children:
        child.stop(max(deadline - time.monotonic(), 0.1))
    return 0


def _gunicorn(config: Config) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "run:app"),
        *("--config", "python:run"),
        *("--bind", f"{_shown(config.HOST)}:{config.PORT}"),
        *("--workers", str(config.WORKERS)),
        *("--threads", str(config.THREADS)),
        *("--worker-class", "gthread"),
        # One application in memory, shared by all workers until they write to it.
        "--preload",
        *("--timeout", "120"),
        *("--graceful-timeout", str(FAREWELL)),
        *("--keep-alive", "5"),
        *("--log-level", "warning"),
        "--no-control-socket",
        # A worker shows that it lives by touching a file: not on a disk that may be slow.
        *(("--worker-tmp-dir", "/dev/shm") if Path("/dev/shm").is_dir() else ()),
    ]


def _prepare_metrics(config: Config) -> None:
    """One folder for the numbers of all processes, empty at each start."""
    folder = Path(config.DATA_DIR, "metrics")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError:
            return False
    return True


def _answers(host: str, port: int) -> bool:
    reached_by = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        socket.create_connection((reached_by, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _die_with_parent() -> None:
    if sys.platform == "linux":
        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)


def say(line: str) -> None:
    print(line, flush=True)


# -- gunicorn's hooks


def post_fork(_server: Any, _worker: Any) -> None:
    """Connections opened before the fork belong to the parent: leave them to it unclosed."""
    from app.extensions import db
    from run import app

    with app.app_context():
        db.engine.dispose(close=False)


def child_exit(_server: Any, worker: Any) -> None:
    """A dead worker's gauges must not be counted any more."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


if __name__ == "__main__":
    sys.exit(serve())
