"""Measure the accuracy of a recipe and the minutes of pretraining, finetuning and evaluation.

    python lab/recipes/time_to_accuracy.py [--recipe fast] [--budgets 0.5 1 4] [--seeds 0 1 2]
    python lab/recipes/time_to_accuracy.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

The last 400 of the training pairs are held out and scored; masking and finetuning see only the
others. A row is one run of the three commands, timed from the first one's start to the accuracy.
"""

import re
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(1, str(ROOT / "src"))

from attention import ATTENTION  # noqa: E402
from objectives.table import find_objective  # noqa: E402
from recipes import RECIPES  # noqa: E402
from text.console import InputError, Parser, report_mistakes  # noqa: E402
from text.files import read_text  # noqa: E402

HELD_OUT = 400  # the last training pairs, which are scored and not trained on


def make_parser(description):
    """Return a parser with the options of the files."""
    parser = Parser(description=description.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    return parser


def split_pairs(path, folder):
    """Write the pairs without the last 400, and the last 400, into `folder`; return the two paths.

    Raises InputError if no pair is left to train on.
    """
    rows = [row for row in read_text(path).split("\n") if row.strip()]
    if len(rows) <= HELD_OUT:
        raise InputError(f"{path}: has {len(rows)} pairs: give more than {HELD_OUT}, held out")
    paths = Path(folder, "train.tsv"), Path(folder, "dev.tsv")
    for part, own in zip((rows[:-HELD_OUT], rows[-HELD_OUT:]), paths):
        own.write_text("\n".join(part) + "\n", encoding="utf-8")
    return tuple(map(str, paths))


def run_command(*words):
    """Return what `run.py WORDS` prints. Raises InputError if it reports a mistake of its user."""
    command = [sys.executable, str(ROOT / "src" / "run.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 2:
        raise InputError(done.stderr.rstrip("\n").split("\n")[-1].removeprefix("error: "))
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def measure(variant, corpus, train, dev, folder, training, pretraining=(), recipe="fast"):
    """Pretrain, finetune and evaluate; return (seconds, accuracy in %).

    training: options of the first two. pretraining: options of the first alone.
    """
    training = (variant, corpus, "--recipe", recipe, *training)
    pretrained, tuned = str(folder / "pretrained"), str(folder / "tuned")
    pairs = ("--finetune_corpus_path", train)
    seen = pairs if find_objective(recipe).reads_pairs else ()
    started = time.perf_counter()
    run_command("pretrain", *training, *pretraining, *seen, "--writing_params_path", pretrained)
    start = ("--reading_params_path", pretrained)
    run_command("finetune", *training, *pairs, *start, "--writing_params_path", tuned)
    questions = ("--eval_corpus_path", dev, "--outputs_path", str(folder / "predictions"))
    scored = run_command("evaluate", variant, corpus, "--reading_params_path", tuned, *questions)
    return time.perf_counter() - started, float(re.search(r": ([\d.]+)%", scored)[1])


@report_mistakes
def main():
    parser = make_parser(__doc__)
    parser.add_argument("--recipe", default="fast", choices=list(RECIPES))
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=list(ATTENTION))
    parser.add_argument("--budgets", nargs="+", default=["0.5", "1", "4"])
    parser.add_argument("--seeds", nargs="+", default=["0", "1", "2"])
    parser.add_argument("--ask", help="as of run.py")
    options = parser.parse_args()
    ask = ("--ask", options.ask) if options.ask else ()
    print(f"{options.corpus}, {options.recipe}, last {HELD_OUT} of {options.pairs} held out")
    print("| variant | budget | seed | minutes | accuracy |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        files = (options.corpus, *split_pairs(options.pairs, folder), Path(folder))
        for run in product(options.variants, options.budgets, options.seeds):
            variant, budget, seed = run
            training = ("--budget", budget, "--seed", seed)
            seconds, accuracy = measure(variant, *files, training, ask, options.recipe)
            cells = (*run, f"{seconds / 60:.1f}", f"{accuracy:.1f} %")
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
