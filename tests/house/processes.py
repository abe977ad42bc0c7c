"""The real thing: servers and jobs in processes of their own, on a database of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.extensions import db

ROOT = Path(__file__).resolve().parents[2]


def environment(data_dir: Path, database_url: str, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "SECRET_KEY": "only for tests, and long enough for every algorithm that signs",
        "AUDIT_KEY": "5a" * 32,
        "ADMIN_PASSWORD": "Blau-Pferd-71-Fenster",
        "REDIS_URL": "",
        "JOBS_URL": "",
        "WORKERS": "1",
        "PYTHONPATH": str(ROOT),
        **more,
    }


def flask(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "run", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(env: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=env)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def eventually(what: Callable[[], Any], within: float = 60.0) -> Any:
    """Ask until the answer is yes; fail with the last answer."""
    deadline = time.monotonic() + within
    while not (answer := what()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        time.sleep(0.1)
    return answer


def children_of(process: int) -> dict[str, int]:
    """The processes it started, by what they run."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == process and b"-m" in words:
            found[words[words.index(b"-m") + 1].decode()] = int(folder.name)
    return found


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Other:
    """Another process of the house that waits for acts, one on each line (tests/house/listening.py)."""

    def __init__(self, module: str, data_dir: Path, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=environment(data_dir, url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, **asked: Any) -> None:
        # No connection of this process stays open: its file was put back by copying, and SQLite's
        # locks fall with any handle on the file that a process closes.
        db.session.rollback()
        db.engine.dispose()
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def two_of(module: str, database: Any, data_dir: Path) -> Iterator[list[Other]]:
    """Two of them, ready to act; for a fixture of a whole module."""
    both = [Other(module, data_dir, database.url) for _place in range(2)]
    for one in both:
        assert one.answer() == {"ready": True}
    yield both
    for one in both:
        one.end()
