"""Draw the page's plots as SVG that stands in it, in the page's own colours, which suit light and
dark."""

import io
import re

import plot_table
from metrics import make_bins, measure_risks
from plot_table import STYLES, pyplot

# Each colour of plot_table.py's plots, and the page's colour that replaces it.
COLOURS = {colour: f"var(--{variant})" for variant, colour in plot_table.COLOURS.items()}
COLOURS.update({"#000000": "currentColor", "#ffffff": "var(--paper)"})


def draw(name, describe, **settings):
    """Return a figure's SVG. describe: a function that plots into axes. name: of its elements."""
    figure, axes = pyplot.subplots(figsize=(4.6, 3.4))
    describe(axes)
    axes.set(**settings)
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    pyplot.close(figure)
    return adapt(file.getvalue(), name)


def adapt(svg, name):
    """Return the <svg> alone, for a page that allows only its own style and has other figures."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' style="([^"]*)"', lambda match: spell_out(match[1]), svg)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    for colour, own in COLOURS.items():
        svg = svg.replace(colour, own)
    tag, rest = svg.split(">", 1)
    tag = re.sub(r' (width|height)="[^"]*"', "", tag)
    return tag.replace("<svg", f'<svg role="img" aria-label="{name}"') + ">" + rest


def spell_out(style):
    """Return the attributes that do what a style does. Of a font only the size is kept."""
    pairs = [each.split(":", 1) for each in style.split(";") if ":" in each]
    kept = {key.strip(): value.strip() for key, value in pairs}
    font = kept.pop("font", None)
    if font:
        kept["font-size"] = font.split()[0]
    kept.pop("font-family", None)
    return "".join(f' {key}="{value}"' for key, value in kept.items())


def get_style(run, **changes):
    style = STYLES.get((run.variant, run.pretraining), {})
    return {"markersize": 4, "linewidth": 1.4, **style, **changes, "label": run.name}


def plot_reliability(runs):
    """Return the SVG of accuracy against confidence, in bins. runs: list of gather.Run."""

    def describe(axes):
        axes.plot([0, 1], [0, 1], color="#000000", linewidth=0.7, alpha=0.5)
        for run in runs:
            _, means, accuracies = zip(*make_bins(run.confidences, run.right))
            axes.plot(means, accuracies, **get_style(run))

    return draw("reliability", describe, xlabel="confidence", ylabel="share of right answers")


def plot_risks(runs):
    """Return the SVG of risk against coverage."""

    def describe(axes):
        for run in runs:
            risks = measure_risks(run.confidences, run.right)
            shares = [(i + 1) / len(risks) for i in range(len(risks))]
            axes.plot(shares, risks, **get_style(run, marker=""))

    return draw(
        "risks",
        describe,
        xlabel="coverage: share of questions answered",
        ylabel="risk: share of wrong answers",
    )


def plot_curves(runs, curves):
    """Return the SVG of loss against minutes. curves: of gather.read_curves, for each run."""

    def describe(axes):
        for run, parts in zip(runs, curves):
            style = get_style(run, markersize=2)
            for part in filter(None, parts):
                axes.plot(*zip(*part), **style)
                style["label"] = None

    return draw(
        "curves",
        describe,
        xlabel="minutes of training",
        ylabel="loss of an epoch, nats a character",
    )


def plot_losses(variant, losses, band, recorded):
    """Return the SVG of a pretraining's losses on the band of public runs (of make_band).

    recorded: the losses of our own run, or empty.
    """

    def describe(axes):
        grey = dict(color="#000000", linewidth=1)
        edges = (band["epoch"], band["lowest"], band["highest"])
        axes.fill_between(*edges, alpha=0.2, **grey, label="public runs")
        axes.plot(band["epoch"], band["median"], alpha=0.5, **grey)
        if recorded:
            recorded_epochs = range(1, len(recorded) + 1)
            axes.plot(recorded_epochs, recorded, linestyle=":", **grey, label="our recorded run")
        color = STYLES.get((variant, "with"), {}).get("color")
        axes.plot(range(1, len(losses) + 1), losses, color=color, linewidth=1.4, label="this run")

    labels = dict(xlabel="epochs of pretraining", ylabel="loss of an epoch, nats a character")
    return draw(f"losses-{variant}", describe, ylim=(0, None), **labels)
