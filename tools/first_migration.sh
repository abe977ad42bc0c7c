#!/usr/bin/env bash
# Write the first migration anew from the models. Only before anybody has installed the house:
# from then on every change of a table is a migration of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
DATA_DIR=$(mktemp -d)
trap 'rm -rf "$DATA_DIR"' EXIT
export DATA_DIR DATABASE_URL="sqlite:///$DATA_DIR/taizhang.db"
rm -f migrations/versions/*.py
.venv/bin/flask --app run db migrate --rev-id open_the_house -m "open the house"
.venv/bin/ruff check --quiet --fix migrations
.venv/bin/ruff format --quiet migrations
