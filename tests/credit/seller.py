"""A process of its own that sells on credit: reads one act from each line, answers on each line."""

from __future__ import annotations

from decimal import Decimal

from app.domains.credit.models import Bill, CreditSupplyHold, Receivable
from app.extensions import db
from app.records import Refused, clock, writing
from app.registers.saving import saving
from tests.house.listening import listen


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


if __name__ == "__main__":
    listen(carry_out)
