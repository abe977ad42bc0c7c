"""What the tests of the sales analysis may ask for."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.security import scopes
from tests.sales import shop as shops


@pytest.fixture
def shop(people):
    """alice's and bob's customers, three products."""
    return shops.open_shop(people.alice, people.bob)


@pytest.fixture
def eyes():
    """`eyes(people.alice)`: the person whose rights a measure asks about."""

    def person(somebody):
        return scopes.person_of(db.session.merge(somebody.user))

    return person
