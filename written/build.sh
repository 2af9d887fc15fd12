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

import pypandoc
import typst

source = pypandoc.convert_file(
    "solutions.md", "typst", format="gfm+tex_math_dollars", extra_args=["--standalone", "--metadata=lang:en"]
)
# Black on white, A4, pages numbered; pandoc's template leaves these to the document.
style = '#set page(paper: "a4", margin: 2.2cm, numbering: "1")\n#set text(size: 10pt)\n#set table(inset: 4pt)\n'
marker = "#show: doc => conf("
if marker in source:
    head, body = source.split(marker, 1)
    source = head + marker + body
with open("solutions.typ", "w", encoding="utf-8") as file:
    file.write(source)
try:
    with open("solutions.pdf.tmp", "wb") as file:
        file.write(typst.compile("solutions.typ"))
    os.replace("solutions.pdf.tmp", "solutions.pdf")
finally:
    os.unlink("solutions.typ")
PYTHON
echo "Wrote written/solutions.pdf"
