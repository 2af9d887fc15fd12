"""What a pretraining knew after each N passes, from the parameters that --keep_every kept, as CSV.

    python src/run.py pretrain vanilla DIR/wiki.txt --keep_every 50 --writing_params_path OUTPUT
    python benchmarks/accuracy/handout.py --corpus DIR/wiki.txt --pairs DIR/train.tsv --dev DIR/dev.tsv OUTPUT

A row is one OUTPUT.N: the loss of its last pass, and three accuracies on the dev set. Two need no
finetuning: the model completes "NAME was born in", as in pretraining, alone and after the document's
title. A completion is right if it begins with the answer. The third is that of the questions, after the
recipe's finetuning on the pairs. A model that always says the commonest answer is sometimes right. So
another column beside each accuracy leaves that answer out, also in % of all answers. --losses_path
writes a second table, the loss of every pass.
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT, read_kept_card

from answering.answers import predict
from dataset import read_pairs
from objectives.table import make_finetuning_dataset
from recipes import trainer_config
from runs.loading import open_model
from text.files import InputError, Parser, check_output_path, report_mistakes, write_atomically
from text.formats import MASK_CHAR, read_answered
from text.titles import index_titles, match_questions
from trainer import Trainer
from training.weights import list_kept
from utils import set_seed

COMPLETE = {"completed": "{name} was born in ", "completed after the title": "{name}. {name} was born in "}
OTHERS = ", not the commonest"
MEASURES = [name + of for name in (*COMPLETE, "finetuned") for of in ("", OTHERS)]
COLUMNS = ["variant", "pass", "loss", *MEASURES]


def find_names(questions, documents):
    """The title that each question asks about, or None."""
    matches = match_questions(questions, index_titles(documents, questions))
    return [m and q[len(m.frame[0]) : len(q) - len(m.frame[1])] for q, m in zip(questions, matches)]


def begins_with(text, answer):
    """Whether the text's first words are the answer."""
    return re.match(re.escape(answer) + r"(?!\w)", text.strip()) is not None


def find_completed(model, vocabulary, names, answers, beginning):
    """Which of the answers begin what the model puts after `beginning`, with each name in it; a list.

    The prompt is that of span corruption: a document whose end is masked.
    """
    asked = [(name, answer) for name, answer in zip(names, answers) if name]
    prompts = [beginning.format(name=name) + MASK_CHAR for name, _ in asked]
    found = predict(model, vocabulary, prompts)
    return [answer for text, (_, answer) in zip(found, asked) if begins_with(text, answer)]


def find_answered(model, vocabulary, questions, answers):
    """Which of the answers the model gives to their questions, a list."""
    return [answer for text, answer in zip(predict(model, vocabulary, questions), answers) if text == answer]


def score(name, right, answers):
    """The two columns of a measure. right: those of the answers that were found."""
    [(commonest, _)] = Counter(answers).most_common(1)
    numbers = {name: len(right), name + OTHERS: sum(answer != commonest for answer in right)}
    return {column: f"{100 * number / len(answers):.1f}" for column, number in numbers.items()}


def measure(path, options):
    """The row of one parameter file."""
    card = read_kept_card(path)
    variant, recipe = card["variant"], card["recipe"]
    set_seed(options.seed)
    corpus, model, _ = open_model(variant, options.corpus, recipe, path)
    questions, answers = read_answered(options.dev)
    names = find_names(questions, corpus.data)
    row = {"variant": variant, "pass": len(card["losses"]), "loss": f"{card['losses'][-1]:.4f}"}
    for column, beginning in COMPLETE.items():
        right = find_completed(model, corpus.vocabulary, names, answers, beginning)
        row.update(score(column, right, answers))
    pairs = make_finetuning_dataset(corpus, recipe, read_pairs(corpus, options.pairs))
    config = trainer_config(recipe, "finetune_pretrained", len(corpus), len(pairs), seed=options.seed)
    Trainer(model, pairs, None, config).train()
    row.update(score("finetuned", find_answered(model, corpus.vocabulary, questions, answers), answers))
    return row


def write_losses(path, cards):
    """Writes the loss of every pass to `path`, as CSV. cards: those of the last kept files."""
    with write_atomically(path) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["variant", "pass", "loss"])
        for card in cards:
            table.writerows([card["variant"], n, f"{loss:.4f}"] for n, loss in enumerate(card["losses"], 1))


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("outputs", nargs="+", metavar="OUTPUT", help="the pretraining's writing_params_path")
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--losses_path", metavar="CSV")
    options = parser.parse_args(argv)
    kept = {output: list_kept(output) for output in options.outputs}
    for output, paths in kept.items():
        if not paths:
            raise InputError(f"{output}.N: no such file: pretrain with --keep_every N")
    if options.losses_path:
        inputs = [options.corpus, options.pairs, options.dev, *(p for paths in kept.values() for p in paths.values())]
        check_output_path(options.losses_path, inputs)
        write_losses(options.losses_path, [read_kept_card(paths[max(paths)]) for paths in kept.values()])
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    table.writeheader()
    for paths in kept.values():
        for path in paths.values():
            table.writerow(measure(path, options))
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
