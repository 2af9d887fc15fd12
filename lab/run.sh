#!/usr/bin/env bash
# Runs the whole laboratory and puts all plots on one page, OUT/index.html.
#     bash lab/run.sh [OUT] [--quick]     OUT: default lab/out; --quick: only tries the programs
# After an interruption repeat it: findings and seeds that are in OUT/done are not measured again.
set -euo pipefail
cd -- "$(dirname -- "$0")/.."
out= quick=
for word in "$@"; do
    if [ "$word" = --quick ]; then quick=--quick; else out=$word; fi
done
out=${out:-lab/out${quick:+/quick}}
mkdir -p "$out/done"
. ./setup.sh
install requirements-report.txt
findings="augmentation prompts reversal frequency capacity unknown forgetting tracing variants knowing"
for seed in 0 1; do
    for finding in $findings; do
        record=$out/done/$finding.$seed$quick
        [ ! -e "$record" ] || continue
        echo "$finding, seed $seed" >&2
        .venv/bin/python "lab/$finding.py" --seed "$seed" --out "$out" $quick
        touch "$record"
    done
done
.venv/bin/python lab/make_page.py --out "$out"
echo "$out/index.html"
