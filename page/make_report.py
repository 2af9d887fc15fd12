"""Makes report.html, one page that needs no network, of a folder where reproduce.sh has run.

    pip install -r requirements-report.txt
    python page/make_report.py --folder quick

page.html is the page, page.css how it looks, page.js what it does. Figures and plots stand in the page as
text. The answers and attention maps are JSON, which page.js shows. Nothing from a corpus becomes markup: the
page's own policy forbids every script and style but these two, and every request.
"""

import base64
import hashlib
import json
import sys
from html import escape
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "benchmarks"))

try:
    import plots
    from metrics import COVERAGE, make_bins, measure_auroc, measure_ece, measure_interval, measure_risks, read_risk
except ImportError as error:
    print(f"error: no {error.name}: pip install -r requirements-report.txt", file=sys.stderr)
    sys.exit(2)
from gather import answer, find_runs, read_curves
from learning_curve import find_input
from maps import make_map
from plain import ROOT

from answers import count_correct, find_threshold
from cli import COUNT, Parser
from files import check_output_path, report_mistakes, write_atomically
from formats import read_answered
from provenance import CLASSES
from report import PRECISION

LONGEST = 10_000  # characters of a document in the page


def make_table(head, rows):
    """The HTML of a table of strings; the first cell of a row names it."""
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = [
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for name, *row in rows
    ]
    body = "\n".join(lines)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def score(name, total, correct):
    """A row of the table of accuracies."""
    low, high = measure_interval(correct, total)
    return name, f"{correct} of {total}", f"{correct / total:.1%}", f"{low:.1%} to {high:.1%}"


def tabulate_accuracies(runs, golds):
    rows = [score(run.name, *count_correct(golds, [a.text for a in run.answers])) for run in runs]
    rows.append(score("always “London”", *count_correct(golds, ["London"] * len(golds))))
    return make_table(["", "right", "accuracy", "95 % interval"], rows)


def tabulate_provenance(runs, golds):
    """How many answers each model has of each class, and how many of these are right."""

    def count(run, kind):
        right = [a.text == gold for a, gold, o in zip(run.answers, golds, run.origins) if o.provenance == kind]
        return f"{len(right)}, {sum(right)} right"

    return make_table(["", *CLASSES], [[run.name, *(count(run, kind) for kind in CLASSES)] for run in runs])


def explain_classes():
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}.</dd>" for name, text in CLASSES.items())


def tabulate_confidence(judged):
    """judged: [(variant, pretraining, confidences, right), ...]."""

    def measure(variant, pretraining, confidences, right):
        risks, auroc = measure_risks(confidences, right), measure_auroc(confidences, right)
        ece = measure_ece(make_bins(confidences, right))
        least = find_threshold(confidences, right, PRECISION)
        kept = sum(confidence >= least for confidence in confidences) if least is not None else 0
        return (
            f"{variant}, {pretraining} pretraining",
            *("-" if auroc != auroc else f"{auroc:.3f}", f"{ece:.3f}", f"{risks.mean():.3f}"),
            f"{1 - read_risk(risks, COVERAGE):.1%}",
            "no confidence does" if least is None else f"{least!r} keeps {kept} of {len(right)}",
        )

    head = ["", "AUROC", "ECE", "area under risk", f"accuracy at {COVERAGE:.0%}", f"for {PRECISION:.0%} right"]
    return make_table(head, [measure(*each) for each in judged])


def choose_maps(run, golds, how_many):
    """The indices of the questions that get maps, in order: wrong answers and right ones, half of each."""
    wrong, right = ([i for i, a in enumerate(run.answers) if (a.text == golds[i]) is is_right] for is_right in (False, True))
    few = min(len(wrong), max(how_many // 2, how_many - len(right)))
    return sorted(wrong[:few] + right[: how_many - few])


def list_answers(run):
    """For each question what page.js shows of the run: rows of the columns in `columns` there."""
    return [
        (a.text, a.confidence, list(CLASSES).index(o.provenance), o.times_taught, o.answer_in_document)
        for a, o in zip(run.answers, run.origins)
    ]


def list_documents(provenance, questions):
    """For each question (line, document, start of its body in JavaScript's units), or None without one."""
    documents = []
    for _, place in provenance.find_subjects(questions):
        if place:
            index, body = place
            text = provenance.documents[index]
            cut = text if len(text) <= LONGEST else text[:LONGEST] + " …"
            place = index + 1, cut, len(text[:body].encode("utf-16-le")) // 2
        documents.append(place)
    return documents


def collect(runs, questions, golds, how_many):
    """The page's data, for JSON."""
    last = {run.variant: run for run in runs}  # of each variant, the pretrained one if there is one
    chosen = choose_maps(runs[-1], golds, how_many)
    return {
        "classes": list(CLASSES),
        "questions": list(zip(questions, golds)),
        "documents": list_documents(runs[-1].provenance, questions),
        "runs": [{"name": run.name, "answers": list_answers(run)} for run in runs],
        "maps": [
            {
                "question": i,
                "variants": {
                    run.name: make_map(run.model, run.corpus.vocabulary, questions[i], run.answers[i].text)
                    for run in last.values()
                },
            }
            for i in chosen
        ],
    }


def embed(data):
    """JSON that can stand in a <script>: nothing in it ends that or begins markup."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)  # all but ASCII is escaped
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def hash_source(text):
    """What a Content-Security-Policy allows an inline script or style by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def fill_page(**parts):
    """The page. Template fills all places at once, so that nothing in a part is taken for a place."""
    html, css, js = ((HERE / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return Template(html).substitute(parts, css=css, js=js, css_hash=hash_source(css), js_hash=hash_source(js))


def make_page(folder, corpus_path, pairs_path, dev, how_many):
    """The HTML of the report."""
    rows = [row for row in zip(*read_answered(dev)) if row[1] is not None]
    questions, golds = map(list, zip(*rows))
    found = find_runs(folder)
    runs = [answer(*each, corpus_path, pairs_path, questions, golds) for each in found]
    judged = [
        (run.variant, run.pretraining, [a.confidence for a in run.answers], [a.text == g for a, g in zip(run.answers, golds)])
        for run in runs
    ]
    curves = read_curves(folder, [each[:2] for each in found])
    return fill_page(
        intro=escape(f"{len(questions):,} questions of {dev}, corpus {corpus_path}, recipe {runs[-1].recipe}"),
        accuracies=tabulate_accuracies(runs, golds),
        provenance=tabulate_provenance(runs, golds),
        classes=explain_classes(),
        confidence=tabulate_confidence(judged),
        reliability=plots.plot_reliability(judged),
        risks=plots.plot_risks(judged),
        curves=plots.plot_curves(curves),
        data=embed(collect(runs, questions, golds, how_many)),
    )


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
    corpus_path = options.corpus or find_input(options.folder, "wiki.txt")
    dev = options.dev or find_input(options.folder, "birth_dev.tsv")
    out = options.out or str(Path(options.folder, "report.html"))
    check_output_path(out, [corpus_path, dev, options.train, *(path for *_, path in find_runs(options.folder))])
    page = make_page(options.folder, corpus_path, options.train, dev, options.maps)
    with write_atomically(out) as file:
        file.write(page)
    print(f"Wrote {out}")


if __name__ == "__main__":
    sys.exit(main())
