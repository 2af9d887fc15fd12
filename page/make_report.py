"""Makes report.html, one page that needs no network, of a folder where reproduce.sh has run.

    pip install -r requirements-report.txt
    python page/make_report.py --folder quick

page.html is the page, page.css how it looks, page.js what it does: it shows the answers and attention maps,
which stand in the page as JSON. Nothing from a corpus becomes markup, and the page's own policy forbids every
request, and every script and style but these two.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from plain import ROOT  # noqa: E402

from cli import COUNT, Parser  # noqa: E402
from files import InputError, check_output_path, report_mistakes, write_atomically  # noqa: E402


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", default=str(ROOT), help="where reproduce.sh has run")
    parser.add_argument("--corpus", help="default: wiki.txt of the folder, else the shipped one")
    parser.add_argument("--train", help="the finetuning pairs; default: those that the models' cards name")
    parser.add_argument("--dev", help="the pairs to show; default: birth_dev.tsv of the folder, else the shipped one")
    parser.add_argument("--maps", type=COUNT, default=24, help="how many questions get attention maps (default: 24)")
    parser.add_argument("--out", help="default: report.html in the folder")
    options = parser.parse_args(argv)
    try:
        from contents import find_runs, make_page
        from learning_curve import find_input
    except ImportError as error:
        raise InputError(f"no {error.name}: pip install -r requirements-report.txt") from None
    corpus_path = options.corpus or find_input(options.folder, "wiki.txt")
    dev = options.dev or find_input(options.folder, "birth_dev.tsv")
    out = options.out or str(Path(options.folder, "report.html"))
    check_output_path(out, [corpus_path, dev, options.train, *(path for *_, path in find_runs(options.folder))])
    page = make_page(options.folder, corpus_path, options.train, dev, options.maps)
    with write_atomically(out) as file:
        file.write(page)
    print(f"Wrote {out}: open it in a browser")


if __name__ == "__main__":
    sys.exit(main())
