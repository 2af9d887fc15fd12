"""Compare the losses of a pretraining with those of public runs of the same recipe and variant.

    python page/check_losses.py RUN.jsonl --recipe handout2024 --variant vanilla
    python page/check_losses.py OUTPUT.json

RUN.jsonl is the log of --log_path, also of a run that goes on; OUTPUT.json is a model card. One
line says whether the losses leave the band, the range of the public runs at each epoch (bands.csv,
from make_bands.py). A run has left it if its last 5 epochs are all outside the band widened, up
and down, by its own width and 3 % (a band of one run: by 30 %). The line then names the first
epoch since which the loss is outside the band itself (of one run: the widened one). Each of the 17
runs of handout2024 was compared with the others of its variant after each of its epochs: none had
ever left their band. One was outside the widened band, in a single epoch.
"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy

sys.path.append(str(Path(__file__).resolve().parent.parent / "src"))

from gather import ROOT, read_log

from attention import ATTENTION
from recipes import RECIPES, trainer_config
from text.console import InputError, Parser, report_mistakes
from text.files import read_text
from training.optim import lr_multiplier

BANDS = Path(__file__).resolve().parent / "bands.csv"
MARGIN, MARGIN_OF_ONE, PATIENCE = 1.03, 1.3, 5
DOCUMENTS = 2938  # of the course's wiki.txt, which all public runs read; a blank one is the last
ALMOST = 1e-3  # relative: a copy of it without the last line end has one document less
WIKI = ("823bb536fca77c8b", "9dc24e5b23a97252")  # its fingerprints, with line ends LF and CRLF


def read_rows(path, recipe, variant):
    """Return a table's rows of this variant, and of this recipe if the table has recipes."""
    rows = csv.DictReader(read_text(path).split("\n") if path.exists() else [])
    return [r for r in rows if r["variant"] == variant and r.get("recipe", recipe) == recipe]


def read_recorded(recipe, variant):
    """Return the losses of our own recorded run, a list, empty without one."""
    rows = read_rows(ROOT / "docs" / recipe / "losses.csv", recipe, variant)
    return [float(row["loss"]) for row in rows if row["run"] == "ours"]


def make_band(rows):
    """Return {column: values (epochs,)} of epochs 1, 2, ..., interpolated between the rows."""
    columns = ("epoch", "runs", "lowest", "median", "highest")
    table = {name: [float(row[name]) for row in rows] for name in columns}
    epochs = numpy.arange(1, table["epoch"][-1] + 1)
    return {name: numpy.interp(epochs, table["epoch"], table[name]) for name in columns}


def describe(losses, band):
    """Return one line that says whether, where and to which side the losses leave the band."""
    # Cut all to the epochs that they share.
    epochs = min(len(losses), len(band["epoch"]))
    losses, low, high = (
        numpy.asarray(each[:epochs]) for each in (losses, band["lowest"], band["highest"])
    )
    runs = int(band["runs"][epochs - 1])
    name = f"all {runs} reference runs" if runs > 1 else "the only reference run"
    # Widen the band.
    margin = MARGIN * high / low if runs > 1 else MARGIN_OF_ONE
    far = {"higher": losses > high * margin, "lower": losses < low / margin}
    outside = {"higher": losses > high, "lower": losses < low} if runs > 1 else far
    # Find the side where the last epochs are, and since when.
    side = next((side for side in far if epochs >= PATIENCE and all(far[side][-PATIENCE:])), None)
    if side:
        first = int(numpy.flatnonzero(~outside[side]).max(initial=-1)) + 2
        line = f"from epoch {first} on the loss is {side} than in {name}"
        line += ": a leak, or another task?" if side == "lower" else ""
    else:
        near = epochs - sum(each.sum() for each in far.values())
        line = f"within the range of {name}, or near it, in {near} of {epochs} epochs"
    theirs = f"{low[-1]:.3f} to {high[-1]:.3f}" if runs > 1 else f"{low[-1]:.3f}"
    return f"{line} (epoch {epochs}: {losses[-1]:.3f}, theirs {theirs})"


def is_close(given, planned):
    """Return whether two numbers are almost the same."""
    return not isinstance(given, str) and math.isclose(given, planned, rel_tol=ALMOST)


def compare(losses, recipe, variant, differences):
    """Return (band, line); the band is None if the line says why there is nothing to compare.

    differences: texts that say how the run differs from the recipe on the course's corpus.
    """
    rows = read_rows(BANDS, recipe, variant)
    if not rows:
        return None, f"no reference runs: recipe {recipe}, variant {variant}"
    if differences:
        return None, f"no reference runs: {differences[0]}"
    band = make_band(rows)
    return band, describe(losses, band)


def compare_card(card):
    """Return (band, line) of `compare` for a model card."""
    if card["recipe"] not in RECIPES:
        return None, f"no reference runs: recipe {card['recipe']}"
    plan = trainer_config(card["recipe"], "pretrain", DOCUMENTS, DOCUMENTS)
    planned, given = ({**vars(plan), "function": "pretrain"}, {**card["settings"], **card})
    names = ("function", "batch_size", "learning_rate", "final_tokens")
    differences = [
        f"{name} is {given[name]}, not {planned[name]}"
        for name in names
        if given[name] != planned[name] and not is_close(given[name], planned[name])
    ]
    if card["inputs"]["corpus_path"]["fingerprint"] not in WIKI:
        differences.append("the corpus is not the course's wiki.txt")
    return compare(card["losses"], card["recipe"], card["variant"], differences)


def compare_log(path, text, recipe, variant):
    """Return (band, line) of `compare` for the log at `path` with this text."""
    losses = [loss for _, loss in read_log(Path(path))]
    if not losses:
        raise InputError(f"{path}: holds no epochs: give the file of --log_path or a model card")
    if not recipe or not variant:
        raise InputError(f"{path}: a log does not name them: give --recipe and --variant")
    last = json.loads(text.strip().splitlines()[-1])
    plan = trainer_config(recipe, "pretrain", DOCUMENTS, DOCUMENTS)
    ends = (plan.warmup_tokens, plan.final_tokens)
    planned = plan.learning_rate * lr_multiplier(plan.schedule, last["tokens"], *ends)
    given, differences = last["learning_rate"], []
    if not is_close(given, planned):
        differences = [f"the learning rate is {given:.4g}, not {planned:.4g}"]
    return compare(losses, recipe, variant, differences)


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("run", help="a log of --log_path, or a model card (OUTPUT.json)")
    parser.add_argument("--recipe", choices=RECIPES, help="of a log")
    parser.add_argument("--variant", choices=ATTENTION, help="of a log")
    options = parser.parse_args(argv)
    text = read_text(options.run)
    try:
        card = json.loads(text)
    except ValueError:  # a log of several lines isn't one JSON value
        card = {}
    if isinstance(card, dict) and "losses" in card:
        _, line = compare_card(card)
    else:
        _, line = compare_log(options.run, text, options.recipe, options.variant)
    print(line)


if __name__ == "__main__":
    sys.exit(main())
