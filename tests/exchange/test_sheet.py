"""Whatever an office calls a sheet is read: workbooks, and text of every make."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from app.exchange.out import Book, OutColumn, csv_lines, safe
from app.exchange.sheet import Sheet, delimiter_of, folded, letter, open_sheet
from app.records import Kind, Refused
from tests.exchange.sheets import csv_of, xlsx

pytestmark = pytest.mark.usefixtures("app")

ROWS = [
    ["客户名称", "地址", "注册资本"],
    ["上海仓祥绿化工程有限公司", "叶旺路1号", "1000"],
    ["大阪共荣电工商会", "立卖堀一丁目,5番2号", "98"],
]


def contents(sheet: Sheet) -> list[list[object]]:
    return [sheet.header, *(cells for _number, cells in sheet.rows())]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_is_read_however_it_is_written(encoding, delimiter, line_end):
    file = csv_of(ROWS, encoding=encoding, delimiter=delimiter, line_end=line_end)

    sheet = open_sheet(file, "客户.csv")

    assert contents(sheet) == ROWS
    assert sheet.warnings == []


def test_a_sheet_can_be_read_twice():
    sheet = open_sheet(csv_of(ROWS), "客户.csv")

    assert contents(sheet) == contents(sheet)


def test_a_line_end_inside_quotes_belongs_to_the_cell():
    sheet = open_sheet(csv_of([["名称", "备注"], ["甲", "第一行\n第二行"], ["乙", ""]]), "a.csv")

    assert [cells for _n, cells in sheet.rows()] == [["甲", "第一行\n第二行"], ["乙", ""]]


def test_western_letters_that_are_no_utf8_are_read_with_a_warning():
    file = csv_of([["Name", "City"], ["Jos\u00e9 Ibarra", "M\u00e1laga"]], encoding="cp1252")

    sheet = open_sheet(file, "customers.csv")

    assert contents(sheet)[1] == ["José Ibarra", "Málaga"]
    assert len(sheet.warnings) == 1


def test_gb18030_holds_rare_characters_of_names():
    file = csv_of([["姓名"], ["镕骉㐂𠮷"], ["喆堃"]], encoding="gb18030")

    assert contents(open_sheet(file, "a.csv"))[1:] == [["镕骉㐂𠮷"], ["喆堃"]]


def test_who_knows_the_encoding_better_may_say_so():
    file = csv_of([["名稱"], ["甲"]], encoding="big5")

    assert contents(open_sheet(file, "a.csv", encoding="big5")) == [["名稱"], ["甲"]]
    with pytest.raises(Refused, match="klingon"):
        open_sheet(file, "a.csv", encoding="klingon")


def test_a_workbook_gives_figures_and_days_as_such():
    sheet = open_sheet(xlsx([["编号", "开业", "金额"], ["A1", date(2019, 1, 2), 12.5]]), "a.xlsx")

    assert [cells for _n, cells in sheet.rows()] == [["A1", date(2019, 1, 2), 12.5]]


def test_ods_is_read():
    assert contents(open_sheet(ods([["名称", "数量"], ["甲", "2"]]), "a.ods")) == [
        ["名称", "数量"],
        ["甲", "2"],
    ]


def test_rows_keep_the_number_the_spreadsheet_gives_them():
    sheet = open_sheet(xlsx([[], ["客户名称"], ["甲"], [], ["乙"]]), "a.xlsx")

    assert [number for number, _cells in sheet.rows()] == [3, 5]


def test_the_header_is_found_below_a_title():
    rows = [["2026年10月客户清单"], ["制表：李雯", "", "第1页"], *ROWS]

    known = {folded("客户名称"), folded("地址")}
    assert open_sheet(xlsx(rows), "a.xlsx", known=known).header == ROWS[0]
    assert open_sheet(csv_of(rows), "a.csv").header == ROWS[0]


def test_columns_without_or_with_the_same_name_are_told_apart():
    sheet = open_sheet(xlsx([["名称", None, "电话", "电话"], ["甲", "?", "1", "2"]]), "a.xlsx")

    assert sheet.header == ["名称", "(B)", "电话", "电话 #2"]


def test_a_table_may_begin_anywhere():
    rows = [[], [None, None, "名称", "数量"], [None, None, "甲", 2.0]]

    sheet = open_sheet(xlsx(rows), "a.xlsx", known={folded("名称")})

    assert sheet.header == ["(A)", "(B)", "名称", "数量"]
    assert [cells[2:] for _n, cells in sheet.rows()] == [["甲", 2.0]]


def test_required_marks_and_blanks_do_not_make_another_header():
    assert folded("客户 名称 *") == folded("客户名称") == folded("客户名称：")


def test_an_empty_sheet_is_passed_by_and_an_empty_file_refused():
    two = io.BytesIO()
    import xlsxwriter

    book = xlsxwriter.Workbook(two)
    book.add_worksheet("空")
    book.add_worksheet("客户").write_row(0, 0, ["客户名称"])
    book.close()
    two.seek(0)

    assert open_sheet(two, "a.xlsx").name == "客户"
    with pytest.raises(Refused):
        open_sheet(io.BytesIO(b""), "a.csv")
    with pytest.raises(Refused):
        open_sheet(xlsx([]), "a.xlsx")


def test_what_is_no_sheet_is_refused_in_words():
    with pytest.raises(Refused, match=r"letter\.docx"):
        open_sheet(io.BytesIO(b"hello"), "letter.docx")
    with pytest.raises(Refused, match=r"a\.xlsx"):
        open_sheet(io.BytesIO(b"this is no zip"), "a.xlsx")


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("app.exchange.sheet.UNPACKED_LIMIT", 1000)
    with pytest.raises(Refused):
        open_sheet(xlsx([["a"] * 50] * 50), "a.xlsx")


def test_the_delimiter_is_what_parts_the_rows_evenly():
    assert delimiter_of("名称;地址\n甲;松江,叶旺路\n乙;嘉定,真南路\n") == ";"
    assert delimiter_of("名称\n甲\n") == ","


def test_columns_are_lettered_like_in_a_spreadsheet():
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


# -- what the house writes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 21", "-cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx"]
)
def test_no_cell_of_a_csv_is_run_as_a_formula(text):
    assert safe(text) == "'" + text


@pytest.mark.parametrize("text", ["-12.5", "-1,200", "+3", "−5", "甲=乙", "12%", "-3%"])
def test_plain_numbers_and_other_texts_stay_as_they_are(text):
    assert safe(text) == text


def test_a_csv_opens_in_excel_of_a_chinese_office():
    columns = [OutColumn("name", "名称"), OutColumn("note", "备注")]

    text = "".join(csv_lines(columns, [["甲", "=HYPERLINK(1)"]]))

    assert text.startswith("\ufeff名称,备注")
    assert "'=HYPERLINK(1)" in text


def test_an_xlsx_holds_texts_that_look_like_formulas_as_texts():
    target = io.BytesIO()
    book = Book(target)
    book.sheet("a/b", [OutColumn("x", "X"), OutColumn("n", "N", Kind.NUMBER)], [["=1+1", "0012"]])
    book.close()
    target.seek(0)

    with zipfile.ZipFile(target) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    sheet = open_sheet(target, "a.xlsx")
    assert contents(sheet) == [["X", "N"], ["=1+1", "0012"]]


def ods(rows: list[list[str]]) -> io.BytesIO:
    """The smallest OpenDocument sheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{names}:office:1.0"'
        f' xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="甲">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>',
        )
    target.seek(0)
    return target
