#!/usr/bin/env bash
# Sets up .venv, then runs the linter and every test.
#     bash test.sh [pytest's arguments]
set -euo pipefail
cd -- "$(dirname -- "$0")"
. ./setup.sh
install requirements-test.txt
.venv/bin/python -m ruff check .
exec .venv/bin/python -m pytest -n 2 --dist worksteal "$@"
