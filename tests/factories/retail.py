"""Retail customers, what they order by, and who comes to see us."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from app.domains.customers.grading import CustomerGrading
from app.domains.customers.ordering import (
    MobileOrderAgreement,
    OnlineOrderApplication,
    OrderingTraining,
    OrderPasswordHandover,
    YanxintongApplication,
)
from app.domains.customers.reception import CustomerReception
from app.domains.customers.retail import RetailCustomerProfile, RetailOnboarding
from app.domains.customers.shielding import FieldControl, fields_of_base_information
from app.extensions import db
from app.records import clock, within
from tests.factories import makes
from tests.factories.directory import a_customer, an_employee

_next = itertools.count(1)


@makes("customer_reception")
def a_reception(**values: Any) -> CustomerReception:
    return CustomerReception(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "arrive_at": clock.now() + timedelta(days=2),
        }
        | values
    )


@makes("retail_customer_profile")
def a_profile(**values: Any) -> RetailCustomerProfile:
    return RetailCustomerProfile(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "customer_code": f"3302{next(_next):08}",
        }
        | values
    )


@makes("retail_onboarding")
def an_onboarding(**values: Any) -> RetailOnboarding:
    today = clock.today()
    return RetailOnboarding(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "account_manager": values.pop("account_manager", None) or an_employee(),
            "received_on": today,
            "first_order_on": today + timedelta(days=14),
        }
        | values
    )


@makes("online_order_application")
def an_application(**values: Any) -> OnlineOrderApplication:
    return OnlineOrderApplication(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "account_manager": values.pop("account_manager", None) or an_employee(),
            "applied_on": clock.today(),
        }
        | values
    )


@makes("order_password_handover")
def a_password_handover(**values: Any) -> OrderPasswordHandover:
    """Of an application that was signed and maintained; how it came to that is no matter here."""
    application = values.pop("application", None)
    if application is None:
        application = an_application(
            state="maintained", decided_at=clock.now(), password_at=clock.now() + timedelta(days=1)
        )
        with within(deciding=True):
            db.session.add(application)
            db.session.flush()
    return OrderPasswordHandover(application=application, **values)


@makes("mobile_order_agreement")
def an_agreement(**values: Any) -> MobileOrderAgreement:
    return MobileOrderAgreement(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "agreement_received_on": clock.today(),
            "binding_info": f"139{next(_next):08}",
        }
        | values
    )


@makes("yanxintong_application")
def a_yanxintong(**values: Any) -> YanxintongApplication:
    return YanxintongApplication(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "agreement_received_on": clock.today(),
            "binding_info": f"138{next(_next):08}",
        }
        | values
    )


@makes("ordering_training")
def a_training(**values: Any) -> OrderingTraining:
    return OrderingTraining(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "order_method": "online",
            "trained_at": clock.now() + timedelta(days=1),
            "order_on": clock.today() + timedelta(days=5),
            "method": "到店培训",
        }
        | values
    )


@makes("customer_grading")
def a_grading(**values: Any) -> CustomerGrading:
    return CustomerGrading(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "round_name": "2026Q4",
            "evaluation_on": clock.today() + timedelta(days=10),
        }
        | values
    )


@makes("field_control")
def a_field_control(**values: Any) -> FieldControl:
    """Of a field of the customer's card: those of the profile stand in the list from the beginning."""
    cards = [name for name, _label in fields_of_base_information() if name.startswith("customer.")]
    return FieldControl(
        **{"field_name": cards[next(_next) % len(cards)], "category": "basic"} | values
    )
