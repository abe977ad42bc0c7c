"""What stands around every page: menu, favourites, who is signed in, how he likes it to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MenuEntry:
    label: str
    url: str
    active: bool = False
    #: what the filter of the menu finds besides the label
    initials: str = ""
    pinyin: str = ""
    icon: str = ""
    count: str = ""
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class MenuChapter:
    name: str
    label: str
    icon: str
    open: bool
    entries: Sequence[MenuEntry]
    all_url: str = ""
    all_label: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    label: str
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class ShellUser:
    display: str
    initial: str
    #: what stands below the name: roles, and for whom he acts
    note: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Shell:
    name: str
    company: str
    menu: Sequence[MenuChapter]
    personal: Sequence[MenuEntry]
    favourites: Sequence[MenuEntry]
    user: ShellUser | None
    #: auto, light, dark
    theme: str
    locale: str
    languages: Sequence[Language]
    density: str
    search_url: str
    notices_count: int = 0
    urls: Mapping[str, str] = field(default_factory=dict)
    single_keys: bool = True
    #: stands in the address of every static file, so that a new version is loaded at once
    build: str = ""
