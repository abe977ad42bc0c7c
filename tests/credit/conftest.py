"""Who works with the credit office, besides alice (representative) and bob (marketing manager)."""

from __future__ import annotations

from typing import Any

import pytest

from app.domains.directory import operations as masters
from app.records import writing
from tests import people as persons
from tests.credit.office import store, submit
from tests.factories.credit import a_creditworthy_customer, an_investigation
from tests.factories.directory import a_customer


def _hire(people: persons.People, username: str, name: str, role: str) -> persons.Somebody:
    with writing("cli"):
        return persons.hire(username, name, people.office, people.alice.employee.post, role)


@pytest.fixture
def hugo(people: persons.People) -> persons.Somebody:
    """Head office."""
    return _hire(people, "hugo", "冯立新", "hq_approver")


@pytest.fixture
def gina(people: persons.People) -> persons.Somebody:
    """The general manager."""
    return _hire(people, "gina", "高敏", "general_manager")


@pytest.fixture
def customer(people: persons.People) -> Any:
    """alice's, a prospect."""
    return store(a_customer(responsible_rep_id=people.alice.employee.id))


@pytest.fixture
def investigated(people: persons.People, customer: Any) -> Any:
    """The same, and alice has handed in an investigation of his credit."""
    investigation = store(
        an_investigation(customer=customer, investigator=people.alice.employee), by_=people.alice
    )
    submit(investigation, people.alice)
    return customer


@pytest.fixture
def trading(people: persons.People, customer: Any) -> Any:
    """alice's customer, who traded before the house opened."""
    with writing("cli"):
        masters.take_over(customer, "2019年起按年度合同供货")
    return customer


@pytest.fixture
def buyer(people: persons.People) -> Any:
    """alice's customer, who trades with a limit of 100,000."""
    return a_creditworthy_customer(responsible_rep_id=people.alice.employee.id)


@pytest.fixture
def departments(people: persons.People) -> list[persons.Somebody]:
    """sonia organises in the sales department, quinn is quality, tom technical application."""
    with writing("cli"):
        return [
            persons.hire(name, word, people.sales, people.alice.employee.post, role)
            for name, word, role in (
                ("sonia", "苏销售", "sales_service_desk"),
                ("quinn", "秦质检", "quality_dept"),
                ("tom", "唐技术", "technical_application"),
            )
        ]
