"""The tool that puts the translations together finds what people overlook."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

TOOL = Path(__file__).resolve().parents[2] / "tools" / "translations.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("translations_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def complaints(tool, original: str, translated: str) -> list[str]:
    catalogue = Catalog(locale="zh")
    catalogue.add(original, translated)
    return list(tool.complaints(catalogue, {(None, original): "app/somewhere.py:1"}))


@pytest.mark.parametrize("translated", ["客户", "PDF", "Excel 导入", "3", "—", "IP %(ip)s"])
def test_chinese_and_the_words_of_the_trade_pass(tool, translated):
    assert not tool.is_only_latin(translated)


@pytest.mark.parametrize("translated", ["Customer", "PDF file", "Save as draft"])
def test_english_left_standing_does_not(tool, translated):
    assert complaints(tool, "Something", translated)


def test_a_text_without_chinese_is_found_at_its_place(tool):
    (complaint,) = tool.complaints(Catalog(locale="zh"), {(None, "Customer"): "app/x.py:7"})

    assert complaint.startswith("app/x.py:7")


@pytest.mark.parametrize("translated", ["还有天", "还有 %(days)d 天", "还有 %(count)d 天 {x}"])
def test_a_placeholder_that_differs_is_found(tool, translated):
    assert complaints(tool, "%(count)d days left", translated)


def test_two_parts_that_say_different_things_quarrel(tool, tmp_path, monkeypatch):
    parts = tmp_path / "zh" / "parts"
    parts.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (parts / "a.po").write_text(header + 'msgid "Name"\nmsgstr "名称"\n', "utf-8")
    (parts / "b.po").write_text(header + 'msgid "Name"\nmsgstr "姓名"\n', "utf-8")
    monkeypatch.setattr(tool, "TRANSLATIONS", tmp_path)

    _catalogue, quarrels = tool.merged("zh")

    assert len(quarrels) == 1
