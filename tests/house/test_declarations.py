"""What a wrong declaration says, and what only one room may do."""

from __future__ import annotations

import re
from pathlib import Path

from app.registers import checks
from app.registers.declare import Chapter, Operation
from app.views import MENU

ROOT = Path(__file__).parents[2]


def _faults(view: type) -> list[str]:
    return list(checks.faults_of([Chapter("test", "Test", "users", (view,))]))


def _copy_of(register: str, **wrong: object) -> type:
    """The view of a register as somebody would have declared it who made this mistake."""
    right = next(v for c in MENU for v in c.registers if v.record.__tablename__ == register)
    return type("WrongView", (), {**_read(right), **wrong})


def _read(view: type) -> dict[str, object]:
    names = ("record", "list_columns", "layout", "title", "related", "operations", "kind", "icon")
    return {name: getattr(view, name) for name in names}


def test_the_registers_of_the_house_are_declared_without_a_fault():
    assert list(checks.faults_of(MENU)) == []


def test_a_misspelt_field_is_named_together_with_the_right_ones():
    view = _copy_of("product", list_columns=("nmae",))

    [fault] = _faults(view)

    assert fault.startswith('register.E03 WrongView.list_columns names "nmae"')
    assert "name" in fault


def test_a_register_without_rights_or_title_is_not_opened():
    view = _copy_of("product", title="")

    assert any(fault.startswith("register.E05") for fault in _faults(view))


def test_an_icon_that_set_up_does_not_draw_is_a_fault():
    button = Operation("go", "Go", lambda record, reason: None, icon="no-such-icon")

    faults = _faults(_copy_of("product", icon="nor-this-one", operations=(button,)))

    assert [f.split('"')[1] for f in faults if f.startswith("register.E14")] == [
        "nor-this-one",
        "no-such-icon",
    ]


def test_only_the_demonstration_tells_of_days_gone_by():
    tellers = {
        path.relative_to(ROOT).parts[1]
        for path in (ROOT / "app").rglob("*.py")
        if "telling_of(" in path.read_text("utf-8") and path.name != "clock.py"
    }

    assert tellers == {"demo"}


def test_every_room_stands_in_the_floors_of_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    floors = text.split("```text", 1)[1].split("```", 1)[0]
    named = set(re.findall(r"[a-z_]+", floors))
    rooms = {
        p.stem
        for p in (ROOT / "app").iterdir()
        if (p.is_dir() and (p / "__init__.py").exists()) or p.suffix == ".py"
    }

    assert rooms - named - {"__init__", "backup"} == set()
