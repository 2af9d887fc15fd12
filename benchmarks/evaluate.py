"""Answering questions: src/ (batches of one length, cache, early stop) against one at a time without
a cache (plain.py). Both must give the same answers.

    python benchmarks/evaluate.py [--questions birth_dev.tsv] [--reading_params_path PATH]

The plain way runs once, src/ three times (median). Without parameters the models are untrained, and no answer ever ends early.
"""

import argparse
import statistics
import time

import plain
import torch

from dataset import CharCorruptionDataset, read_text
from model import GPT
from recipes import model_config
from utils import load_parameters, predict, read_questions, set_seed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(plain.ROOT / "wiki.txt"))
    parser.add_argument("--questions", default=str(plain.ROOT / "birth_dev.tsv"))
    parser.add_argument("--variants", nargs="+", default=["vanilla", "synthesizer"])
    parser.add_argument("--reading_params_path", help="of the one variant in --variants")
    options = parser.parse_args()
    dataset = CharCorruptionDataset(read_text(options.corpus), 128)
    questions, _ = read_questions(options.questions)
    print(f"{len(questions)} questions, {torch.get_num_threads()} threads")
    print("| variant | plain, s | src, s | ratio | same answers |")
    print("|---|---|---|---|---|")
    for variant in options.variants:
        set_seed(0)
        model = GPT(model_config("handout", variant, dataset.vocab_size)).eval()
        if options.reading_params_path:
            load_parameters(model, options.reading_params_path)
        started = time.perf_counter()
        expected = [plain.answer(model, dataset, question) for question in questions]
        between = time.perf_counter()
        seconds = []
        for _ in range(3):
            again = time.perf_counter()
            found = predict(model, dataset, questions, torch.device("cpu"))
            seconds.append(time.perf_counter() - again)
        plain_s, src_s = between - started, statistics.median(seconds)
        same = sum(a == b for a, b in zip(expected, found))
        print(f"| {variant} | {plain_s:.1f} | {src_s:.2f} | {plain_s / src_s:.0f} | {same} of {len(found)} |")


if __name__ == "__main__":
    main()
