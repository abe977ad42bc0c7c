"""`python run.py`: the web server and the jobs, kept alive, and ended together."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request

import pytest

from tests.databases import fresh_database
from tests.house import processes

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    database = fresh_database("server", folder)
    env = processes.environment(folder, database.url, PORT=str(processes.free_port()))
    processes.flask(env, "sync")
    yield env
    database.remove()


@pytest.fixture
def server(env):
    started = processes.start(env, "run.py")
    processes.eventually(lambda: is_well(env))
    yield started
    started.kill()
    started.wait()


def is_well(env) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{env['PORT']}/healthz", timeout=5) as page:
            return page.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def test_what_is_killed_comes_back(env, server):
    before = processes.eventually(
        lambda: (found := processes.children_of(server.pid)) and len(found) == 2 and found
    )

    for process in before.values():
        os.kill(process, signal.SIGKILL)

    after = processes.eventually(
        lambda: (found := processes.children_of(server.pid)) and len(found) == 2 and found
    )
    processes.eventually(lambda: is_well(env))
    assert before.keys() == after.keys() == {"gunicorn", "app.jobs"}
    assert not set(before.values()) & set(after.values())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_end_with_the_server(env, server, how):
    children = processes.children_of(server.pid)

    server.send_signal(how)

    server.wait(30)
    processes.eventually(lambda: not any(map(processes.is_running, children.values())), 30)
    assert not is_well(env)


def test_a_second_server_at_the_same_place_says_so(env, server):
    second = processes.start(env, "run.py")

    assert second.wait(20) == 1
    assert is_well(env)
