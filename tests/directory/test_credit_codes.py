"""The unified social credit code: what is right and what is not, whoever adds it up."""

from __future__ import annotations

import random

import pytest
from stdnum.cn import uscc

from app.domains.directory.rules import _is_credit_code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_our_sum_and_that_of_the_library_are_the_same():
    chance = random.Random(3)
    for _time in range(2000):
        front = "".join(chance.choices("0123456789", k=8)) + "".join(chance.choices(ALPHABET, k=9))
        code = front + chance.choice((chance.choice(ALPHABET), uscc.calc_check_digit(front)))

        assert _is_credit_code(code) is uscc.is_valid(code), code


@pytest.mark.parametrize(
    ("code", "is_right"),
    [
        ("91110000600037341L", True),
        ("91110000600037341K", False),
        ("9111 0000 6000 37341L", True),
        ("91110000600037341l", True),
        ("9111000060003734IL", False),
        ("A1110000600037341L", False),
        ("91110000600037341", False),
        ("９1110000600037341L", True),
    ],
)
def test_a_code_has_eighteen_places_of_which_the_last_one_checks_the_others(code, is_right):
    assert _is_credit_code(code) is is_right
