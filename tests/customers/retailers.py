"""The people of the retail side, and what they write into a profile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domains.customers.retail import RetailCustomerProfile
from app.extensions import db
from app.records import writing
from tests.customers.acting import by, sign, submit
from tests.factories.directory import a_customer
from tests.factories.retail import an_onboarding
from tests.people import People, Somebody, hire

BASE = {
    "geo_location": "江北区槐树路 18 号临街",
    "visit_batch": "周三第一批",
    "delivery_route": "江北 3 号线",
    "delivery_sequence": 12,
    "invoice_type": "general",
    "order_method": "phone",
    "settlement_method": "cash",
}
QUANT = {
    "market_type": "town",
    "business_form": "grocery",
    "quant_info": "每周 20 条，一类烟 2 条",
}
CIRCLE = {"trade_circle_type": "residential", "display_form": "cabinet"}
OTHER = {"delivery_day": "fri", "law_standing": "good", "signboard": "小徐便利"}
ATTENTION = {"attention_degree": "high", "cooperation_degree": "middle"}
IDENTITY = {"customer_code": "330205010001", "licence": "330205100123"}


@dataclass(frozen=True)
class Staff:
    """nina: statistics analyst, mike: account manager, carl: chief, olga: order clerk, lisa: licence clerk, ivan: IT."""

    nina: Somebody
    mike: Somebody
    carl: Somebody
    olga: Somebody
    lisa: Somebody
    ivan: Somebody


def take_on(people: People) -> Staff:
    post = people.dave.employee.post
    with writing("cli"):
        return Staff(
            *(
                hire(name, name, people.office, post, role)
                for name, role in (
                    ("nina", "statistics_analyst"),
                    ("mike", "account_manager"),
                    ("carl", "marketing_section_chief"),
                    ("olga", "order_clerk"),
                    ("lisa", "licence_clerk"),
                    ("ivan", "it_head"),
                )
            )
        )


def received(staff: Staff, on: str = "2026-03-02", **values: Any) -> Any:
    """A new retailer of mike's, taken in by nina."""
    with writing("cli"):
        customer = values.pop("customer", None) or a_customer(responsible_rep=staff.mike.employee)
    with by(staff.nina):
        onboarding = an_onboarding(
            **{
                "customer": customer,
                "account_manager": staff.mike.employee,
                "received_on": date.fromisoformat(on),
                "first_order_on": date(2026, 3, 11),
            }
            | values
        )
        db.session.add(onboarding)
    return onboarding


def profile_of(record: Any) -> RetailCustomerProfile:
    found = RetailCustomerProfile.of_customer(record.customer)
    assert found is not None
    return found


def fill(record: Any, who: Somebody, *groups: dict[str, Any], **values: Any) -> None:
    """Somebody maintains these groups of the customer's profile."""
    with by(who):
        profile = profile_of(record)
        together = {name: value for group in (*groups, values) for name, value in group.items()}
        for name, value in together.items():
            setattr(profile, name, value)


def maintain_base(onboarding: Any, staff: Staff, **values: Any) -> None:
    fill(onboarding, staff.nina, BASE, service_person=staff.mike.employee, **values)


def approved(onboarding: Any, staff: Staff, **values: Any) -> Any:
    """Through all signatures of AF-24."""
    maintain_base(onboarding, staff, **values)
    case = submit(onboarding, staff.nina)
    fill(onboarding, staff.mike, QUANT)
    sign(case, staff.mike)
    sign(case, staff.carl)
    return case
