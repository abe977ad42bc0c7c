"""What stands on the card and on the label of a device."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
import segno
from barcode import Code128
from PIL import Image

from app.domains.assets import operations
from app.domains.assets.models import ITDevice, LifespanAdvice
from app.extensions import db
from app.records import clock, settings, writing
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


@pytest.mark.catalogue("E35")
def test_the_card_of_an_ordinary_device_is_one_sheet(reader, device):
    with writing("cli"):
        device.config = "CPU i5-13400，内存 16 GB，固态硬盘 512 GB，双网口；预装正版操作系统、办公软件与杀毒软件，已加入内网域"
        device.remark = (
            "2026-01-05: 更换电源适配器一次，费用由供应商承担；随机附件齐全，存放于档案柜"
        )
        device.location, device.supplier = "3 楼 302 室财务结算中心", "宁波数码科技有限公司"
        device.advice = [
            LifespanAdvice(
                on=date(2026, month, 5), use_life="五年", reliability="良好", advice="每季度除尘", order_no=month
            )
            for month in range(1, 4)
        ]  # fmt: skip
        for _hand in range(5):
            assignment = an_assignment(device=device, receipt_signature="奚明, 2026-01-05")
            db.session.add(assignment)
            db.session.flush()
            operations.take_back(assignment)

    card = printed(reader, device, "device_card")

    assert len(pypdfium2.PdfDocument(card)) == 1
    words = words_of(card)
    assert words.count("奚明, 2026-01-05") == 5
    for said in ("已加入内网域", "存放于档案柜", "每季度除尘", "签章"):
        assert said in words


def drawn(pdf: bytes, dots_per_mm: int) -> Image.Image:
    page = pypdfium2.PdfDocument(pdf)[0]
    return page.render(scale=dots_per_mm / MILLIMETRE).to_pil().convert("L")


def dark_box(picture: Image.Image, area: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Where the ink of an area begins and ends."""
    cut = picture.crop(area).point(lambda grey: 255 if grey < 128 else 0)
    left, top, right, bottom = cut.getbbox()
    return area[0] + left, area[1] + top, area[0] + right, area[1] + bottom


@pytest.mark.catalogue("E35")
def test_the_code_on_the_label_leads_to_the_device_and_its_bars_say_its_number(reader, device):
    dots = 40
    picture = drawn(printed(reader, device, "device_label"), dots)

    # The QR code: every module is what it should be, to its very edge, with four modules of white around it.
    matrix = segno.make(
        f"http://localhost/it_device/show/{device.id}", error="m", micro=False
    ).matrix
    size = len(matrix)
    box = dark_box(picture, (47 * dots, 1, 70 * dots - 1, 25 * dots))
    module = (box[2] - box[0]) / size
    assert abs((box[3] - box[1]) / size - module) < 0.5
    assert module / dots >= 0.4  # mm: what a telephone reads from a hand's distance
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            for across, down in ((0.5, 0.5), (0.2, 0.5), (0.8, 0.5), (0.5, 0.2), (0.5, 0.8)):
                grey = picture.getpixel(
                    (int(box[0] + (column + across) * module), int(box[1] + (row + down) * module))
                )
                assert grey < 40 if dark else grey > 215, (row, column)
    margin = int(4 * module) - 2
    around = picture.crop((box[0] - margin, max(0, box[1] - margin), box[0] - 2, box[3]))
    assert around.getextrema()[0] > 215
    assert 70 * dots - box[2] >= margin

    # The bars: read in one line, each as many times the narrowest as Code 128 has it.
    bars = Code128(device.number).build()[0].strip("0")
    box = dark_box(picture, (0, 27 * dots, 70 * dots - 1, 30 * dots))
    narrow = (box[2] - box[0]) / len(bars)
    assert narrow / dots >= 0.19
    line = (box[1] + box[3]) // 2
    read = "".join(
        "1" if picture.getpixel((int(box[0] + (place + 0.5) * narrow), line)) < 128 else "0"
        for place in range(len(bars))
    )
    assert read == bars
    assert box[0] >= 10 * narrow
    assert 70 * dots - box[2] >= 10 * narrow


@pytest.mark.catalogue("E35")
@pytest.mark.parametrize(
    ("number", "bars"),
    [("HLK-1645158-LONG-TAG", True), ("NB-" + "7" * 37, True), ("TAG-" + "X" * 36, False), ("资产-甲-01", False)],
)  # fmt: skip
def test_a_number_that_no_bars_can_carry_stands_in_letters(reader, device, number, bars):
    with writing("cli"):
        device.number = number

    label = printed(reader, device, "device_label")

    dots = 40
    area = (0, 27 * dots, 70 * dots - 1, 30 * dots)
    assert number in words_of(label)
    assert len(pypdfium2.PdfDocument(label)) == 1
    picture = drawn(label, dots)
    column = [picture.crop((x, *area[1:2], x + 1, area[3])).getextrema() for x in range(2 * dots, 68 * dots, 4)]  # fmt: skip
    assert (sum(high < 128 for _low, high in column) > 20) is bars
    if bars:
        box = dark_box(picture, area)
        assert box[0] > 0
        assert box[2] < 70 * dots - 1


@pytest.mark.catalogue("E35")
def test_the_console_says_that_it_prints_without_a_code_until_it_knows_its_address(
    app, device, tmp_path
):
    def label():
        args = ["print", "device_label", device.number, "-o", str(tmp_path / "label.pdf")]
        return app.test_cli_runner().invoke(args=args)

    silent = label()
    without = drawn((tmp_path / "label.pdf").read_bytes(), 10)
    with writing("cli"):
        settings.put("public_address", "https://taizhang.example.com")
    spoken = label()
    coded = drawn((tmp_path / "label.pdf").read_bytes(), 10)

    assert (silent.exit_code, spoken.exit_code) == (0, 0)
    assert "二维码" in silent.stderr
    assert spoken.stderr == ""
    corner = (480, 0, 690, 240)
    assert without.crop(corner).getextrema()[0] > 215
    assert coded.crop(corner).getextrema()[0] < 40
