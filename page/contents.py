"""What stands in the page: page.html with its tables, plots and data."""

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template

import plots
import tables
from gather import answer, find_runs, read_curves
from maps import make_map

from formats import read_answered
from provenance import CLASSES

HERE = Path(__file__).resolve().parent
LONGEST = 10_000  # characters of a document in the page


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
        accuracies=tables.tabulate_accuracies(runs, golds),
        provenance=tables.tabulate_provenance(runs, golds),
        classes=tables.explain_classes(),
        confidence=tables.tabulate_confidence(judged),
        reliability=plots.plot_reliability(judged),
        risks=plots.plot_risks(judged),
        curves=plots.plot_curves(curves),
        data=embed(collect(runs, questions, golds, how_many)),
    )
