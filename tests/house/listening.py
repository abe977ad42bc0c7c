"""A process of its own that acts: reads one act from each line, answers on each line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from app import create_app
from app.extensions import db


def say(answer: dict) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def listen(carry_out: Callable[[dict], dict]) -> None:
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
