"""Put the parts of each language together, compile them, and find what nobody has translated.

Without a word it merges translations/<lang>/parts/*.po and compiles them. With --check it fails
besides where a text of ours has no good Chinese; with --missing it prints the missing texts as
entries to fill in.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
#: Every text of ours is written in English; this language must be complete.
COMPLETE = "zh"

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "_l": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "lazy_npgettext": ((1, "c"), 2, 3),
    "_p": ((1, "c"), 2),
    "_n": (1, 2),
}

#: Latin words that a Chinese office writes as they are.
LATIN = frozenset(
    """
    A AB ABC AB岗 API B BIOS C CLI CPU CSRF CSV DNS Ctrl Enter Esc English Excel GB GHz HDD HTML HTTP HTTPS
    ID IMEI IP IPv4 IPv6 IT JSON K Key LAN Linux MAC MB No OA OK OS PDF PNG POS PostgreSQL Q QQ QR RAID RAM
    REST SFTP SLA SN SQL SSD SSID TB TCP TOTP UDP UPS URL USB UTC VAT VIN VIP VLAN VPN WAN Wi-Fi WiFi Windows
    X XLS XLSX csv kg kW kVA m mm pdf s xls xlsx
    """.split()  # noqa: SIM905 - eighty words read better as a paragraph
)

PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|\{(\w*)[^}]*\}")
MARKUP = re.compile(r"<[^>]+>|&\w+;")
HANZI = re.compile(r"[\u3400-\u9fff]")
LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9\-]*")

Key = tuple[str | None, str | tuple[str, ...]]


def key_of(message: Message) -> Key:
    return message.context, message.id


def shown(key: Key) -> str:
    context, text = key
    return f"{text!r}" + (f" ({context})" if context else "")


def languages() -> list[str]:
    return sorted(folder.parent.name for folder in TRANSLATIONS.glob("*/parts"))


def merged(language: str) -> tuple[Catalog, list[str]]:
    """All parts of a language as one catalogue, and the quarrels between them."""
    catalogue = Catalog(locale=language, project="Taizhang", charset="utf-8")
    said_by: dict[Key, tuple[Path, object]] = {}
    quarrels = []
    for part in sorted((TRANSLATIONS / language / "parts").glob("*.po")):
        with part.open("rb") as file:
            messages = read_po(file, locale=language, charset="utf-8", abort_invalid=True)
        for message in messages:
            if not message.id or not message.string or message.fuzzy:
                continue
            before = said_by.get(key_of(message))
            if before is not None and before[1] != message.string:
                quarrels.append(
                    f"{shown(key_of(message))}: {before[0].name} says {before[1]!r},"
                    f" {part.name} says {message.string!r}"
                )
                continue
            said_by[key_of(message)] = (part, message.string)
            catalogue.add(message.id, message.string, context=message.context, flags=message.flags)
    return catalogue, quarrels


def compile_catalogue(language: str, catalogue: Catalog) -> None:
    folder = TRANSLATIONS / language / "LC_MESSAGES"
    folder.mkdir(exist_ok=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalogue, sort_output=True, no_location=True, width=0)
    # Written beside and moved into place: a running server may be reading the old one.
    fresh = folder / "messages.mo.new"
    with fresh.open("wb") as file:
        write_mo(file, catalogue)
    fresh.replace(folder / "messages.mo")


def texts_of_ours() -> dict[Key, str]:
    """Every text that our code and pages show, and where it stands first."""
    found: dict[Key, str] = {}
    for path in sorted((ROOT / "app").rglob("*")):
        if path.suffix == ".py":
            method = "python"
        elif path.suffix in {".html", ".txt", ".jinja"} and "static" not in path.parts:
            method = "jinja2.ext:babel_extract"
        else:
            continue
        options = {"silent": "false"} if method != "python" else {}
        for line, text, _comments, context in extract_from_file(
            method, path, keywords=KEYWORDS, options=options
        ):
            if text and text != "":
                found.setdefault((context, text), f"{path.relative_to(ROOT)}:{line}")
        if path.suffix == ".py" and (path.name == "models.py" or "domains" in path.parts):
            for line, text in sentences_of(path):
                found.setdefault((None, text), f"{path.relative_to(ROOT)}:{line}")
    return found


def sentences_of(path: Path) -> Iterator[tuple[int, str]]:
    """What each record says of itself: the first line of its docstring is shown to people."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id in ("Record", "Fact") for base in node.bases
        ):
            sentence = (ast.get_docstring(node) or "").split("\n")[0]
            if sentence:
                yield node.lineno, sentence


def complaints(catalogue: Catalog, ours: dict[Key, str]) -> Iterator[str]:
    for key, place in ours.items():
        context, text = key
        message = catalogue.get(text if isinstance(text, str) else text[0], context)
        if message is None or not message.string:
            yield f"{place}: {shown(key)} has no Chinese"
    for message in catalogue:
        if message.id:
            yield from _complaints_about(message)


def _complaints_about(message: Message) -> Iterator[str]:
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string)
    wanted = {name for original in originals for name in _placeholders(original)}
    for string in strings:
        unknown = _placeholders(string) - wanted
        lost = set() if len(originals) > 1 else wanted - _placeholders(string)
        if unknown or lost:
            names = ", ".join(sorted(unknown | lost))
            yield f"{shown(key_of(message))}: the placeholders differ ({names}) in {string!r}"
        if is_only_latin(string):
            yield f"{shown(key_of(message))}: {string!r} is not Chinese"


def _placeholders(text: str) -> set[str]:
    return {percent or brace for percent, brace in PLACEHOLDER.findall(text)}


def is_only_latin(text: str) -> bool:
    plain = MARKUP.sub(" ", PLACEHOLDER.sub(" ", text))
    if HANZI.search(plain):
        return False
    return any(word not in LATIN for word in LATIN_WORD.findall(plain))


def print_missing(catalogue: Catalog, ours: dict[Key, str]) -> None:
    for (context, text), place in ours.items():
        if catalogue.get(text if isinstance(text, str) else text[0], context) is None:
            entry = Catalog(locale=COMPLETE)
            entry.add(text, context=context, locations=[(place.rsplit(":", 1)[0], 0)])
            write_po(sys.stdout.buffer, entry, omit_header=True)


def main(arguments: list[str]) -> int:
    problems: list[str] = []
    for language in languages():
        catalogue, quarrels = merged(language)
        problems += quarrels
        compile_catalogue(language, catalogue)
        if language == COMPLETE and arguments:
            ours = texts_of_ours()
            if "--missing" in arguments:
                print_missing(catalogue, ours)
            else:
                problems += complaints(catalogue, ours)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} problems in the translations", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
