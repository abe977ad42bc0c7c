"""Sheets as people send them: xlsx, xls, ods and csv of every make, read as a header and rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TextIO

from flask_babel import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

from app.records import Refusal, Refused
from app.records.reading import tidy

BOOKS = frozenset({"xlsx", "xlsm", "xls", "xlsb", "ods"})
TEXTS = frozenset({"csv", "txt", "tsv"})
#: a workbook that unpacks to more than this was made to fill the memory
UNPACKED_LIMIT = 1 << 30
#: the header is looked for in so many rows: above it may stand a title, a date, a company
_HEADER_WITHIN = 15
_SAMPLE = 1 << 16
_DELIMITERS = ",;\t|"
_HANZI_RUN = re.compile(r"[\u3400-\u9fff]+")

csv.field_size_limit(1 << 22)

#: a row as the spreadsheet numbers it, and its cells
NumberedRow = tuple[int, list[Any]]


@dataclass
class Sheet:
    """One sheet of a file, ready to be read from top to bottom, as often as one likes."""

    #: the sheets of the file; one without a name for a text file
    names: list[str]
    name: str
    #: header of each column; a second column of the same name is "… #2", a nameless one "(C)"
    header: list[str]
    #: the row the header stands in
    header_row: int
    #: how the text was read, "" for a workbook
    encoding: str = ""
    delimiter: str = ""
    #: how many rows there may be, None where only reading tells
    total: int | None = None
    warnings: list[str] = field(default_factory=list)
    _open: Callable[[], Iterator[NumberedRow]] = field(repr=False, default=lambda: iter(()))

    def rows(self) -> Iterator[NumberedRow]:
        """The rows below the header that hold anything at all, cells in the order of the header."""
        width = len(self.header)
        for number, cells in self._open():
            if number <= self.header_row or all(is_empty(cell) for cell in cells):
                continue
            yield number, [*cells[:width], *[None] * (width - len(cells))]


def is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def letter(column: int) -> str:
    """0 → A, 26 → AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def folded(header: Any) -> str:
    """A header without what only looks different: width, case, blanks, required marks, line ends."""
    text = unicodedata.normalize("NFKC", str(header)).casefold()
    return re.sub(r"[\s*＊:：_]+", "", tidy(text))


def open_sheet(
    stream: BinaryIO,
    name: str,
    *,
    sheet: str = "",
    known: Collection[str] = (),
    encoding: str = "",
) -> Sheet:
    """Read a file by what its name says it is.

    :param sheet: which sheet of a workbook; the first one with contents where nobody says
    :param known: headers (folded) one would like to find: they tell the header from a title above it
    :param encoding: how to read a text file, where the house would get it wrong
    :raises Refused: for what cannot be read, in words
    """
    ending = name.rpartition(".")[2].lower()
    if ending in BOOKS:
        return _open_book(stream, name, sheet, known)
    if ending in TEXTS:
        return _open_text(stream, known, encoding)
    raise Refused(
        Refusal(
            _(
                "“%(name)s” is no sheet. Excel (xlsx, xls), OpenDocument (ods) and CSV are read.",
                name=name,
            ),
            "file",
        )
    )


def _empty() -> Refused:
    return Refused(Refusal(_("The sheet is empty."), "file"))


def _find_header(rows: Sequence[NumberedRow], known: Collection[str]) -> NumberedRow:
    """The row whose cells are headers one knows; else the first one that is as wide as the sheet."""
    if not rows:
        raise _empty()
    best, most = None, 0
    for number, cells in rows:
        hits = sum(folded(cell) in known for cell in cells if not is_empty(cell))
        if hits > most:
            best, most = (number, cells), hits
    if best is not None:
        return best
    filled = [(sum(not is_empty(c) for c in cells), number, cells) for number, cells in rows]
    widest = max(count for count, _number, _cells in filled)
    for count, number, cells in filled:
        if count * 10 >= widest * 7:
            return number, cells
    return rows[0]


def _headers(cells: Sequence[Any]) -> list[str]:
    last = max((i for i, cell in enumerate(cells) if not is_empty(cell)), default=-1)
    seen: dict[str, int] = {}
    found = []
    for place, cell in enumerate(cells[: last + 1]):
        text = re.sub(r"\s+", " ", tidy(_text(cell))) if not is_empty(cell) else ""
        text = text[:120] or f"({letter(place)})"
        seen[text] = seen.get(text, 0) + 1
        found.append(text if seen[text] == 1 else f"{text} #{seen[text]}")
    return found


def _text(cell: Any) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


# -- workbooks -------------------------------------------------------------------------------------


