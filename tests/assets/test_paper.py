"""What stands on the card and on the label of a device."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest

from app.domains.assets import operations
from app.domains.assets.models import ITDevice, LifespanAdvice
from app.extensions import db
from app.records import clock, writing
from tests.exchange.rights import give
from tests.factories.assets import a_device, an_assignment

MILLIMETRE = 72 / 25.4


@pytest.fixture
def device(people: Any) -> ITDevice:
    with writing("cli"):
        made = a_device(
            name="财务专用笔记本电脑",
            brand="华为",
            model="MateBook B5",
            serial="SN-7741",
            price=Decimal("6800"),
            placement=("dry",),
            advice=[
                LifespanAdvice(on=date(2026, 1, 5), use_life="五年", advice="建议加装固态硬盘")
            ],
        )
        db.session.add(made)
    return made


@pytest.fixture
def reader(people: Any, as_: Any) -> Any:
    for register in ("it_device", "device_assignment", "employee", "department"):
        give(people.dave.user, register, "rx", "all")
    return as_(people.dave)


def printed(client: Any, device: ITDevice, form: str) -> bytes:
    answer = client.get(f"/print/it_device/{device.id}/{form}.pdf", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return bytes(answer.data)


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_bounded() for page in document).replace("\r\n", "")


@pytest.mark.catalogue("E35")
def test_the_card_says_what_the_device_is_and_who_looks_after_it(reader, device):
    words = words_of(printed(reader, device, "device_card"))

    for said in (
        device.number, device.name, device.device_manager.name, "设备管理员", "华为", "MateBook B5",
        "SN-7741", "6,800.00", "建议加装固态硬盘", "五年", "E35",
    ):  # fmt: skip
        assert said in words


@pytest.mark.catalogue("E35")
def test_the_card_tells_who_has_had_the_device(reader, device):
    with writing("cli"):
        first = an_assignment(device=device)
        db.session.add(first)
        db.session.flush()
        operations.take_back(first)
    with writing("cli"):
        second = an_assignment(device=device)
        db.session.add(second)

    words = words_of(printed(reader, device, "device_card"))

    today = f"{clock.today():%Y-%m-%d}"
    history = words.split("历次分配")[1]
    assert history.index(first.person.name) < history.index(second.person.name)
    # Handed out twice, returned once.
    assert history.split("E35")[0].count(today) == 3


@pytest.mark.catalogue("E35")
@pytest.mark.parametrize(
    "name", ["台式机", "财务结算中心高速双面彩色激光打印复印扫描传真一体机（专用）二号"]
)
def test_the_label_is_one_small_page_however_long_the_name(reader, device, name):
    with writing("cli"):
        device.name = name

    label = printed(reader, device, "device_label")

    document = pypdfium2.PdfDocument(label)
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width / MILLIMETRE), round(height / MILLIMETRE)) == (70, 40)
    words = words_of(label)
    for said in (device.number, name[:20], device.device_manager.name, "MateBook B5"):
        assert said in words
