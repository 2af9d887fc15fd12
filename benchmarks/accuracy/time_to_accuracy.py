"""Accuracy of a recipe against the time that pretraining, finetuning and evaluating took.

    python benchmarks/accuracy/time_to_accuracy.py [--recipe fast] [--budgets 0.5 1 4] [--seeds 0 1 2]
    python benchmarks/accuracy/time_to_accuracy.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

The last 400 of the training pairs are held out and scored; masking and finetuning see the others
only. Pretraining sees none of them if its recipe reads only the corpus. A row is one run of the
three commands, timed from the first one's start to the accuracy.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import HELD_OUT, ROOT, run_command, split_pairs

from attention import ATTENTION
from objectives.table import find_objective
from recipes import RECIPES
from text.console import Parser, report_mistakes


def measure(variant, corpus, train, dev, folder, training, pretraining=(), recipe="fast"):
    """Pretrain, finetune and evaluate; return (seconds, accuracy in %).

    training: options of the first two. pretraining: options of the first alone.
    """

    def run(function, *words):
        command = [sys.executable, str(ROOT / "src" / "run.py"), function, variant, corpus]
        return run_command([*command, *words])

    training = ("--recipe", recipe, *training)
    pretrained, tuned = str(folder / "pretrained"), str(folder / "tuned")
    pairs = ("--finetune_corpus_path", train)
    seen = pairs if find_objective(recipe).reads_pairs else ()
    started = time.perf_counter()
    run("pretrain", *training, *pretraining, *seen, "--writing_params_path", pretrained)
    start = ("--reading_params_path", pretrained)
    run("finetune", *training, *pairs, *start, "--writing_params_path", tuned)
    questions = ("--eval_corpus_path", dev, "--outputs_path", str(folder / "predictions"))
    scored = run("evaluate", "--reading_params_path", tuned, *questions)
    return time.perf_counter() - started, float(re.search(r": ([\d.]+)%", scored)[1])


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--recipe", default="fast", choices=list(RECIPES))
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=list(ATTENTION))
    parser.add_argument("--budgets", nargs="+", default=["0.5", "1", "4"])
    parser.add_argument("--seeds", nargs="+", default=["0", "1", "2"])
    parser.add_argument("--ask", help="as of run.py")
    options = parser.parse_args()
    ask = ("--ask", options.ask) if options.ask else ()
    print(f"{options.corpus}, last {HELD_OUT} of {options.pairs} held out, {' '.join((options.recipe, *ask))}")
    print("| variant | budget | seed | minutes | accuracy |")
    print("|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, dev = split_pairs(options.pairs, folder)
        for variant in options.variants:
            for budget in options.budgets:
                for seed in options.seeds:
                    training = ("--budget", budget, "--seed", seed)
                    files = (options.corpus, train, dev, folder)
                    seconds, accuracy = measure(variant, *files, training, ask, options.recipe)
                    row = f"| {variant} | {budget} | {seed} | {seconds / 60:.1f} | {accuracy:.1f} % |"
                    print(row, flush=True)


if __name__ == "__main__":
    sys.exit(main())
