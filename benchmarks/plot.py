"""Draws a recorded learning curve: accuracy against minutes of training.

    pip install -r requirements-written.txt
    python benchmarks/plot.py docs/curve.csv docs/accuracy.svg
"""

import argparse
import csv

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "curve"  # the same figure is the same file
matplotlib.rcParams["svg.fonttype"] = "none"
from matplotlib import pyplot  # noqa: E402

STYLES = {
    ("vanilla", "with"): dict(color="#1f5fa8", linestyle="-", marker="o"),
    ("synthesizer", "with"): dict(color="#c8571b", linestyle="-", marker="s"),
    ("vanilla", "without"): dict(color="#1f5fa8", linestyle=":", marker="o", markerfacecolor="white"),
    ("synthesizer", "without"): dict(color="#c8571b", linestyle=":", marker="s", markerfacecolor="white"),
}


def draw(rows, path):
    """Writes the figure of the rows, dicts as learning_curve.py writes them."""
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4))
    for variant, pretraining in dict.fromkeys((row["variant"], row["pretraining"]) for row in rows):
        own = [row for row in rows if (row["variant"], row["pretraining"]) == (variant, pretraining)]
        minutes = [float(row["minutes"]) for row in own]
        accuracy = [float(row["accuracy"]) for row in own]
        style = STYLES.get((variant, pretraining), {})
        label = f"{variant}, {pretraining} pretraining"
        axes.plot([0, *minutes], [0, *accuracy], markersize=4, linewidth=1.4, label=label, **style)
        tuned = next((row for row in own if row["stage"] == "finetune"), None)
        if pretraining == "with" and tuned:
            axes.axvline(float(tuned["minutes"]), color=style.get("color"), linewidth=0.5, alpha=0.5)
    axes.set(xlabel="minutes of training (two CPU cores)", ylabel="right answers, %", ylim=(-3, 100))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="center left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("curve", help="the CSV that learning_curve.py wrote")
    parser.add_argument("figure", help="the SVG file to write")
    options = parser.parse_args(argv)
    with open(options.curve, encoding="utf-8", newline="") as file:
        draw(list(csv.DictReader(file)), options.figure)


if __name__ == "__main__":
    main()
