"""A sheet of many customers comes in: tried first, loaded after, with rules, numbers, search and audit.

    .venv/bin/python -m bench.imports --rows 100000 --database sqlite:////tmp/bench_import/import.db
    .venv/bin/python -m bench.imports --rows 100000 --database postgresql://postgres@127.0.0.1:5432/bench_import

Ten columns, as a list of dealers has them. Figures are printed, never asserted.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import time
from collections.abc import Callable
from typing import Any

import xlsxwriter

from bench.facts import _customers, _house
from bench.registers import CITIES

HEAD = (
    "name", "party_kind", "relation_stage", "unified_social_credit_code", "district",
    "phone", "address", "legal_representative", "registered_on", "registered_capital",
)  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--rows", type=int, default=100_000)
    words.add_argument("--database", default="sqlite:////tmp/bench_import/import.db")
    asked = words.parse_args()
    app = _house(asked.database, fresh=True)
    sheet = _sheet(asked.rows)
    print(f"a sheet of {asked.rows:,} rows, {len(sheet.getvalue()) / 1e6:.1f} MB", flush=True)
    with app.app_context():
        _load(sheet)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'memory at its highest':<24} {peak:8} MB")


def _sheet(rows: int) -> io.BytesIO:
    from stdnum.cn import uscc

    chance, target = random.Random(5), io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    for number, customer in enumerate(_customers(chance, rows, [1], [1]), start=1):
        front = f"91310117MA{number:07d}"
        page.write_row(
            number,
            0,
            (
                customer["name"], "dealer", "present", front + uscc.calc_check_digit(front),
                chance.choice(CITIES), f"021-{number:08}",
                f"{chance.choice(CITIES)}市人民路{number % 900 + 1}号", f"法人{number % 5000}",
                f"{1995 + number % 30}-{number % 12 + 1:02}-{number % 28 + 1:02}",
                number % 9000 * 10_000 + 10_000,
            ),
        )  # fmt: skip
    book.close()
    target.seek(0)
    return target


def _load(sheet: io.BytesIO) -> None:
    from app.exchange import runs
    from app.exchange.models import ImportRun, RunState
    from app.extensions import db
    from app.records import writing

    with writing("cli"):
        run, matched = runs.receive("customer", sheet, "dealers.xlsx", runs.person_of(None))
        mapping = {one.header: one.target for one in matched}
        runs.set_columns(run, mapping, {}, runs.person_of(None))
        run_id = run.id
    _took("simulated", lambda: runs.try_run(run_id))

    def load() -> dict[str, Any]:
        with writing("cli"):
            db.session.get_one(ImportRun, run_id).state = RunState.LOADING.value
            return runs.load_run(run_id)

    _took("loaded", load)


def _took(what: str, do: Callable[[], dict[str, Any]]) -> None:
    begun, used = time.perf_counter(), time.process_time()
    counts = do()
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    print(
        f"{what:<24} {wall:8.1f} s   {cpu:8.1f} s of it here   "
        f"new {counts['new']:,} bad {counts['bad']:,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
