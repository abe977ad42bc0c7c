"""`make bench`: every benchmark on both databases, at sizes that ARGS may change.

    make bench ARGS="--rows 10000 --facts 100000"

Needs a PostgreSQL at TEST_POSTGRES_URL or on 127.0.0.1:5432 for its half.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

import psycopg


def main() -> None:
    words = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words.add_argument("--rows", type=int, default=1_000_000, help="customers of the pages")
    words.add_argument("--facts", type=int, default=10_000_000, help="facts of the measures")
    words.add_argument("--customers", type=int, default=100_000, help="customers of the facts")
    words.add_argument("--cases", type=int, default=10_000, help="open cases of the inbox")
    words.add_argument("--sheet", type=int, default=100_000, help="rows of the imported sheet")
    words.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = words.parse_args()
    server = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    for database in ("sqlite", "postgresql"):
        if asked.only in (None, database):
            with tempfile.TemporaryDirectory(prefix="taizhang_bench_") as folder:
                for name, arguments in (
                    ("registers", ["--rows", str(asked.rows)]),
                    ("signing", ["--cases", str(asked.cases)]),
                    ("imports", ["--rows", str(asked.sheet)]),
                    ("facts", ["--facts", str(asked.facts), "--customers", str(asked.customers)]),
                ):
                    url = (
                        f"sqlite:///{folder}/{name}.db"
                        if database == "sqlite"
                        else _fresh(server, f"taizhang_bench_{name}")
                    )
                    print(f"== {name} on {database}", flush=True)
                    subprocess.run(
                        [sys.executable, "-m", f"bench.{name}", "--database", url, *arguments],
                        check=True,
                    )


def _fresh(server: str, name: str) -> str:
    server = server.replace("postgresql+psycopg:", "postgresql:", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING "UTF8"')
    return f"{server.rsplit('/', 1)[0]}/{name}"


if __name__ == "__main__":
    main()
