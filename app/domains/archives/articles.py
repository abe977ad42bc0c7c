"""How a regulation is numbered: from running text to articles that can be quoted.

The documents number in every way an office knows: 第三条, 三、, (三), 3., 3.1, (3), ①. A marker
opens a level; the same kind of marker again closes everything opened since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HAN = "一二三四五六七八九十百"
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
#: Markers stand at the beginning, after blanks, or after the end of a sentence.
_MARKER = re.compile(
    rf"""(?:(?<=^)|(?<=[\s。;；:：?？.]))(?:
      第(?P<article>[{_HAN}]+)条
    | 第(?P<chapter>[{_HAN}]+)[章部](?!门)
    | (?P<han>[{_HAN}]{{1,3}})[、.．](?!\d)
    | [(（](?P<hanp>[{_HAN}]{{1,3}})[)）]
    | (?P<dotted>\d{{1,2}}(?:\.\d{{1,2}})+)(?![\d.%])
    | [(（]?(?P<nump>\d{{1,2}})[)）][.、]?
    | (?P<num>\d{{1,2}})(?:[、.．](?!\d)|[ 　](?=[\u4e00-\u9fff])|(?=[\u4e00-\u9fff《“]))(?!年|月|日|个|小时|分钟|%|万|元|章|天|次|份|名|人|户|家|位|台|周)
    | (?P<circled>[{_CIRCLED}])
    )""",
    re.VERBOSE | re.MULTILINE,
)
_ARTICLE_IN_TEXT = re.compile(rf"(?<=[。;；])第(?=[{_HAN}]+条)")
#: a chapter heading such as (三)客户意见调查 stands right before the next article
_HEADING = re.compile(rf"^[^。;；]{{0,16}}\s*第[{_HAN}]+条")
#: what stands above what; a higher marker closes all lower ones
_RANKS = ("article", "dotted", "han", "hanp", "num", "nump", "circled")
_REFERENCE = re.compile(r"^([A-Z]{1,4}\d{1,3}[a-z]?)(?:§(.*))?$")
_PLACE = re.compile(rf"\d+|[{_HAN}]+|[{_CIRCLED}]")


@dataclass(frozen=True)
class Part:
    """One numbered piece: `path` (3, 4, 1) is §3.4(1); the empty one is what stands before the first."""

    path: tuple[int, ...]
    marker: str
    text: str


def number_of(word: str) -> int:
    """12 from 12, 十二 or ⑫.

    >>> number_of("二十三"), number_of("③"), number_of("7")
    (23, 3, 7)
    """
    if word.isdecimal() and word.isascii():
        return int(word)
    if word in _CIRCLED:
        return _CIRCLED.index(word) + 1
    total, digit = 0, 0
    for sign in word:
        if sign == "百":
            total, digit = total + max(digit, 1) * 100, 0
        elif sign == "十":
            total, digit = total + max(digit, 1) * 10, 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def parts_of(text: str) -> list[Part]:
    """The pieces of a document in their order."""
    text = _ARTICLE_IN_TEXT.sub(" 第", text)
    has_articles = re.search(rf"第[{_HAN}]+条", text) is not None
    has_dotted = re.search(r"(?:^|\s)\d\.\d{1,2}(?:\.\d)?[\u4e00-\u9fff《]", text) is not None
    stack: list[tuple[str, tuple[int, ...]]] = []
    pieces: list[tuple[tuple[int, ...], str, int, int]] = [((), "", 0, 0)]
    kinds: list[str] = []
    for match in _MARKER.finditer(text):
        kind = match.lastgroup or ""
        if kind == "chapter":
            continue
        if kind == "hanp" and has_articles and _HEADING.match(text[match.end() :]):
            continue
        if kind == "dotted":
            path = tuple(int(part) for part in match["dotted"].split("."))
            stack = [("dotted", path)]
        elif kind == "article":
            path = (number_of(match["article"]),)
            stack = [("article", path)]
        elif kind == "num" and has_dotted and not has_articles:
            path = (int(match["num"]),)
            stack = [("dotted", path)]
        else:
            rank = _RANKS.index(kind)
            stack = [(name, path) for name, path in stack if _RANKS.index(name) < rank]
            path = (stack[-1][1] if stack else ()) + (number_of(match[kind]),)
            stack.append((kind, path))
        pieces.append((path, match[0].strip(), match.start(), match.end()))
        kinds.append(kind)
    kinds.insert(0, _RANKS[-1])
    ends = [start for _path, _marker, start, _end in pieces[1:]] + [len(text)]
    found: dict[tuple[int, ...], tuple[int, Part]] = {}
    for (path, marker, _start, begin), end, kind in zip(pieces, ends, kinds, strict=True):
        words = " ".join(text[begin:end].replace("??", " ").split())
        if not (words or path):
            continue
        # A table of contents names first what the text says later, and two lists may share a number:
        # the higher marker and the later text are the article.
        rank = _RANKS.index(kind)
        if path not in found or rank <= found[path][0]:
            found[path] = (rank, Part(path, marker, words))
    return sorted((part for _rank, part in found.values()), key=lambda part: part.path)


def place_of(reference: str) -> tuple[str, tuple[int, ...]] | None:
    """Document and path of a reference.

    >>> place_of("D1§10.1(6)")
    ('D1', (10, 1, 6))
    >>> place_of("D10§4(三)(四)")
    ('D10', (4, 3, 4))
    """
    match = _REFERENCE.match(reference.strip())
    if match is None:
        return None
    return match[1], tuple(number_of(word) for word in _PLACE.findall(match[2] or ""))


def label_of(path: tuple[int, ...]) -> str:
    """A path as the references write it: 3.4(1).

    >>> label_of((3, 4, 1)), label_of((7,)), label_of(())
    ('3.4(1)', '7', '')
    """
    head = ".".join(str(number) for number in path[:2])
    return head + "".join(f"({number})" for number in path[2:])
