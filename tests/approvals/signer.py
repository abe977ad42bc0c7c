"""A process of its own that signs: reads one act from each line, answers on each line."""

from __future__ import annotations

import json
import sys
import time

from app import create_app
from app.approvals import casework
from app.extensions import db
from app.records import Actor, Refused, writing


def say(answer: dict) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


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


def main() -> None:
    app = create_app()
    with app.app_context():
        db.engine.dispose()  # tests put the database back to what it was: nothing may stay open
    say({"ready": True})
    for line in sys.stdin:
        with app.app_context():
            answer = carry_out(json.loads(line))
            db.session.remove()
            db.engine.dispose()
        say(answer)


if __name__ == "__main__":
    main()
