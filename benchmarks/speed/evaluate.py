"""Time answers to questions: src/ (in batches, with a cache) against one at a time without a cache
(plain.py). Both must give the same answers.

    python benchmarks/speed/evaluate.py
    python benchmarks/speed/evaluate.py --variants vanilla --reading_params_path PATH

The plain way runs once, src/ three times (median). Without parameters each model is trained for one
epoch of the recipe fast (half a minute), after which answers have the length of places.
"""

import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parent.parent))
import plain
from common import ROOT

from answering.answers import predict
from attention import ATTENTION
from objectives.questions import make_questions
from recipes import trainer_config
from runs.loading import open_model
from text.console import Parser, report_mistakes
from text.formats import read_questions
from trainer import Trainer
from utils import set_seed


def train_a_little(model, corpus, pairs_path):
    """Train one epoch of the recipe fast."""
    asked = make_questions(corpus, finetune_corpus_path=pairs_path)
    config = trainer_config(
        "fast", "pretrain", len(corpus), len(asked), max_epochs=1, device="cpu"
    )
    Trainer(model, asked, None, config).train()


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--questions", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=list(ATTENTION))
    parser.add_argument("--reading_params_path", help="of the one variant in --variants")
    options = parser.parse_args()
    questions, _ = read_questions(options.questions)
    print(f"{len(questions)} questions, {torch.get_num_threads()} threads")
    print("| variant | characters an answer | plain, s | src, s | ratio | same answers |")
    print("|---|---|---|---|---|---|", flush=True)
    for variant in options.variants:
        set_seed(0)
        path = options.reading_params_path
        corpus, model, _ = open_model(variant, options.corpus, None if path else "fast", path)
        if not path:
            train_a_little(model, corpus, options.pairs)
        model.eval()
        started = time.perf_counter()
        expected = [plain.answer(model, corpus, question) for question in questions]
        between = time.perf_counter()
        seconds = []
        for _ in range(3):
            again = time.perf_counter()
            found = predict(model, corpus.vocabulary, questions)
            seconds.append(time.perf_counter() - again)
        plain_s, src_s = between - started, statistics.median(seconds)
        same = sum(a == b for a, b in zip(expected, found))
        length = statistics.mean(map(len, found))
        row = f"| {variant} | {length:.1f} | {plain_s:.1f} | {src_s:.2f} | {plain_s / src_s:.0f} "
        print(f"{row}| {same} of {len(found)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
