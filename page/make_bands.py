"""Print page/bands.csv: the lowest, median and highest loss of public runs at an epoch.

    python page/make_bands.py LOSSES.csv > page/bands.csv

LOSSES.csv has the columns variant, schedule_ends_after_epoch, run, epoch and loss: the mean losses
of trainings that students published, in the order of the epochs. The table has epochs 1 to 20 and
every fifth later. Each run is also compared, after each of its epochs, with the band of the others;
stderr gets each line that says that the run has left this band.
"""

import csv
import sys
from collections import defaultdict
from statistics import median

from check_losses import describe, make_band

from attention import ATTENTION
from text.console import Parser, report_mistakes
from text.files import read_text

RECIPES = {"200": "handout", "650": "handout2024"}  # by the end of the schedule


def read_runs(path):
    """Return {(recipe, variant): {run: losses}} of our variants."""
    runs = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(read_text(path).split("\n")):
        if row["variant"] in ATTENTION:
            recipe = RECIPES[row["schedule_ends_after_epoch"]]
            runs[recipe, row["variant"]][row["run"]].append(float(row["loss"]))
    return runs


def make_rows(runs):
    """Return the rows of a band, dicts; runs: lists of losses."""
    rows = []
    for epoch in range(1, max(map(len, runs)) + 1):
        losses = [run[epoch - 1] for run in runs if len(run) >= epoch]
        if epoch <= 20 or epoch % 5 == 0:
            facts = dict(lowest=min(losses), median=round(median(losses), 4), highest=max(losses))
            rows.append(dict(epoch=epoch, runs=len(losses), **facts))
    return rows


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("losses", help="the table of the runs")
    runs = read_runs(parser.parse_args(argv).losses)
    columns = ["recipe", "variant", "epoch", "runs", "lowest", "median", "highest"]
    table = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    table.writeheader()
    for (recipe, variant), own in runs.items():
        rows = make_rows(list(own.values()))
        table.writerows(dict(recipe=recipe, variant=variant, **row) for row in rows)
        # Compare each run with the band of the others; a single run has no others.
        for run in own if len(own) > 1 else ():
            band = make_band(make_rows([own[other] for other in own if other != run]))
            for epoch in range(1, len(own[run]) + 1):
                line = describe(own[run][:epoch], band)
                if line.startswith("from"):
                    print(f"run {run}: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
