"""Which code of the catalogue is carried out where, and which test proves it.

Read from the source itself, without a database: docstrings and declarations name the codes (R30,
BR-021, AN-02 …) and the articles they come from, tests carry `@pytest.mark.catalogue("BR-021")`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_CODE = re.compile(r"\b(?:R\d{2,3}|E\d{2}|(?:AF|DL|AN)-\d{2}|BR-\d{3})\b")
_ARTICLE = re.compile(r"D\d{1,2}[ab]?§[\d.]+(?:[(（][^)）\s]{1,3}[)）])*")
#: a plain word of a declaration: catalogue_code = "R01", form="E02", codes=("AN-01",)
_WORD = re.compile(rf"^(?:{_CODE.pattern})(?:, ?(?:{_CODE.pattern}))*$")

Trace = dict[str, dict[str, list[str]]]


def trace() -> Trace:
    """Code → places that carry it out, tests that prove it, articles it comes from."""
    found: dict[str, dict[str, set[str]]] = {}

    def at(code: str) -> dict[str, set[str]]:
        return found.setdefault(code, {"places": set(), "tests": set(), "articles": set()})

    for path in sorted((ROOT / "app").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for name, codes, articles in _places(ast.parse(path.read_text("utf-8"))):
            for code in codes:
                at(code)["places"].add(f"{module}:{name}" if name else module)
                at(code)["articles"].update(articles)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, codes in _tests(ast.parse(path.read_text("utf-8"))):
            for code in codes:
                at(code)["tests"].add(f"{path.relative_to(ROOT)}::{name}")
    return {
        code: {what: sorted(values) for what, values in sorted(found[code].items())}
        for code in sorted(found)
    }


def _places(tree: ast.Module) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each thing that names a code: its name, the codes, the articles that stand beside them."""
    for name, node in _named(tree, ""):
        text = ast.get_docstring(node) or ""
        codes = set(_CODE.findall(text))
        articles = set(_ARTICLE.findall(text))
        for child in _own(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                if _WORD.match(child.value):
                    codes.update(_CODE.findall(child.value))
                articles.update(_ARTICLE.findall(child.value))
        if codes:
            yield name, codes, articles


_Named = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _named(node: _Named, prefix: str) -> Iterator[tuple[str, _Named]]:
    yield prefix, node
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _named(child, f"{prefix}.{child.name}" if prefix else child.name)


def _own(node: _Named) -> Iterator[ast.AST]:
    """What stands in it, but not in a class or function of its own below it."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        child = waiting.pop()
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield child
        waiting.extend(ast.iter_child_nodes(child))


def _tests(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Test functions with the codes their marks name; a mark of the module counts for each of them."""
    everywhere = {
        code
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
        for code in _marked(node.value)
    }
    for name, node in _named(tree, ""):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            codes = {code for mark in node.decorator_list for code in _marked(mark)} | everywhere
            if codes:
                yield name.replace(".", "::"), codes


def _marked(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "catalogue"
        ):
            for argument in call.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def as_lines(found: Trace) -> Iterator[str]:
    for code, what in found.items():
        yield f"{code:>7}  {len(what['places'])} places, {len(what['tests'])} tests"
