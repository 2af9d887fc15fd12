"""Make the page's tables, as HTML."""

import math
from html import escape

from metrics import (
    COVERAGE,
    make_bins,
    measure_auroc,
    measure_ece,
    measure_interval,
    measure_risks,
    read_risk,
)

from answering.answers import count_correct, find_threshold
from answering.provenance import CLASSES
from answering.report import PRECISION


def make_table(head, rows):
    """Return the HTML of a table of strings; the first cell of a row names the row."""
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = [
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for name, *row in rows
    ]
    body = "\n".join(lines)
    head = f"<thead><tr>{cells}</tr></thead>"
    return f'<div class="scroll"><table>{head}<tbody>\n{body}\n</tbody></table></div>'


def score(name, total, correct):
    """Return a row of the table of accuracies."""
    low, high = measure_interval(correct, total)
    return (
        name,
        f"{correct} of {total}",
        f"{100 * correct / total:.1f} %",
        f"{100 * low:.1f} to {100 * high:.1f} %",
    )


def tabulate_accuracies(runs):
    """Return the table of accuracies. runs: list of gather.Run."""
    golds = runs[0].golds
    rows = [score(run.name, *count_correct(golds, [a.text for a in run.answers])) for run in runs]
    rows.append(score("always “London”", *count_correct(golds, ["London"] * len(golds))))
    return make_table(["", "right", "accuracy", "95 % interval"], rows)


def tabulate_provenance(runs):
    """Tabulate how many answers each model has of each class, and how many of these are right."""

    def count(run, kind):
        right = [
            is_right
            for is_right, origin in zip(run.right, run.origins)
            if origin.provenance == kind
        ]
        return f"{sum(right)} of {len(right)}"

    return make_table(
        ["right answers", *CLASSES],
        [[run.name, *(count(run, kind) for kind in CLASSES)] for run in runs],
    )


def explain_classes():
    return "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}.</dd>" for name, text in CLASSES.items()
    )


def tabulate_confidence(runs):
    """Tabulate how well confidence, alone and times support, separates right and wrong answers."""

    # Measure one score of one model: a row.
    def measure(name, confidences, right):
        risks, auroc = measure_risks(confidences, right), measure_auroc(confidences, right)
        least = find_threshold(confidences, right, PRECISION)
        kept = sum(confidence >= least for confidence in confidences) if least is not None else 0
        return (
            name,
            "-" if math.isnan(auroc) else f"{auroc:.3f}",
            f"{measure_ece(make_bins(confidences, right)):.3f}",
            f"{risks.mean():.3f}",
            f"{100 - 100 * read_risk(risks, COVERAGE):.1f} %",
            "none does" if least is None else f"{least!r} keeps {kept} of {len(right)}",
        )

    # Name the columns.
    head = [
        "",
        "AUROC",
        "ECE",
        "area under risk",
        f"accuracy at {100 * COVERAGE:g} % coverage",
        f"for {100 * PRECISION:g} % right",
    ]
    # Make a row of each model's confidence, and of its product with support where there is support.
    rows = []
    for run in runs:
        rows.append(measure(f"{run.name}: confidence", run.confidences, run.right))
        if run.supports:
            products = [
                confidence * support for confidence, support in zip(run.confidences, run.supports)
            ]
            rows.append(measure(f"{run.name}: confidence × support", products, run.right))
    return make_table(head, rows)
