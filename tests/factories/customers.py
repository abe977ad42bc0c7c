"""What the customer desk keeps."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from app.domains.customers.access import CustomerAccessLine, CustomerAccessRequest
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.extensions import db
from app.records import clock
from tests.factories import makes
from tests.factories.directory import a_customer

_next = itertools.count(1)


@makes("customer_archive_volume")
def a_volume(**values: Any) -> CustomerArchiveVolume:
    customer = values.pop("customer", None) or a_customer()
    return CustomerArchiveVolume(
        **{
            "customer": customer,
            "index_no": f"A-{next(_next):04}",
            "category": "business_customer",
            "carrier": "paper",
            "ink": "carbon",
        }
        | values
    )


@makes("customer_change_event")
def a_change(**values: Any) -> CustomerChangeEvent:
    customer = values.pop("customer", None) or a_customer()
    return CustomerChangeEvent(
        **{"customer": customer, "event_on": clock.today(), "content": "迁址"} | values
    )


@makes("customer_interaction")
def a_dealing(**values: Any) -> CustomerInteraction:
    customer = values.pop("customer", None) or a_customer()
    return CustomerInteraction(
        **{
            "customer": customer,
            "channel": "letter",
            "happened_on": clock.now(),
            "content": "询价函",
        }
        | values
    )


@makes("customer_annual_record")
def an_annual_record(**values: Any) -> CustomerAnnualRecord:
    customer = values.pop("customer", None) or a_customer()
    return CustomerAnnualRecord(**{"customer": customer, "year": clock.today().year - 1} | values)


@makes("customer_access_request")
def an_access_request(**values: Any) -> CustomerAccessRequest:
    customer = values.pop("customer", None) or a_customer()
    if customer.id is None:
        db.session.add(customer)
        db.session.flush()
    today = clock.today()
    return CustomerAccessRequest(
        **{
            "access_kind": "view",
            "purpose": "编制年度客户分析",
            "from_on": today,
            "to_on": today + timedelta(days=6),
            "files": [CustomerAccessLine(named=customer.name, order_no=0)],
        }
        | values
    )
