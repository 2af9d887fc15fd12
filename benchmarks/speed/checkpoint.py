"""Measure what saving a training costs: steps with a checkpoint at their end and without, in turn.

    python benchmarks/speed/checkpoint.py [--corpus wiki.txt] [--turns 9] [--steps 3]

It prints the time of one checkpoint and its share of the training between two checkpoints, at the
default of --checkpoint_minutes.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from torch.utils.data import default_collate

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT

from dataset import load_corpus
from model import GPT
from recipes import RECIPES, model_config, trainer_config
from text.console import Parser, report_mistakes
from trainer import Trainer
from training.checkpoint import Checkpoint
from utils import set_seed


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--steps", type=int, default=3)
    size = RECIPES["handout"]["pretrain"]["batch_size"]
    parser.add_argument("--batch_size", type=int, default=size)
    options = parser.parse_args()
    # Read the corpus, and begin the table.
    dataset = load_corpus(options.corpus)
    interval = 60 * Checkpoint(None, {}).minutes
    columns = ("steps alone, s", "with a checkpoint, s", "one checkpoint, s", "MB", "share")
    print(f"| recipe, variant | {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for recipe, variant in [("handout", "vanilla"), ("fast", "synthesizer")]:
            # Make a training, its checkpoint, and the batch of all its steps.
            set_seed(0)
            path = Path(folder) / recipe
            config = trainer_config(recipe, "pretrain", len(dataset), len(dataset))
            model = GPT(model_config(recipe, variant, dataset.vocab_size))
            trainer = Trainer(model, dataset, None, config)
            checkpoint = Checkpoint(path, identity={})
            batch = default_collate([dataset[i % len(dataset)] for i in range(options.batch_size)])
            # Take the steps, in turn without a checkpoint at their end and with one.
            seconds = {False: [], True: []}
            for turn in range(options.turns + 1):
                for saving in seconds:
                    started = time.perf_counter()
                    for _ in range(options.steps):
                        trainer.step(*batch)
                    if saving:
                        checkpoint.save(trainer)
                    if turn:  # the first warms up
                        seconds[saving].append(time.perf_counter() - started)
            # Print the medians, and the share of the time between two checkpoints.
            alone, saved = (statistics.median(times) for times in seconds.values())
            cost = statistics.median(b - a for a, b in zip(*seconds.values()))
            share = cost / interval
            size = path.stat().st_size / 1e6
            times = f"{alone:.2f} | {saved:.2f} | {cost:.2f}"
            print(f"| {recipe}, {variant} | {times} | {size:.0f} | {100 * share:.2f} % |")


if __name__ == "__main__":
    sys.exit(main())
