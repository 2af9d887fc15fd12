"""Draw what programs have recorded: accuracy against epochs of training, known facts against
exposures, or the loss of every epoch. The table's columns decide which.

    pip install -r requirements-written.txt
    python page/plot_table.py docs/curve.csv docs/accuracy.svg
    python page/plot_table.py docs/exposures.csv docs/exposures.svg
    python page/plot_table.py docs/handout/losses.csv docs/handout/losses.svg
"""

import csv
import itertools
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib
from matplotlib import pyplot

sys.path.append(str(Path(__file__).resolve().parent.parent / "src"))

from text.console import InputError, Parser, report_mistakes
from text.files import check_output_path, read_text

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "curve"  # the same figure is the same file
matplotlib.rcParams["svg.fonttype"] = "none"

COLOURS = {"vanilla": "#1f5fa8", "synthesizer": "#c8571b", "rope": "#1d7a5f", "nope": "#8a4fa3"}
MARKERS = {"vanilla": "o", "synthesizer": "s", "rope": "^", "nope": "D"}
LINES = {"with": dict(linestyle="-"), "without": dict(linestyle=":", markerfacecolor="white")}
STYLES = {
    (variant, pretraining): dict(color=color, marker=MARKERS[variant], **line)
    for pretraining, line in LINES.items()
    for variant, color in COLOURS.items()
}


def draw_curve(rows, axes):
    """Draw the accuracy of `rows`, dicts, one for each epoch of a curve."""
    for variant, pretraining in dict.fromkeys((row["variant"], row["pretraining"]) for row in rows):
        own = [
            row for row in rows if (row["variant"], row["pretraining"]) == (variant, pretraining)
        ]
        accuracy = [float(row["accuracy"]) for row in own]
        style = STYLES.get((variant, pretraining), {})
        label = f"{variant}, {pretraining} pretraining"
        axes.plot([0, *accuracy], markersize=4, linewidth=1.4, label=label, **style)
        pretrained = sum(row["stage"] == "pretrain" for row in own)
        if pretrained:  # here finetuning begins
            axes.axvline(pretrained, color=style.get("color"), linewidth=0.5, alpha=0.5)
    axes.set(xlabel="epochs of training", ylabel="right answers, %", ylim=(-3, 100))
    axes.legend(frameon=False, loc="center left")


def draw_exposures(rows, axes):
    """Draw the known facts of `rows`, dicts of series, exposures and known (a share)."""
    markers = itertools.cycle("osD^v<>*")
    for series in dict.fromkeys(row["series"] for row in rows):
        points = sorted(
            (int(row["exposures"]), 100 * float(row["known"]))
            for row in rows
            if row["series"] == series
        )
        axes.plot(*zip(*points), marker=next(markers), markersize=4, linewidth=1.4, label=series)
    ticks = sorted({int(row["exposures"]) for row in rows})
    axes.set(
        xlabel="how often each fact was asked for",
        ylabel="known facts, %",
        ylim=(-3, 103),
        xscale="log",
    )
    axes.set_xticks(ticks, ticks, fontsize="x-small")
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))


def draw_losses(rows, axes):
    """Draw the losses of `rows`, dicts of variant, epoch and loss.

    Curves of a variant differ in further columns.
    """
    curves = defaultdict(list)
    for row in rows:
        ways = [value for name, value in row.items() if name not in ("variant", "epoch", "loss")]
        curves[(row["variant"], *ways)].append((int(row["epoch"]), float(row["loss"])))
    linestyles = defaultdict(lambda: itertools.cycle(["-", ":", "--", "-."]))
    for (variant, *ways), points in curves.items():
        color = STYLES.get((variant, "with"), {}).get("color")
        style = dict(color=color, linestyle=next(linestyles[variant]), linewidth=1.4)
        axes.plot(*zip(*points), label=", ".join([variant, *ways]), **style)
    axes.set(xlabel="epochs", ylabel="loss, nats a character", ylim=(0, None))
    axes.legend(frameon=False, fontsize="small")


def draw(rows, path):
    """Write the figure of `rows`, dicts of texts, to `path`."""
    draw_axes = {"series": draw_exposures, "pretraining": draw_curve, "loss": draw_losses}
    columns = list(rows[0]) if rows else []
    kind = next((column for column in draw_axes if column in columns), None)
    if kind is None or "finetuned" in columns:  # handout.py's other table has a loss too
        given = ", ".join(columns) or "none"
        raise InputError(f"no figure for a table with the columns {given}: give another table")
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4))
    draw_axes[kind](rows, axes)
    axes.grid(alpha=0.25)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("table", help="the CSV that one of these programs wrote")
    parser.add_argument("figure", help="the SVG file to write")
    options = parser.parse_args(argv)
    check_output_path(options.figure, [options.table])
    draw(list(csv.DictReader(read_text(options.table).split("\n"))), options.figure)


if __name__ == "__main__":
    sys.exit(main())
