"""The real thing: servers and jobs in processes of their own, on a database of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
