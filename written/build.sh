#!/usr/bin/env bash
# Makes solutions.pdf, for hand-in, from solutions.md, with the figures drawn anew.
#     bash written/build.sh
set -euo pipefail
cd -- "$(dirname -- "$0")/.."
. ./setup.sh
install requirements-written.txt
cd written
../.venv/bin/python draw.py
../.venv/bin/python - <<'PYTHON'
import os
import sys
from pathlib import Path

import pypandoc
import typst

options = ["--standalone", "--variable=papersize:a4"]
# Tables may run over a page's end.
options += ["--variable=header-includes:#show figure: set block(breakable: true)"]
pypandoc.convert_file(
    "solutions.md", "typst", format="gfm+tex_math_dollars", extra_args=options, outputfile="solutions.typ"
)
try:
    typst.compile("solutions.typ", output=".solutions.pdf.tmp", format="pdf")
    os.replace(".solutions.pdf.tmp", "solutions.pdf")
except OSError as error:
    print(f"error: written/solutions.pdf: {error.strerror}: make this folder writable", file=sys.stderr)
    sys.exit(2)
finally:
    for name in ("solutions.typ", ".solutions.pdf.tmp"):
        Path(name).unlink(missing_ok=True)
PYTHON
echo "Wrote written/solutions.pdf"
