"""The four steps of an import over pages, and who may take them."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from app.domains.directory.models import Customer
from app.exchange.models import ImportFault, ImportRun, RunState
from app.exchange.sheet import open_sheet
from app.extensions import db
from app.jobs.job import Job
from app.records import writing
from tests.exchange.rights import give
from tests.exchange.sheets import xlsx

GOOD = [["name", "party_kind"], ["甲公司", "supplier"], ["乙公司", "dealer"]]
MIXED = [*GOOD, ["", "supplier"], ["丁公司", "四不像"]]


def send(client, rows, name="客户.xlsx", register="customer", **more):
    return client.post(
        f"/import/{register}",
        data={"file": (xlsx(rows), name), **more},
        content_type="multipart/form-data",
    )


def the_run() -> ImportRun:
    db.session.expire_all()
    return db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()


def names() -> list[str]:
    return list(db.session.scalars(select(Customer.name).order_by(Customer.id)))


def test_a_certain_sheet_is_tried_at_once_and_loaded_by_a_click(as_, people):
    client = as_(people.dave)

    answer = send(client, GOOD)
    run = the_run()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/imports/{run.id}")
    page = client.get(f"/imports/{run.id}").text
    assert names() == []
    assert f"/imports/{run.id}/load" in page

    client.post(f"/imports/{run.id}/load", data={"mode": "good"})

    assert names() == ["甲公司", "乙公司"]
    page = client.get(f"/imports/{run.id}").text
    assert f"/imports/{run.id}/undo" in page


def test_what_is_missing_is_asked_for(as_, people):
    client = as_(people.dave)

    answer = send(client, [["name", "Farbe"], ["甲公司", "rot"]])
    run = the_run()
    assert answer.headers["Location"] == f"/imports/{run.id}/columns"
    page = client.get(answer.headers["Location"]).text
    assert 'name="fixed-party_kind"' in page

    client.post(
        f"/imports/{run.id}/columns",
        data={
            "header": ["name", "Farbe"],
            "target": ["name", "-"],
            "fixed-party_kind": ["supplier", "dealer"],
            "keeps_empty": "1",
        },
    )

    run = the_run()
    assert run.state == RunState.SIMULATED
    assert (run.counts["new"], run.fixed) == (1, {"party_kind": "supplier、dealer"})


def test_two_columns_in_one_field_are_refused_and_what_was_chosen_stays(as_, people):
    client = as_(people.dave)
    send(client, [["name", "Firma"], ["甲公司", "甲"]])
    run = the_run()

    answer = client.post(
        f"/imports/{run.id}/columns",
        data={"header": ["name", "Firma"], "target": ["name", "name"]},
    )

    assert answer.status_code == 422
    assert answer.text.count('<option value="name" selected') == 2


def test_faults_are_shown_and_taken_away_as_a_sheet(as_, people):
    client = as_(people.dave)
    send(client, MIXED)
    run = the_run()

    page = client.get(f"/imports/{run.id}").text
    answer = client.get(f"/imports/{run.id}/errors.xlsx")

    assert "四不像" in page
    sheet = open_sheet(io.BytesIO(answer.data), "a.xlsx")
    rows = [cells for _n, cells in sheet.rows()]
    assert [row[:2] for row in rows] == [["", "supplier"], ["丁公司", "四不像"]]
    assert "四不像" in rows[1][2]
    whole = open_sheet(
        io.BytesIO(client.get(f"/imports/{run.id}/errors.xlsx?all=1").data), "a.xlsx"
    )
    assert len(list(whole.rows())) == 4


def test_the_mended_sheet_is_read_again_without_its_reasons(as_, people):
    client = as_(people.dave)
    send(client, MIXED)
    mended = client.get(f"/imports/{the_run().id}/errors.xlsx").data

    client.post(
        "/import/customer",
        data={"file": (io.BytesIO(mended), "改好.xlsx")},
        content_type="multipart/form-data",
    )

    assert set((the_run().mapping or {}).values()) == {"name", "party_kind", ""}


def test_good_rows_only_or_nothing(as_, people):
    client = as_(people.dave)
    send(client, MIXED)
    run = the_run()

    client.post(f"/imports/{run.id}/load", data={"mode": "all"})
    assert names() == []
    client.post(f"/imports/{run.id}/load", data={"mode": "good"})

    assert names() == ["甲公司", "乙公司"]


def test_faults_are_filtered_by_their_reason_and_paged(as_, people):
    client = as_(people.dave)
    send(client, [["name", "party_kind"], *[["", "supplier"]] * 30, ["甲", "四不像"]])
    run = the_run()

    first = client.get(f"/imports/{run.id}").text
    second = client.get(f"/imports/{run.id}?page=2").text
    kinds = re.findall(r'<option value="([^"]+)"', first)
    only = client.get(f"/imports/{run.id}", query_string={"kind": kinds[-1]}).text

    assert "四不像" not in first
    assert "四不像" in second
    assert "四不像" in only
    assert client.get(f"/imports/{run.id}?page=99999&kind=x").status_code == 200


def test_the_pager_counts_every_fault_however_many_kinds_there_are(as_, people):
    client = as_(people.dave)
    send(client, MIXED)
    run = the_run()
    with writing("cli"):
        db.session.add_all(
            ImportFault(run_id=run.id, row=n, kind=f"kind {n}", reason=f"reason {n}")
            for n in range(500)
        )

    many = len(list(db.session.scalars(select(ImportFault).where(ImportFault.run_id == run.id))))

    assert f" {many} " in re.sub(r"<[^>]+>", " ", client.get(f"/imports/{run.id}").text)


def test_undoing_over_the_page_asks_for_a_reason(as_, people):
    client = as_(people.dave)
    send(client, GOOD)
    run = the_run()
    client.post(f"/imports/{run.id}/load", data={"mode": "good"})

    client.post(f"/imports/{run.id}/undo", data={"reason": " "})
    assert the_run().state == RunState.LOADED
    client.post(f"/imports/{run.id}/undo", data={"reason": "表错了"})

    assert the_run().state == RunState.UNDONE
    assert all(c.is_void for c in db.session.scalars(select(Customer)))
    assert "表错了" in client.get(f"/imports/{run.id}").text


def test_what_was_built_on_it_stands_on_the_page(as_, people):
    client = as_(people.dave)
    send(client, GOOD)
    run = the_run()
    client.post(f"/imports/{run.id}/load", data={"mode": "good"})
    customer = db.session.scalars(select(Customer)).first()
    client.post(
        f"/customer/edit/{customer.id}",
        data={"version": customer.version, "name": "甲公司改", "party_kind": "supplier", "relation_stage": "present"},
    )  # fmt: skip

    answer = client.post(f"/imports/{run.id}/undo", data={"reason": "表错了"})

    assert answer.status_code == 409
    assert "甲公司改" in answer.text


@pytest.mark.parametrize("who", ["alice", "carol", "erin"])
def test_who_may_not_load_gets_no_page_of_it(as_, people, who):
    client = as_(getattr(people, who))

    assert client.get("/import/customer").status_code == 403
    assert send(client, GOOD).status_code == 403
    assert client.get("/import/customer/template.xlsx").status_code == 403
    assert the_run() is None


def test_nobody_sees_or_steers_the_import_of_another(as_, people):
    mine, other = as_(people.dave), as_(people.carol)
    send(mine, GOOD)
    run = the_run()

    for path in ("", "/columns", ".json", "/errors.xlsx", "/file"):
        assert other.get(f"/imports/{run.id}{path}").status_code == 404, path
    for path in ("/load", "/undo", "/stop", "/columns"):
        assert other.post(f"/imports/{run.id}{path}", data={"mode": "good"}).status_code == 404
    assert names() == []
    assert "客户.xlsx" not in other.get("/imports/").text
    assert "客户.xlsx" in mine.get("/imports/").text


def test_who_may_load_the_whole_register_sees_its_imports_but_does_not_steer_them(as_, people):
    send(as_(people.dave), GOOD)
    run = the_run()
    give(people.bob.user, "customer", "raexl", "all")
    other = as_(people.bob)

    assert other.get(f"/imports/{run.id}").status_code == 200
    assert other.post(f"/imports/{run.id}/load", data={"mode": "good"}).status_code == 404


def test_who_has_lost_the_right_meanwhile_loads_nothing(as_, people):
    client = as_(people.dave)
    send(client, GOOD)
    run = the_run()
    from app.records import writing
    from app.security import scopes

    with writing("cli"):
        db.session.connection().exec_driver_sql(
            "DELETE FROM ab_permission_view_role WHERE permission_view_id IN (SELECT pv.id FROM"
            " ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id WHERE p.name = 'can_load')"
        )
        scopes.rights_changed(db.session.connection())
    scopes._cache.clear()

    assert client.post(f"/imports/{run.id}/load", data={"mode": "good"}).status_code == 403
    assert names() == []


def test_what_is_no_sheet_is_refused_at_the_first_step(as_, people):
    client = as_(people.dave)

    answer = client.post(
        "/import/customer",
        data={"file": (io.BytesIO(b"<html>"), "list.html")},
        content_type="multipart/form-data",
    )
    none = client.post("/import/customer", data={}, content_type="multipart/form-data")

    assert (answer.status_code, none.status_code) == (422, 422)
    assert "list.html" in answer.text
    assert the_run() is None


def test_a_register_that_people_do_not_write_takes_no_sheet(as_, people):
    give(people.dave.user, "sales_fact", "l", "all")
    from app.exchange.questions import press

    assert press().is_loadable("customer")
    assert not press().is_loadable("audit_log")
    assert as_(people.dave).get("/import/no_register").status_code == 403


def test_the_template_names_every_field_and_is_read_back(as_, people):
    client = as_(people.dave)

    answer = client.get("/import/customer/template.xlsx")

    sheet = open_sheet(io.BytesIO(answer.data), "a.xlsx")
    assert f"{Customer.specs()['name'].label} *" in sheet.header
    assert len(sheet.names) == 2
    notes = open_sheet(io.BytesIO(answer.data), "a.xlsx", sheet=sheet.names[1])
    told = {cells[0] for _n, cells in notes.rows()}
    assert {str(h).removesuffix(" *") for h in sheet.header} == told
    filled = [sheet.header, [None] * len(sheet.header)]
    filled[1][
        [h.removesuffix(" *") for h in sheet.header].index(str(Customer.specs()["name"].label))
    ] = "甲公司"
    send(client, filled)
    assert "" not in (the_run().mapping or {}).values()


def test_the_file_is_kept_as_it_came(as_, people):
    client = as_(people.dave)
    content = xlsx(GOOD).getvalue()
    client.post(
        "/import/customer",
        data={"file": (io.BytesIO(content), "客户.xlsx")},
        content_type="multipart/form-data",
    )

    assert client.get(f"/imports/{the_run().id}/file").data == content


def test_the_bar_asks_how_far_it_is(as_, people):
    client = as_(people.dave)
    send(client, GOOD)
    run = the_run()

    said = client.get(f"/imports/{run.id}.json").json

    assert (said["finished"], said["url"]) == (True, f"/imports/{run.id}")
    assert {"done", "total", "text"} <= set(said)


# -- jobs ------------------------------------------------------------------------------------------


def test_a_person_sees_his_own_jobs_only(as_, people):
    mine, other = as_(people.dave), as_(people.carol)
    send(mine, GOOD)
    job = db.session.scalars(select(Job)).one()

    assert mine.get(f"/jobs/{job.id}").status_code == 200
    assert mine.get(f"/jobs/{job.id}.json").json["finished"] is True
    assert f"/imports/{the_run().id}" in mine.get("/jobs/").text
    for path in ("", ".json", "/file"):
        assert other.get(f"/jobs/{job.id}{path}").status_code == 404
    assert other.post(f"/jobs/{job.id}/cancel").status_code == 404
