"""People are told in the house at once; mail and robots are served from the outbox."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app import notices
from app.extensions import db
from app.notices.models import Notification, Outgoing
from app.notices.sending import deliver, payload_of
from app.records import writing
from tests.clock import on


def tell(*people, once=""):
    with writing("cli"):
        return notices.tell(
            [p.id for p in people],
            "approval_task",
            _("“%(record)s” waits for your signature.", record="QJ-1"),
            "/approvals/",
            once=once,
        )


def test_each_reads_it_in_his_own_language(people, as_):
    tell(people.alice)
    assert "「QJ-1」待您签批。" in as_(people.alice).get("/notices/").text

    browser = as_(people.alice)
    browser.get("/lang/en")
    assert "“QJ-1” waits for your signature." in browser.get("/notices/").text


def test_the_same_word_twice_tells_nobody_twice(people):
    assert tell(people.alice, people.bob, once="x") == 2
    assert tell(people.alice, people.bob, people.carol, once="x") == 1


def test_the_bell_counts_what_is_unread_and_a_click_follows_the_notice(people, as_):
    tell(people.alice)
    browser = as_(people.alice)
    one = db.session.scalars(select(Notification)).one()
    assert "1 条未读" in browser.get("/").text

    assert browser.post(f"/notices/{one.id}/read").location == "/approvals/"
    assert "0 条未读" in browser.get("/").text
    assert as_(people.bob).post(f"/notices/{one.id}/read").status_code == 404


@pytest.mark.parametrize(
    ("address", "shape"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", {"msgtype": "text", "text": {"content": "早"}}),
        ("https://oapi.dingtalk.com/robot/send?access_token=1", {"msgtype": "text", "text": {"content": "早"}}),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/1", {"msg_type": "text", "content": {"text": "早"}}),
        ("https://example.com/hook", {"text": "早"}),
    ],
)  # fmt: skip
def test_each_robot_is_spoken_to_in_its_own_shape(address, shape):
    assert payload_of(address, "早") == shape


class Robot:
    """A robot of our own on this machine: it may be told to refuse."""

    def __init__(self):
        self.heard, self.answer = [], b'{"errcode":0}'
        robot = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["Content-Length"])
                robot.heard.append(json.loads(self.rfile.read(size)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(robot.answer)

            def log_message(self, *_words):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def robot(app, monkeypatch):
    one = Robot()
    monkeypatch.setitem(app.config, "WEBHOOK_URL", one.url)
    yield one
    one.server.shutdown()
    one.server.server_close()


def test_a_message_leaves_once(people, robot):
    tell(people.alice)

    assert deliver() == (1, 0)
    assert deliver() == (0, 0)
    assert [m["text"] for m in robot.heard] == ["李雯：「QJ-1」待您签批。 /approvals/"]


def test_what_did_not_leave_is_tried_again_later(people, robot):
    robot.answer = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    with on("2026-03-05 10:00"):
        tell(people.alice)
        assert deliver() == (0, 1)
        assert deliver() == (0, 0)
        assert "invalid webhook url" in db.session.scalars(select(Outgoing)).one().trouble
    robot.answer = b'{"errcode":0}'
    with on("2026-03-05 10:02"):
        assert deliver() == (1, 0)


def test_nothing_leaves_where_the_act_itself_is_taken_back(people, robot):
    with pytest.raises(RuntimeError), writing("cli"):
        notices.tell([people.alice.id], "x", _("Saved."))
        raise RuntimeError("no")

    assert deliver() == (0, 0)
