"""Put the browser's libraries under app/static/vendor: only the files that pages load.

Runs before the virtual environment is complete, so it uses the standard library alone.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "app" / "static" / "vendor"
ICON_NAMES = ROOT / "app" / "static" / "icons.txt"

#: What a page loads, and where the package keeps it.
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tom-select.complete.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select.bootstrap5.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "echarts.min.js": "echarts/dist/echarts.min.js",
}

SOURCE_MAP = re.compile(rb"\n?(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=[^*]*\*/)\s*$")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# Every Tabler icon begins with an invisible square; a sprite does not need it.
SQUARE = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def copy_libraries() -> None:
    for name, source in FILES.items():
        content = (MODULES / source).read_bytes()
        # The maps stay behind, and a browser's tools should not ask the server for them.
        (VENDOR / name).write_bytes(SOURCE_MAP.sub(b"\n", content))


def icon_names() -> list[str]:
    lines = (line.split("#")[0].strip() for line in ICON_NAMES.read_text("utf-8").splitlines())
    return sorted({line for line in lines if line})


def symbol(name: str) -> str:
    """The icon as a symbol that takes its colour from the text around it; "star-filled" is a filled one."""
    plain = name.removesuffix("-filled")
    style = "outline" if plain == name else "filled"
    svg = (MODULES / "@tabler/icons/icons" / style / f"{plain}.svg").read_text("utf-8")
    drawing = DRAWING.search(svg)
    if drawing is None:
        raise ValueError(f"{name}.svg holds no drawing")
    paths = " ".join(SQUARE.sub("", drawing[1]).split())
    if style == "filled":
        return f'<symbol id="i-{name}" viewBox="0 0 24 24" fill="currentColor">{paths}</symbol>'
    return (
        f'<symbol id="i-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        f' stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{paths}</symbol>'
    )


def build_sprite() -> list[str]:
    """Write the sprite; the names that Tabler does not have come back."""
    symbols, unknown = [], []
    for name in icon_names():
        try:
            symbols.append(symbol(name))
        except FileNotFoundError:
            unknown.append(name)
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (VENDOR / "icons.svg").write_text(sprite, "utf-8")
    return unknown


def main() -> int:
    if not MODULES.is_dir():
        print("node_modules is missing: run `npm ci` first.", file=sys.stderr)
        return 1
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    copy_libraries()
    unknown = build_sprite()
    if unknown:
        print(f"Tabler has no icon named: {', '.join(unknown)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
