"""Whoever restarts the house and whoever watches it get an answer; strangers get none."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from app.extensions import db


def test_the_house_is_well_while_its_database_answers(client):
    assert client.get("/healthz").status_code == 200


def test_the_house_is_not_well_without_its_database(client, monkeypatch):
    def no_answer(*_arguments):
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(type(db.engine), "connect", no_answer)

    assert client.get("/healthz").status_code == 503


def test_this_machine_may_read_the_figures(client):
    client.get("/healthz")

    page = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text

    assert 'taizhang_requests_total{endpoint="healthz",method="GET",status="200"}' in page


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("::ffff:192.0.2.7", {}),
    ],
    ids=["from elsewhere", "through a proxy", "from elsewhere in the new notation"],
)
def test_nobody_else_may_read_the_figures(client, address, headers):
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers)

    assert answer.status_code == 404
