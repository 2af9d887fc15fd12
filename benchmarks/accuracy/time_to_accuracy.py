"""Accuracy of a recipe against the time that pretraining, finetuning and evaluating took.

    python benchmarks/accuracy/time_to_accuracy.py [--recipe fast] [--budgets 0.5 1 4] [--seeds 0 1 2]
    python benchmarks/accuracy/time_to_accuracy.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

The last 400 of the training pairs are held out and scored; masking and finetuning see the others
only. Pretraining sees none of them if its recipe reads only the corpus. A row is one run of the
three commands, timed from the first one's start to the accuracy.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT

from attention import ATTENTION
from objectives.table import find_objective
from recipes import RECIPES
from text.files import InputError, Parser, read_text, report_mistakes

HELD_OUT = 400


def split_pairs(path, folder):
    """Writes all but the last 400 pairs, and those, to two files in `folder`; returns their paths.

    Raises InputError if there are no others.
    """
    rows = [row for row in read_text(path).split("\n") if row.strip()]
    if len(rows) <= HELD_OUT:
        raise InputError(f"{path}: has {len(rows)} pairs: give more than the {HELD_OUT} that are held out")
    train, dev = folder / "train.tsv", folder / "dev.tsv"
    train.write_text("\n".join(rows[:-HELD_OUT]) + "\n", encoding="utf-8")
    dev.write_text("\n".join(rows[-HELD_OUT:]) + "\n", encoding="utf-8")
    return str(train), str(dev)


def run_command(command):
    """What a command prints. Raises InputError if it says that its user made a mistake."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 2:
        raise InputError(done.stderr.rstrip("\n").split("\n")[-1].removeprefix("error: "))
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def measure(variant, corpus, train, dev, folder, training, pretraining=(), recipe="fast"):
    """(seconds, accuracy in %) of pretraining, finetuning and evaluating; training: options of the
    first two, pretraining: of the first alone.
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
