"""How sharp attention is: the scores of every layer before softmax, and the weights after it, as
CSV.

    python src/run.py pretrain vanilla DIR/wiki.txt --keep_every 50 --writing_params_path OUTPUT
    python benchmarks/accuracy/scores.py --corpus DIR/wiki.txt OUTPUT.epochs/50 OUTPUT.epochs/100

A softmax whose scores lie far apart gives one position all the weight: its entropy is low (Zhai et
al. 2023 call that entropy collapse). Hardly any gradient then reaches the scores, and the layer
can't learn where to look. The rows are of examples of span corruption, without dropout. Means are
over the examples, the heads and the positions whose target is no pad and that see at least
--visible positions: `score_std`, the standard deviation of the scores that a position gives to
those it sees; `entropy` of its weights in nats, of at most `uniform`; and `largest_weight`.
"""

import csv
import random
import sys
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import torch

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT, read_kept_card

from runs.loading import open_model
from text.console import InputError, Parser, report_mistakes
from text.formats import PAD_ID

COLUMNS = ["file", "layer", "score_std", "entropy", "uniform", "largest_weight"]


@contextmanager
def record_scores():
    """Yields a list that gets the scores (B, nh, T, T) of each attention layer that runs."""
    recorded, softmax = [], torch.nn.functional.softmax

    def record(scores, dim):
        recorded.append(scores)
        return softmax(scores, dim=dim)

    with patch.object(torch.nn.functional, "softmax", record):
        yield recorded


def draw_examples(dataset, number, seed):
    """A batch (x, y) of examples of documents spread over the dataset."""
    random.seed(seed)
    number = min(number, len(dataset))
    examples = [dataset[i * len(dataset) // number] for i in range(number)]
    return [torch.stack(column) for column in zip(*examples)]


@torch.no_grad()
def measure(model, x, y, visible):
    """A dict for each layer of a model in eval mode. x, y: (B, T). visible: positions seen, at least."""
    with record_scores() as recorded:
        model(x)
    if not recorded:
        raise InputError("this attention variant has no scores: give the parameters of another one")
    chosen = (y != PAD_ID) & (torch.arange(1, x.size(1) + 1) >= visible)  # (B, T)
    if not chosen.any():
        raise InputError(f"no example sees {visible} positions: give a smaller --visible")
    seen = (1 + torch.arange(x.size(1))).expand_as(y)[chosen].float()  # (N,)
    rows = []
    for scores in recorded:
        scores = scores.transpose(1, 2)[chosen]  # (N, nh, T)
        is_seen = scores.isfinite()
        weights = scores.softmax(dim=-1)
        mean = scores.where(is_seen, 0).sum(-1) / seen[:, None]  # (N, nh)
        squares = (scores - mean[..., None]).where(is_seen, 0).square().sum(-1)
        rows.append(
            {
                "score_std": (squares / seen[:, None]).sqrt().mean().item(),
                "entropy": torch.special.entr(weights).sum(-1).mean().item(),
                "uniform": seen.log().mean().item(),
                "largest_weight": weights.amax(-1).mean().item(),
            }
        )
    return rows


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("params", nargs="+", help="parameter files, with their cards")
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--examples", type=int, default=50)
    parser.add_argument("--visible", type=int, default=64, metavar="POSITIONS")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    if options.examples < 1:
        raise InputError(f"--examples {options.examples}: give at least 1")
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    table.writeheader()
    for path in options.params:
        variant = read_kept_card(path)["variant"]
        corpus, model, _ = open_model(variant, options.corpus, None, path)
        x, y = draw_examples(corpus, options.examples, options.seed)
        for layer, row in enumerate(measure(model.eval(), x, y, options.visible)):
            row = {name: f"{value:.3g}" for name, value in row.items()}
            table.writerow({"file": path, "layer": layer, **row})
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
