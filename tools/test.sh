#!/usr/bin/env bash
# The whole suite on SQLite, then on PostgreSQL. Never skips: without a PostgreSQL it fails and says so.
#   tools/test.sh [pytest arguments]
#   TEST_DATABASE=sqlite|postgresql   only the one
#   TEST_POSTGRES_URL                 the server to use; default 127.0.0.1:5432, else a temporary cluster
#   TEST_WORKERS                      how many processes; default one for each core
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=.venv/bin/python
ONLY=${TEST_DATABASE:-}
WORKERS=${TEST_WORKERS:-auto}
CLUSTER=

say() { printf '%s\n' "$*" >&2; }

install() {
    [ "$(id -u)" -eq 0 ] || { say "Please run once:  sudo apt-get install -y $*"; return 1; }
    say "Installing Debian packages: $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# -- PostgreSQL ----------------------------------------------------------------------------------

may_make_databases() {
    "$PYTHON" - "$1" <<'PYTHON' 2>/dev/null
import sys
import psycopg
url = sys.argv[1].replace("postgresql+psycopg:", "postgresql:", 1)
with psycopg.connect(url, connect_timeout=3) as connection:
    (may,) = connection.execute(
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
sys.exit(0 if may else 1)
PYTHON
}

as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

temporary_cluster() {
    local bin port
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
    if [ -z "$bin" ]; then
        install postgresql || return 1
        bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    fi
    CLUSTER=$(mktemp -d)
    [ "$(id -u)" -eq 0 ] && chown postgres "$CLUSTER"
    port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    as_postgres "$bin/initdb" --pgdata "$CLUSTER/data" --username postgres --auth trust --encoding UTF8 --locale C.UTF-8 >/dev/null
    # What these databases hold is thrown away: no need to wait for the disk.
    as_postgres "$bin/pg_ctl" --pgdata "$CLUSTER/data" --wait --log "$CLUSTER/log" start \
        --options "-p $port -h 127.0.0.1 -k $CLUSTER -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null
    PG_BIN=$bin
    TEST_POSTGRES_URL=postgresql://postgres@127.0.0.1:$port/postgres
}

remove_cluster() {
    [ -n "$CLUSTER" ] || return 0
    as_postgres "$PG_BIN/pg_ctl" --pgdata "$CLUSTER/data" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$CLUSTER"
}
trap remove_cluster EXIT

find_postgres() {
    if [ -n "${TEST_POSTGRES_URL:-}" ]; then
        may_make_databases "$TEST_POSTGRES_URL" && return 0
        say "TEST_POSTGRES_URL does not answer, or its user is no superuser."
        return 1
    fi
    TEST_POSTGRES_URL=postgresql://postgres@127.0.0.1:5432/postgres
    may_make_databases "$TEST_POSTGRES_URL" && return 0
    temporary_cluster && may_make_databases "$TEST_POSTGRES_URL" && return 0
    say "No PostgreSQL: set TEST_POSTGRES_URL, or let root install Debian's package. The suite counts on both databases only."
    return 1
}

# -- the suite -----------------------------------------------------------------------------------

if [ -d tests/browser ] && ! command -v chromium >/dev/null; then
    install chromium
fi

suite() {
    say "== tests on $1"
    # A file stays in one process: its tests share what it builds.
    TEST_DATABASE=$1 "$PYTHON" -m pytest -n "$WORKERS" --dist loadfile "${@:2}"
}

if [ "$ONLY" != postgresql ]; then
    suite sqlite "$@"
fi
if [ "$ONLY" != sqlite ]; then
    find_postgres
    export TEST_POSTGRES_URL
    suite postgresql "$@"
fi
