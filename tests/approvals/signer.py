"""A process of its own that signs: reads one act from each line, answers on each line."""

from __future__ import annotations

import time

from app.approvals import casework
from app.extensions import db
from app.records import Actor, Refused, writing
from tests.house.listening import listen, say


def carry_out(asked: dict) -> dict:
    try:
        with writing("ui", Actor(asked["user"], "somebody")):
            if asked["act"] == "withdraw":
                done = casework.withdraw(asked["case"], key=asked["key"])
            elif asked["act"] == "submit":
                from app.records import REGISTERED

                record = db.session.get(REGISTERED[asked["register"]], asked["record"])
                done = casework.submit(record, key=asked["key"])
            else:
                done = casework.act(
                    asked["task"],
                    asked["act"],
                    key=asked["key"],
                    opinion="同意",
                    **asked.get("more", {}),
                )
            if asked.get("dawdle"):
                say({"holding": True})
                time.sleep(asked["dawdle"])
            answer = {"done": done.case.status, "again": done.again}
    except Refused as no:
        answer = {"no": str(no)}
    return answer


if __name__ == "__main__":
    listen(carry_out)
