"""Make report.html, one page that needs no network, of a folder where reproduce.sh has run.

    pip install -r requirements-report.txt
    python page/make_report.py --folder quick

page.html is the page, page.css its style. page.js is its behaviour: it shows the answers and
attention maps, which stand in the page as JSON. Nothing from a corpus becomes markup, and the
page's own policy forbids every request, and every script and style except these two.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "src"))

from gather import parse_folder  # noqa: E402

from runs.options import COUNT, Parser  # noqa: E402
from text.console import InputError, report_mistakes  # noqa: E402
from text.files import check_output_path, write_atomically  # noqa: E402


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--train", help="the finetuning pairs; default: those that the models' cards name"
    )
    parser.add_argument(
        "--maps", type=COUNT, default=24, help="how many questions get attention maps (default: 24)"
    )
    parser.add_argument("--out", help="default: report.html in the folder")
    options = parse_folder(parser, argv)
    try:
        from contents import find_runs, make_page
    except ImportError as error:
        raise InputError(f"no {error.name}: pip install -r requirements-report.txt") from None
    out = options.out or str(Path(options.folder, "report.html"))
    check_output_path(
        out,
        [
            options.corpus,
            options.dev,
            options.train,
            *(path for *_, path in find_runs(options.folder)),
        ],
    )
    page = make_page(options.folder, options.corpus, options.train, options.dev, options.maps)
    with write_atomically(out) as file:
        file.write(page)
    print(f"Wrote {out}: open it in a browser")


if __name__ == "__main__":
    sys.exit(main())
