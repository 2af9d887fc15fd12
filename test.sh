#!/usr/bin/env bash
# Sets up .venv, then runs the linter and every test.
#     bash test.sh [pytest's arguments]
#     bash test.sh --explore [pytest's arguments]     property tests look for new examples, at random
set -euo pipefail
cd -- "$(dirname -- "$0")"
. ./setup.sh
install requirements-test.txt
if ! command -v chromium chromium-browser google-chrome > /dev/null && [ "$(id -u)" = 0 ]; then
    # Opens the report in a browser. Without one those tests are skipped.
    echo "Installing Chromium" >&2
    { apt-get update && apt-get install --yes --no-install-recommends chromium; } > /dev/null 2>&1 ||
        echo "note: no Chromium could be installed" >&2
fi
.venv/bin/python -m ruff check .
if [ "${1:-}" = --explore ]; then
    shift
    export HYPOTHESIS_PROFILE=explore
    set -- -m hypothesis "$@"
fi
exec .venv/bin/python -m pytest -n 2 --dist load --maxschedchunk 1 "$@"
