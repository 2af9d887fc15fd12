"""Take a part of a corpus: some people of each table of questions, and their documents.

    python corpus/part.py --out_dir quick
    python corpus/part.py --corpus DIR/wiki.txt --train DIR/train.tsv --dev DIR/dev.tsv \\
        --test DIR/test.tsv --people 180 80 40 --out_dir PART

The part has the first people of each table whose name is a document's title. It leaves out people
whose answer too many others have already: a model that has learned nobody's answer and always says
the commonest one must score next to nothing. The documents keep their order. The files in --out_dir
have the names of the shipped ones.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from text.console import InputError, Parser, report_mistakes  # noqa: E402
from text.files import check_output_path, read_text, write_atomically  # noqa: E402
from text.formats import parse_pairs  # noqa: E402
from text.phrasing import match_questions  # noqa: E402
from text.titles import index_titles  # noqa: E402

FAVOURITE = 0.025  # the largest share of a table that one answer may have
NAMES = {"train": "birth_places_train.tsv", "dev": "birth_dev.tsv", "test": "birth_test_inputs.tsv"}


def take_part(documents, tables, people):
    """Return (documents, tables) of the part.

    tables: a list of rows (question, answer or None) for each file; people: a count for each.
    """
    titles = index_titles(documents)
    kept, parts = set(), []
    for rows, how_many in zip(tables, people):
        matches = match_questions([question for question, _ in rows], titles)
        part, given = [], Counter()
        for (question, answer), match in zip(rows, matches):
            common = answer is not None and given[answer] + 1 > max(1, FAVOURITE * how_many)
            if match and not common and len(part) < how_many:
                part.append((question, answer))
                kept.add(match.place[0])
                given[answer] += 1
        parts.append(part)
    return [documents[index] for index in sorted(kept)], parts


def write_row(question, answer):
    return question + "\n" if answer is None else f"{question}\t{answer}\n"


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    for table, name in NAMES.items():
        parser.add_argument(f"--{table}", default=str(ROOT / name))
    parser.add_argument("--people", type=int, nargs=3, default=[180, 80, 40], metavar="N")
    parser.add_argument("--out_dir", required=True)
    options = parser.parse_args(argv)
    documents = read_text(options.corpus).split("\n")
    paths = [getattr(options, table) for table in NAMES]
    tables = [parse_pairs(read_text(path), path) for path in paths]
    documents, parts = take_part(documents, tables, options.people)
    for path, part in zip(paths, parts):
        if not part:
            raise InputError(
                f"{path}: no question holds the title of a document of {options.corpus}: give "
                "files that belong together"
            )
    folder = Path(options.out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("wiki.txt", *NAMES.values()):
        check_output_path(folder / name, [options.corpus, *paths])
    with write_atomically(folder / "wiki.txt") as file:
        file.writelines(document + "\n" for document in documents)
    for name, part in zip(NAMES.values(), parts):
        with write_atomically(folder / name) as file:
            file.writelines(write_row(*row) for row in part)
    print(f"{len(documents)} documents of {options.corpus}, in {options.out_dir}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