def _open_book(stream: BinaryIO, name: str, wanted: str, known: Collection[str]) -> Sheet:
    _refuse_bombs(stream)
    try:
        book = CalamineWorkbook.from_filelike(stream)
    except PasswordError:
        raise Refused(
            Refusal(_("“%(name)s” is locked by a password. Save it without.", name=name), "file")
        ) from None
    except (CalamineError, ZipError, OSError, ValueError):
        raise Refused(
            Refusal(
                _(
                    "“%(name)s” cannot be read as a workbook. Open it in Excel and save it as xlsx.",
                    name=name,
                ),
                "file",
            )
        ) from None
    names = list(book.sheet_names)
    if wanted and wanted not in names:
        raise Refused(Refusal(_("There is no sheet “%(name)s”.", name=wanted), "sheet"))
    for candidate in [wanted] if wanted else names:
        page = book.get_sheet_by_name(candidate)

        # Rows come from the top of the sheet on, cells from the first used column on.
        def read(page: Any = page) -> Iterator[NumberedRow]:
            pad = [None] * (page.start[1] if page.start else 0)
            for number, cells in enumerate(page.iter_rows(), 1):
                yield number, [*pad, *cells]

        top = [row for _i, row in zip(range(_HEADER_WITHIN), read(), strict=False)]
        top = [row for row in top if not all(is_empty(cell) for cell in row[1])]
        if not top:
            continue
        header_row, cells = _find_header(top, known)
        return Sheet(
            names,
            candidate,
            _headers(cells),
            header_row,
            total=max(0, (page.end[0] + 1 if page.end else 0) - header_row),
            _open=read,
        )
    raise _empty()


def _refuse_bombs(stream: BinaryIO) -> None:
    """A few kilobytes may unpack to gigabytes; the directory of the archive says so beforehand."""
    if zipfile.is_zipfile(stream):
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
                raise Refused(Refusal(_("This workbook is too large to be read."), "file"))
    stream.seek(0)


# -- text ------------------------------------------------------------------------------------------


def encoding_of(stream: BinaryIO) -> tuple[str, str]:
    """How the text is written, and a warning where that is no more than likely.

    UTF-8 proves itself; what is not UTF-8 is GB18030 in a Chinese office, unless its "hanzi" stand
    alone among Latin letters: then it is the Western code page.
    """
    stream.seek(0)
    head = stream.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", ""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ""
    if _decodes(stream, "utf-8"):
        return "utf-8", ""
    if _decodes(stream, "gb18030"):
        stream.seek(0)
        text = codecs.getincrementaldecoder("gb18030")().decode(stream.read(1 << 20))
        runs = _HANZI_RUN.findall(text)
        if runs and sum(map(len, runs)) / len(runs) >= 1.5:
            return "gb18030", ""
    return "cp1252", _(
        "The file is neither UTF-8 nor GB18030 throughout; letters with accents may be wrong."
    )


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while block := stream.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _reader_of(stream: BinaryIO, encoding: str) -> TextIO:
    stream.seek(0)
    # newline="" lets the csv module see CR, LF and CRLF alike, also inside quoted cells.
    unclosed: Any = _Unclosed(stream)
    return io.TextIOWrapper(unclosed, encoding=encoding, errors="replace", newline="")


class _Unclosed(io.BufferedIOBase):
    """The same file for a reader that closes what it reads from."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw_stream = raw

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self.raw_stream.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self.raw_stream.read(size)

    def close(self) -> None:
        pass


def delimiter_of(sample: str) -> str:
    """The mark that parts the rows of the sample into the most, and the most even, columns."""
    best, most = ",", 0.0
    for mark in _DELIMITERS:
        try:
            lines = csv.reader(io.StringIO(sample, newline=""), delimiter=mark)
            rows = [row for row in lines if any(row)][:40]
        except csv.Error:
            continue
        widths = [len(row) for row in (rows[:-1] or rows)]  # the last row may be cut off
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=widths.count)
        score = usual * widths.count(usual) / len(widths)
        if usual > 1 and score > most:
            best, most = mark, score
    return best


def _open_text(stream: BinaryIO, known: Collection[str], encoding: str) -> Sheet:
    warnings = []
    if encoding:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise Refused(
                Refusal(_("No encoding is called “%(name)s”.", name=encoding), "encoding")
            ) from None
    else:
        encoding, warning = encoding_of(stream)
        warnings = [warning] if warning else []
    sample = _reader_of(stream, encoding).read(_SAMPLE)
    if not sample.strip():
        raise _empty()
    mark = delimiter_of(sample)
    if sample.startswith("sep=") and len(sample) > 4:
        mark = sample[4]

    def read() -> Iterator[NumberedRow]:
        number = 0
        try:
            for number, cells in enumerate(
                csv.reader(_reader_of(stream, encoding), delimiter=mark), 1
            ):
                yield number, cells
        except csv.Error:
            raise Refused(
                Refusal(_("The text cannot be read beyond row %(row)d.", row=number), "file")
            ) from None

    top = [row for _i, row in zip(range(_HEADER_WITHIN), read(), strict=False)]
    top = [
        row
        for row in top
        if not all(is_empty(cell) for cell in row[1]) and not "".join(row[1]).startswith("sep=")
    ]
    header_row, cells = _find_header(top, known)
    return Sheet(
        [""], "", _headers(cells), header_row, encoding, mark, warnings=warnings, _open=read
    )
