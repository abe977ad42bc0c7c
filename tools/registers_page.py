"""Turn `flask registers --json` into docs/registers.md: what each register keeps, and where it is written."""

from __future__ import annotations

import json
import sys
from typing import Any


def cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list | tuple):
        return ", ".join(cell(one) for one in value)
    if isinstance(value, dict):
        return cell(value.get("en") or value.get("label") or list(value.values()))
    return str("" if value is None else value).replace("|", "\\|").replace("\n", " ")


def titled(register: dict[str, Any]) -> str:
    titles = register.get("titles") or register.get("title") or {}
    if isinstance(titles, dict):
        return " · ".join(
            str(titles[language]) for language in ("zh", "en") if titles.get(language)
        )
    return str(titles)


def page(registers: list[dict[str, Any]]) -> str:
    lines = ["# The registers", "", "Written by `make docs` from the registers themselves.", ""]
    for register in sorted(registers, key=lambda one: (one.get("domain") or "", one["name"])):
        lines += [f"## {titled(register)}", ""]
        about = (
            "name",
            "code",
            "domain",
            "kind",
            "verbs",
            "flow",
            "duties",
            "printouts",
            "source",
        )
        for word in about:
            value = register.get(word) or register.get(word + "s")
            if value:
                lines.append(f"- {word}: {cell(value)}")
        lines += ["", "| field | label | type | required | choices |", "|---|---|---|---|---|"]
        for field in register.get("fields", ()):
            words = (field.get(key) for key in ("name", "label", "type", "required", "choices"))
            lines.append("| " + " | ".join(cell(word) for word in words) + " |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    content = json.load(sys.stdin)
    registers = content if isinstance(content, list) else list(content.values())
    print(page(registers))


if __name__ == "__main__":
    main()
