"""Chinese names as people type them: in full pinyin, or by initials."""

from __future__ import annotations

import functools
import re

from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.seg.mmseg import seg

# Family names whose common reading is another one.
load_phrases_dict(
    {
        "单氏": [["shàn"], ["shì"]],
        "重庆": [["chóng"], ["qìng"]],
        "厦门": [["xià"], ["mén"]],
        "长安": [["cháng"], ["ān"]],
    }
)
_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]")
_RUNS = re.compile(
    r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+|[^\u3007\u3400-\u9fff\U00020000-\U0003ffff]+"
)


@functools.lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """The pinyin of each hanzi; runs of other characters stay together, in lower case."""
    if not _HAN.search(text):
        return ()
    found: list[str] = []
    for run in _RUNS.findall(text):
        if _HAN.match(run):
            found += (part for word in seg.cut(run) for part in _of_word(word))
        else:
            found += (part.lower() for part in _keep(run))
    return tuple(found)


@functools.lru_cache(maxsize=50_000)
def _of_word(word: str) -> tuple[str, ...]:
    """Names of companies are made of the same words over and over."""
    return tuple(part.lower() for part in lazy_pinyin([word], style=Style.NORMAL, errors=_keep))  # type: ignore[arg-type]


def _keep(run: str) -> list[str]:
    return [part for part in re.split(r"[^0-9A-Za-z]+", run) if part]


def initials(text: str) -> str:
    """`重庆长安` → `cqca`; Latin words keep their first letter, figures stay whole."""
    return "".join(part if part.isdigit() else part[:1] for part in syllables(text))


def full(text: str) -> str:
    """`重庆长安` → `chongqingchangan`."""
    return "".join(syllables(text))
