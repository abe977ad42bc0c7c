"""A process of its own that sells on credit: reads one act from each line, answers on each line."""

from __future__ import annotations

import json
import sys
from decimal import Decimal

from app import create_app
from app.domains.credit.models import Bill, CreditSupplyHold, Receivable
from app.extensions import db
from app.records import Refused, clock, writing
from app.registers.saving import saving


def say(answer: dict) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def carry_out(asked: dict) -> dict:
    try:
        with writing("cli"), saving():
            match asked["act"]:
                case "sell":
                    made = Receivable(
                        customer_id=asked["customer"],
                        invoiced_on=clock.today(),
                        amount=Decimal(asked["amount"]),
                    )
                case "bill":
                    made = Bill(customer_id=asked["customer"], amount=Decimal(asked["amount"]))
                case "hold":
                    made = CreditSupplyHold(customer_id=asked["customer"], reason="负责人失联")
                case _:
                    made = db.session.get(Receivable, asked["sale"])
                    made.amount = Decimal(asked["amount"])
            db.session.add(made)
            db.session.flush()
    except Refused as no:
        return {"no": [refusal.field for refusal in no.refusals]}
    return {"done": True}


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
