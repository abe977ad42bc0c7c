"""Every role × register × verb × path over HTTP: who holds a right gets in, who holds none stays out.

`make crawl` walks it; the suite leaves it out for its length.
"""

from __future__ import annotations

import pytest

from app.extensions import db
from app.records import writing
from app.security.roles import ROLES, rights
from tests.factories import make
from tests.house.walk import REGISTERS, VIEWS
from tests.people import PASSWORD, hire

pytestmark = pytest.mark.crawl

EVERYBODY = "employee"
GRANTED = {}
for _right in rights():
    GRANTED.setdefault((_right.role, _right.register), set()).update(_right.verbs)


def verbs_of(role: str, register: str) -> set[str]:
    """A role's own verbs and those of everybody."""
    return GRANTED.get((role, register), set()) | GRANTED.get((EVERYBODY, register), set())


@pytest.fixture(scope="module")
def town(app):
    """Somebody in every role, one record of every register."""
    from tests.people import move_in

    with app.app_context():
        people = move_in()
        with writing("cli"):
            everybody = {
                role: hire(
                    f"c_{role}", "走访人", people.office, people.alice.employee.post, role
                ).id
                for role in ROLES
            }
            records = {}
            for register in REGISTERS:
                record = make(register)
                db.session.add(record)
                db.session.flush()
                records[register] = record.id
    return everybody, records


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_exactly_where_its_rights_lead(app, town, sign_in, role):
    everybody, records = town
    user = db.session.get(app.appbuilder.sm.user_model, everybody[role])
    browser = sign_in(app.test_client(), user)
    header = {
        "Authorization": "Bearer "
        + app.test_client()
        .post("/api/v1/security/login", json={"username": user.username, "password": PASSWORD})
        .json["access_token"]
    }
    wrong = []

    for register in REGISTERS:
        view, pk, held = VIEWS[register], records[register], verbs_of(role, register)
        api = f"/api/v1/{register}/"
        writable = view.kind in ("register", "lookup")
        # (path, whether the verb is held)
        reads = [
            (f"/{register}/list/", "r"), (f"/{register}/help", "r"), (f"/{register}/count", "r"),
            (f"/{register}/show/{pk}", "r"), (f"/{register}/timeline/{pk}", "r"),
            (f"/{register}/edit/{pk}", "r"), (f"/export/{register}.csv", "x"),
            (f"/import/{register}", "l"),
        ]  # fmt: skip
        if writable:
            reads.append((f"/{register}/add", "a"))
        for path, verb in reads:
            with browser.get(path) as answer:
                if (
                    ((answer.status_code == 403) and verb in held and verb != "r")
                    or (verb not in held and answer.status_code not in (403, 404))
                    or answer.status_code >= 500
                ):
                    wrong.append((path, answer.status_code))
        calls = [
            ("get", api, None, "r"), ("get", f"{api}{pk}", None, "r"), ("post", api, {"nonsense": 1}, "a"),
            ("put", f"{api}{pk}", {"version": 0}, "r"), ("delete", f"{api}{pk}", None, "d"),
        ]  # fmt: skip
        for method, path, body, verb in calls:
            answer = getattr(browser, method)(path, json=body, headers=header)
            fine = {403} if verb not in held else {200, 403, 404, 409, 422}
            if answer.status_code not in fine:
                wrong.append((method, path, answer.status_code))
        options = browser.get(f"/options/{register}")
        if options.status_code != (200 if "r" in held else 404):
            wrong.append(("options", register, options.status_code))

    assert wrong == []
