"""A real server and a real browser. Whatever a page says to its console, or asks of another host, is a failure."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.furnish import PASSWORD
from tests.databases import fresh_database
from tests.house import processes

DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
#: what Chromium writes when an answer is a refusal: the page itself says it in words
REFUSALS = "Failed to load resource: the server responded with a status of"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The address of a house with people and rows in it."""
    folder = tmp_path_factory.mktemp("browser")
    database = fresh_database(f"browser_{worker_id}", folder)
    env = processes.environment(folder, database.url, PORT=str(processes.free_port()))
    processes.flask(env, "sync")
    subprocess.run(
        [sys.executable, "-m", "tests.browser.furnish"], cwd=processes.ROOT, env=env, check=True
    )
    started = processes.start(env, "run.py")
    address = f"http://127.0.0.1:{env['PORT']}"

    def is_well() -> bool:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as page:  # noqa: S310 - our own server
                return page.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    processes.eventually(is_well)
    yield address
    started.terminate()
    started.wait(30)
    database.remove()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


Opener = Callable[..., Page]


@pytest.fixture
def opened(server: str, chromium: Browser) -> Iterator[Opener]:
    """`opened("alice")` is a page on which alice is signed in; `opened(None)` one on which nobody is."""
    contexts = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: (
                said.type in ("error", "warning")
                and not said.text.startswith(REFUSALS)
                and complaints.append(f"{page.url}: {said.text}")
            ),
        )
        page.on(
            "request",
            lambda asked: (
                not asked.url.startswith((server, "data:", "blob:"))
                and complaints.append(f"{page.url} asks {asked.url}")
            ),
        )
        page.on(
            "request",
            lambda asked: (
                "/appbuilder/" in asked.url
                and complaints.append(f"{page.url} loads FAB's {asked.url}")
            ),
        )
        page.on(
            "response",
            lambda answer: (
                answer.status >= 500 and complaints.append(f"{answer.url}: {answer.status}")
            ),
        )

    def open_page(who: str | None, viewport: dict[str, int] | None = None, **more: Any) -> Page:
        context = chromium.new_context(
            base_url=server, viewport=viewport or DESKTOP, locale="zh-CN", **more
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("page", watch)
        page = context.new_page()
        if who is not None:
            page.goto("/login/")
            page.fill("#username", who)
            page.fill("#password", PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url(f"{server}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def is_wider_than_the_window(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )
