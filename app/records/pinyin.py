"""Chinese names as people type them: in full pinyin, or by initials."""

from __future__ import annotations

import functools
import re

from pypinyin import Style, lazy_pinyin, load_phrases_dict

# Family names whose common reading is another one.
load_phrases_dict(
    {
        "单氏": [["shàn"], ["shì"]],
        "重庆": [["chóng"], ["qìng"]],
        "厦门": [["xià"], ["mén"]],
        "长安": [["cháng"], ["ān"]],
    }
)
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


@functools.lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """The pinyin of each hanzi; runs of other characters stay together, in lower case."""
    if not _HAN.search(text):
        return ()
    return tuple(part.lower() for part in lazy_pinyin(text, style=Style.NORMAL, errors=_keep))  # type: ignore[arg-type]


def _keep(run: str) -> list[str]:
    return [part for part in re.split(r"[^0-9A-Za-z]+", run) if part]


def initials(text: str) -> str:
    """`重庆长安` → `cqca`; Latin words keep their first letter, figures stay whole."""
    return "".join(part if part.isdigit() else part[:1] for part in syllables(text))


def full(text: str) -> str:
    """`重庆长安` → `chongqingchangan`."""
    return "".join(syllables(text))
