"""Put the plots of all findings on one page, index.html, each with its claim and its command.

    python lab/make_page.py [--out lab/out]
"""

import ast
import html
import sys
from pathlib import Path

from frame import ROOT

from text.console import Parser, report_mistakes

HEAD = """<!doctype html><meta charset=utf-8><title>The laboratory</title>
<style>body { font-family: sans-serif; margin: 2em } img { max-width: 100% }</style>
<h1>The laboratory</h1>
"""


def read_claim(path):
    """Return a program's claim, the first line of its docstring, and the rest of it."""
    claim, _, rest = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).partition("\n")
    return claim, rest.strip("\n")


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", default=str(ROOT / "lab" / "out"), help="the folder of the plots")
    folder, parts = Path(parser.parse_args(argv).out), [HEAD]
    for path in sorted((ROOT / "lab").glob("*.py")):
        if (folder / f"{path.stem}.svg").exists():
            claim, rest = map(html.escape, read_claim(path))
            parts.append(f'<h2>{claim}</h2>\n<img src="{path.stem}.svg" alt="{claim}">\n')
            parts.append(f'<pre>{rest}</pre>\n<a href="{path.stem}.csv">the table</a>\n')
    (folder / "index.html").write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
