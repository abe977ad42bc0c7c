"""Pages of a register with many rows: list, search, show, forms, saving, over HTTP on the production server.

    .venv/bin/python -m bench.registers --rows 1000000 --database sqlite:////tmp/bench_rows/rows.db
    .venv/bin/python -m bench.registers --rows 1000000 --database postgresql://postgres@127.0.0.1:5432/bench_rows

Customers with real-looking Chinese names go in by bulk statements, with their entries in the search
index; then a browser without a screen asks for each page again and again. Figures are printed, never
asserted; docs/performance.md keeps those of a known machine.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from bench.facts import _bulk, _customers, _house, _said

PASSWORD = "Weiden-Kiesel-48-Lampe"  # noqa: S105 - of a made-up clerk in a made-up company
CITIES = ("宁波", "杭州", "苏州", "无锡", "上海", "广州", "深圳", "厦门", "青岛", "成都")


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--database", default="sqlite:////tmp/bench_rows/rows.db")
    words.add_argument("--only", choices=("make", "measure"))
    words.add_argument("--times", type=int, default=25)
    asked = words.parse_args()
    app = _house(asked.database, fresh=asked.only != "measure")
    if asked.only != "measure":
        with app.app_context():
            _make(asked.rows)
    if asked.only != "make":
        with app.app_context():
            from app.extensions import db

            db.session.remove()
            db.engine.dispose()
        _measure(asked.times)


def _make(rows: int) -> None:
    from app.extensions import db
    from app.records import writing
    from app.security import users

    with writing("cli"):
        users.create("dave", "陈勇", PASSWORD, ["customer_info_officer"], must_change=False)
    chance, started = random.Random(11), time.perf_counter()
    with _bulk() as bulk:
        types = bulk.ids("business_type")
        dept = bulk.put_one("department", {"name": "营销部", "number": "BM-0001"})
        post = bulk.put_one(
            "post",
            {"post_name": "销售代表", "dept_id": dept, "duties": "-", "quality_requirement": "-"},
        )
        bulk.put(
            "employee",
            (
                {"name": f"代表{n:03}", "number": f"YG-{n:05}", "dept_id": dept, "post_id": post}
                for n in range(1, 201)
            ),
        )
        reps = bulk.ids("employee")
        bulk.put("customer", _filled(chance, _customers(chance, rows, types, reps)))
        _said(f"{rows:,} customers", started)
    _index(rows)
    _said("their search index", started)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        postgresql = db.engine.dialect.name == "postgresql"
        connection.exec_driver_sql("VACUUM ANALYZE" if postgresql else "ANALYZE")
    _said("statistics", started)


def _filled(chance: random.Random, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    first = date(1995, 1, 1)
    for number, row in enumerate(rows):
        yield row | {
            "district": chance.choice(CITIES),
            "phone": f"021-{number % 10**8:08}",
            "address": f"{chance.choice(CITIES)}市人民路{number % 900 + 1}号",
            "registered_on": first + timedelta(days=chance.randrange(11_000)),
            "registered_capital": chance.randrange(10, 9000) * 1_000_000,
        }


def _index(rows: int) -> None:
    """Entries of the index as saving would have made them, in parts."""
    from sqlalchemy import select

    from app.domains.directory.models import Customer
    from app.extensions import db
    from app.records import search

    last, part = 0, 20_000
    with db.engine.connect().execution_options(writes=True) as connection:
        while True:
            found = list(
                db.session.scalars(
                    select(Customer).where(Customer.id > last).order_by(Customer.id).limit(part)
                )
            )
            if not found:
                break
            last = found[-1].id
            entries = [search.entry_of(record) for record in found]
            db.session.expunge_all()
            db.session.rollback()
            search.add_entries(connection, entries)
            connection.commit()
            if last % 200_000 < part:
                print(f"{last:>12,} indexed of {rows:,}", flush=True)


# -- measuring -----------------------------------------------------------------------------------------


class Browser:
    """One connection kept open, cookies and all."""

    def __init__(self, port: int) -> None:
        self.door = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        method = "GET" if form is None else "POST"
        try:
            self.door.request(method, path, body, headers)
            answer = self.door.getresponse()
        except http.client.RemoteDisconnected:
            # The server closed a connection that stood idle; a browser opens another one.
            self.door.close()
            self.door.request(method, path, body, headers)
            answer = self.door.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _equals, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, text

    def token(self, page: str) -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]  # type: ignore[index]

    def sign_in(self) -> None:
        _status, page = self.ask("/login/")
        form = {"username": "dave", "password": PASSWORD, "csrf_token": self.token(page)}
        status, _page = self.ask("/login/", form)
        if status != 302:
            raise SystemExit(f"nobody came in: {status}")


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _measure(times: int) -> None:
    port = _free_port()
    env = os.environ | {"PORT": str(port), "WORKERS": "2"}
    begun = time.perf_counter()
    server = subprocess.Popen([sys.executable, "run.py"], env=env)
    try:
        while True:
            try:
                browser = Browser(port)
                if browser.ask("/healthz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.05)
        print(f"{'server answers after':<52} {(time.perf_counter() - begun) * 1000:8.0f} ms")
        _ask_all(port, times)
        _memory(server.pid)
    finally:
        server.terminate()
        server.wait()


def _ask_all(port: int, times: int) -> None:
    browser = Browser(port)
    browser.sign_in()
    _status, first = browser.ask("/customer/list/")
    ids = re.findall(r"/customer/show/(\d+)", first)
    pk = ids[3]
    pages: list[tuple[str, str]] = [
        ("list, first page", "/customer/list/"),
        ("list, filtered by district", f"/customer/list/?where=district:is:{quote('宁波')}"),
        ("list, filtered by state and date", "/customer/list/?where=state:is:trading&where=registered_on:from:2020-01-01"),
        ("list, sorted by name", "/customer/list/?order=name"),
        ("list, sorted by name, downwards", "/customer/list/?order=-name"),
        ("list, sorted by day of registration", "/customer/list/?order=registered_on"),
        ("list, sorted by relation", "/customer/list/?order=relation_stage"),
        ("list, page 400", "/customer/list/?page=400"),
        ("list, last page", "/customer/list/?at=last"),
        ("list, last page by name", "/customer/list/?order=name&at=last"),
        ("list, search of two characters", f"/customer/list/?q={quote('宁波')}"),
        ("list, search of a name", f"/customer/list/?q={quote('宁波恒')}"),
        ("list, search by initials", "/customer/list/?q=nbh"),
        ("search box, two characters", f"/search?q={quote('电器')}"),
        ("search box, initials", "/search?q=shdq"),
        ("search box, full pinyin", "/search?q=ningbo"),
        ("select of a customer, typing", f"/options/customer?q={quote('苏州')}"),
        ("show", f"/customer/show/{pk}"),
        ("edit form", f"/customer/edit/{pk}"),
        ("add form", "/customer/add"),
    ]  # fmt: skip
    for what, path in pages:
        took = []
        for _time in range(times):
            begun = time.perf_counter()
            status, _text = browser.ask(path)
            took.append((time.perf_counter() - begun) * 1000)
            if status != 200:
                raise SystemExit(f"{path}: {status}")
        _line(what, took)
    token = browser.token(browser.ask("/customer/add")[1])
    took = []
    for number in range(times):
        form = {
            "name": f"新建公司{time.time_ns()}", "party_kind": "dealer", "relation_stage": "present",
            "phone": f"0574-{number:07}", "csrf_token": token,
        }  # fmt: skip
        begun = time.perf_counter()
        status, text = browser.ask("/customer/add", form)
        took.append((time.perf_counter() - begun) * 1000)
        if status != 302:
            raise SystemExit(f"not saved: {status} {text[:400]}")
    _line("add: saved with rules, number, search and audit", took)


def _line(what: str, took: list[float]) -> None:
    took.sort()
    print(
        f"{what:<52} p50 {statistics.median(took):7.1f} ms   p95 {took[int(len(took) * 0.95) - 1]:7.1f} ms",
        flush=True,
    )


def _memory(supervisor: int) -> None:
    """What each process holds for itself, in MB."""
    from pathlib import Path

    waiting, found = [supervisor], []
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            waiting += [int(child) for child in task.read_text().split()]
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        pss = int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) // 1024  # type: ignore[index]
        rss = int(re.search(r"^Rss:\s+(\d+)", rollup, re.M)[1]) // 1024  # type: ignore[index]
        found.append((b" ".join(words[2:4]).decode() or "run.py", pss, rss))
    for name, pss, rss in found:
        print(f"{'memory of ' + name:<52} {pss:8} MB shared fairly, {rss} MB in all")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'memory of this benchmark':<52} {peak:8} MB")


if __name__ == "__main__":
    main()
