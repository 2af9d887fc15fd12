"""Draw solutions.md's figures: python written/draw.py (pip install -r requirements-written.txt)."""

import sys
from pathlib import Path

import matplotlib
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "figures"  # the same figure is the same file
from attention_exploration import (  # noqa: E402
    RADIAL,
    A,
    B,
    average_error,
    copy_weight,
    make_items,
    run_one_head,
    run_two_heads,
)
from matplotlib import pyplot  # noqa: E402

from text.files import write_atomically  # noqa: E402

FOLDER = Path(__file__).resolve().parent / "figures"


def save(figure, name):
    figure.tight_layout()
    with write_atomically(FOLDER / name) as file:
        figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def draw_copying():
    """Draw the weight on one key against the query's scale, for several numbers of items."""
    scales = [x / 10 for x in range(151)]
    figure, axes = pyplot.subplots(figsize=(5, 3))
    for n, style in [(2, "-"), (10, "--"), (100, "-."), (1000, ":")]:
        weights = [copy_weight(s, n) for s in scales]
        axes.plot(scales, weights, style, color="black", label=f"n = {n}")
    axes.set(xlabel="scale of the query (no unit)", ylabel="weight on the key (no unit)", ylim=(0, 1.02))
    axes.legend(frameon=False)
    save(figure, "copying.svg")


def draw_average():
    """Draw the distance of c from the average of two values against the query's scale."""
    _, values = make_items()
    scales = [x / 10 for x in range(151)]
    figure, axes = pyplot.subplots(figsize=(5, 3))
    errors = [average_error(s, values).norm().item() for s in scales]
    axes.semilogy(scales, errors, color="black")
    axes.set(xlabel="scale of the query (no unit)", ylabel="distance of c from\nthe average (no unit)")
    save(figure, "average.svg")


def draw_heads():
    """Draw where c lies between v_b and v_a when the length of k_a varies, for one head and two."""
    _, values = make_items()
    axis = values[A] - values[B]
    figure, panels = pyplot.subplots(1, 2, figsize=(6, 2.6), sharex=True, sharey=True)
    one, _ = run_one_head(10.0, 1e-8, RADIAL, positive=True)
    two = run_two_heads(10.0, 1e-8, RADIAL, positive=True)
    for panel, outputs, title in zip(panels, (one, two), ("one head", "two heads")):
        places = (outputs - values[B]) @ axis / (axis @ axis)
        shares = torch.full_like(places, 100 / len(places))
        panel.hist(places.tolist(), bins=40, range=(-0.1, 1.1), weights=shares.tolist(), color="0.4")
        panel.set(title=title, xlabel="place of c: 0 is $v_b$, 1 is $v_a$")
    panels[0].set_ylabel("share of the samples, %")
    save(figure, "heads.svg")


def main():
    FOLDER.mkdir(exist_ok=True)
    draw_copying()
    draw_average()
    draw_heads()


if __name__ == "__main__":
    main()
