"""The inbox with many open cases, and many people signing at once, over HTTP on the production server.

    .venv/bin/python -m bench.signing --cases 10000 --people 50 --database sqlite:////tmp/bench_signing/house.db

Requests for leave are submitted by the operation itself, one head of department has nearly all of them
in his inbox; then the others sign theirs, each in his own session, at the same moment.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import threading
import time
import uuid
from datetime import date, timedelta

from bench.facts import _house, _said
from bench.registers import PASSWORD, Browser, _free_port, _line

#: how many each of the many signs
_EACH = 10


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--cases", type=int, default=10_000)
    words.add_argument("--people", type=int, default=50)
    words.add_argument("--database", default="sqlite:////tmp/bench_signing/house.db")
    words.add_argument("--times", type=int, default=25)
    asked = words.parse_args()
    app = _house(asked.database, fresh=True)
    with app.app_context():
        from app.extensions import db

        _make(asked.cases, asked.people)
        db.session.remove()
        db.engine.dispose()
    _measure(asked.people, asked.times)


def _make(cases: int, people: int) -> None:
    """Departments with a head and a clerk each; the first one's clerk asks for most of it."""
    from app.approvals import casework
    from app.domains.directory.leave import LeaveRequest
    from app.extensions import db
    from app.organisation.models import Department, Employee, Post
    from app.records import Actor, writing
    from app.security import users

    started, clerks = time.perf_counter(), []
    with writing("cli"):
        for number in range(people + 1):
            dept = Department(name=f"第{number:02}科")
            post = Post(
                post_name=f"科员{number:02}", dept=dept, duties="-", quality_requirement="-"
            )
            db.session.add_all([dept, post])
            head = users.create(
                f"head{number}",
                f"科长{number:02}",
                PASSWORD,
                ["department_head"],
                must_change=False,
            )
            clerk = users.create(f"clerk{number}", f"科员{number:02}", PASSWORD, must_change=False)
            boss = Employee(name=f"科长{number:02}", dept=dept, post=post, user_id=head.id)
            person = Employee(name=f"科员{number:02}", dept=dept, post=post, user_id=clerk.id)
            db.session.add_all([boss, person])
            db.session.flush()
            dept.head_id = boss.id
            clerks.append((Actor(clerk.id, f"科员{number:02}"), person.id))
    wanted = [clerks[0]] * (cases - people * _EACH) + [
        clerk for clerk in clerks[1:] for _one in range(_EACH)
    ]
    first = date.today() + timedelta(days=30)  # noqa: DTZ011 - any day to come
    for start in range(0, len(wanted), 250):
        part = wanted[start : start + 250]
        for actor in dict.fromkeys(actor for actor, _person in part):
            with writing("cli", actor):
                for one, person in part:
                    if one is not actor:
                        continue
                    leave = LeaveRequest(
                        employee_id=person,
                        kind="annual",
                        from_on=first,
                        to_on=first,
                        reason="探亲",
                    )
                    db.session.add(leave)
                    db.session.flush()
                    casework.submit(leave, key=uuid.uuid4().hex)
            db.session.expunge_all()
    _said(f"{len(wanted):,} requests submitted", started)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        postgresql = db.engine.dialect.name == "postgresql"
        connection.exec_driver_sql("VACUUM ANALYZE" if postgresql else "ANALYZE")


def _sign_in(port: int, name: str) -> Browser:
    browser = Browser(port)
    _status, page = browser.ask("/login/")
    form = {"username": name, "password": PASSWORD, "csrf_token": browser.token(page)}
    status, _page = browser.ask("/login/", form)
    if status != 302:
        raise SystemExit(f"{name} did not come in: {status}")
    return browser


def _measure(people: int, times: int) -> None:
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "run.py"], env=os.environ | {"PORT": str(port), "WORKERS": "2"}
    )
    try:
        while True:
            try:
                if Browser(port).ask("/healthz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.05)
        _inbox(port, times)
        _at_once(port, people)
    finally:
        server.terminate()
        server.wait()


def _inbox(port: int, times: int) -> None:
    browser = _sign_in(port, "head0")
    _status, page = browser.ask("/approvals/")
    task = re.search(r"/approvals/task/(\d+)", page)
    if task is None:
        raise SystemExit("the inbox is empty")
    for what, path in (
        ("start page of who has them all", "/"),
        ("inbox: mine", "/approvals/"),
        ("inbox: one task with its case", f"/approvals/task/{task[1]}"),
        ("inbox: done", "/approvals/?tab=done"),
        ("inbox: awaiting others", "/approvals/?tab=awaiting"),
    ):
        took = []
        for _time in range(times):
            begun = time.perf_counter()
            status, _text = browser.ask(path)
            took.append((time.perf_counter() - begun) * 1000)
            if status != 200:
                raise SystemExit(f"{path}: {status}")
        _line(what, took)


def _at_once(port: int, people: int) -> None:
    """Everybody signs what waits for him, one after the other, all at the same moment."""
    browsers = [_sign_in(port, f"head{number}") for number in range(1, people + 1)]
    took: list[float] = []
    wrong: list[str] = []
    gate = threading.Barrier(people + 1)

    def sign(browser: Browser) -> None:
        gate.wait()
        for _one in range(_EACH):
            _status, page = browser.ask("/approvals/")
            found = re.search(r'action="(/approvals/task/\d+)"', page)
            key = (
                re.search(r'name="key" value="(\w+)"', page[page.index('id="decide"') :])
                if found
                else None
            )
            version = re.search(r'name="version" value="(\d+)"', page)
            if found is None or key is None or version is None:
                wrong.append("nothing to sign")
                return
            form = {
                "act": "approve", "key": key[1], "version": version[1], "csrf_token": browser.token(page),
            }  # fmt: skip
            begun = time.perf_counter()
            status, _page = browser.ask(found[1], form)
            took.append((time.perf_counter() - begun) * 1000)
            if status != 302:
                wrong.append(f"{found[1]}: {status}")

    threads = [threading.Thread(target=sign, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if wrong:
        raise SystemExit(f"{len(wrong)} were not signed: {wrong[:3]}")
    _line(f"one signature, while {people} people sign", took)
    rate = len(took) / seconds
    print(
        f"{f'{len(took)} signatures of {people} people':<52} {seconds:7.1f} s, {rate:.0f} a second"
    )
    print(f"{'mean of one signature':<52} {statistics.fmean(took):7.1f} ms")


if __name__ == "__main__":
    main()
