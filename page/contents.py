"""Fill page.html with its tables, plots and data."""

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template

import plots
import tables
from check_losses import compare_card, read_recorded
from gather import answer, find_runs, read_curves
from maps import make_map

from answering.provenance import CLASSES
from runs.model_card import read_card
from text.formats import read_answered

HERE = Path(__file__).resolve().parent
LONGEST = 10_000  # characters of a document in the page


def choose_maps(right, how_many):
    """Return the indices of the questions that get maps, in order.

    right: for each question, if its answer is right. Half of the chosen questions have a wrong
    answer, if there are enough.
    """
    wrongs, rights = (
        [i for i, each in enumerate(right) if each is wanted] for wanted in (False, True)
    )
    few = min(len(wrongs), max(how_many // 2, how_many - len(rights)))
    return sorted(wrongs[:few] + rights[: how_many - few])


def list_answers(run):
    """Return (answer, confidence, support, index of its class) for each question."""
    kinds = [list(CLASSES).index(origin.provenance) for origin in run.origins]
    rows = zip(run.answers, run.origins, kinds)
    return [(answer.text, answer.confidence, origin.support, kind) for answer, origin, kind in rows]


def list_documents(provenance, questions):
    """Return (line, document, body's start in JavaScript's units) or None for each question."""
    documents = []
    for _, place, _ in provenance.find_subjects(questions):
        if place:
            index, body = place
            text = provenance.documents[index]
            cut = text if len(text) <= LONGEST else text[:LONGEST] + " …"
            place = index + 1, cut, len(text[:body].encode("utf-16-le")) // 2
        documents.append(place)
    return documents


def collect(runs, questions, how_many):
    """Return the page's data, for JSON."""
    last = {run.variant: run for run in runs}  # of each variant, the pretrained one if there is one
    chosen = choose_maps(runs[-1].right, how_many)
    return {
        "classes": list(CLASSES),
        "questions": list(zip(questions, runs[0].golds)),
        "documents": list_documents(runs[-1].provenance, questions),
        "runs": [{"name": run.name, "answers": list_answers(run)} for run in runs],
        "maps": [
            {
                "question": i,
                "variants": {
                    run.name: make_map(
                        run.model, run.corpus.vocabulary, questions[i], run.answers[i].text
                    )
                    for run in last.values()
                },
            }
            for i in chosen
        ],
    }


def embed(data):
    """Return JSON that can stand in a <script>: nothing in it ends the script or begins markup."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)  # escapes all that is not ASCII
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def hash_source(text):
    """Return the hash by which a Content-Security-Policy allows an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def fill_page(**parts):
    """Return the page. Template fills all places at once: a part is never taken for a place."""
    html, css, js = (
        (HERE / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    )
    return Template(html).substitute(
        parts, css=css, js=js, css_hash=hash_source(css), js_hash=hash_source(js)
    )


def show_losses(folder, runs):
    """Return the HTML that compares each pretraining's losses with the losses of public runs."""
    parts = []
    for run in runs:
        card, _ = read_card(str(Path(folder, f"{run.variant}.pretrain.params")))
        if run.pretraining == "with" and card:
            band, line = compare_card(card)
            figure = ""
            if band:
                recorded = read_recorded(card["recipe"], run.variant)
                figure = plots.plot_losses(run.variant, card["losses"], band, recorded)
            line = escape(f"{run.variant}: {line}")
            parts.append(f"<figure>{figure}<figcaption>{line}.</figcaption></figure>")
    return "\n".join(parts)


def make_page(folder, corpus_path, pairs_path, dev, how_many):
    """Return the HTML of the report."""
    questions, golds = read_answered(dev)
    found = find_runs(folder)
    runs = [answer(*each, corpus_path, pairs_path, questions, golds) for each in found]
    curves = [read_curves(folder, run.variant, run.pretraining) for run in runs]
    return fill_page(
        intro=escape(
            f"{len(questions):,} questions of {dev}, corpus {corpus_path}, recipe {runs[-1].recipe}"
        ),
        accuracies=tables.tabulate_accuracies(runs),
        provenance=tables.tabulate_provenance(runs),
        classes=tables.explain_classes(),
        confidence=tables.tabulate_confidence(runs),
        reliability=plots.plot_reliability(runs),
        risks=plots.plot_risks(runs),
        curves=plots.plot_curves(runs, curves),
        losses=show_losses(folder, runs),
        data=embed(collect(runs, questions, how_many)),
    )
