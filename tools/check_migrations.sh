#!/usr/bin/env bash
# The migrations build exactly what the models say, and can be taken back: up, compare, down, up.
set -euo pipefail
cd "$(dirname "$0")/.."

DATA_DIR=$(mktemp -d)
trap 'rm -rf "$DATA_DIR"' EXIT
export DATA_DIR DATABASE_URL="sqlite:///$DATA_DIR/taizhang.db"

FLASK=".venv/bin/flask --app run"
$FLASK db upgrade
$FLASK db check
# Triggers and starter content are the deploy step's: what follows is tried on data.
ADMIN_PASSWORD=Blau-Pferd-71-Fenster $FLASK sync >/dev/null
$FLASK check
$FLASK db downgrade base
$FLASK db upgrade
