"""Measure what pretraining has taught after each N epochs, from what --keep_every kept, as CSV.

    python src/run.py pretrain vanilla DIR/wiki.txt --keep_every 50 --writing_params_path OUTPUT
    python lab/recipes/handout.py --corpus DIR/wiki.txt --pairs TRAIN --dev HELD_OUT OUTPUT

A row is one file of OUTPUT.epochs (or a parameter file that is named itself): the loss of its last
epoch, and three accuracies on the dev set. Two need no finetuning: the model completes "NAME was
born in", as in pretraining, alone and after the document's title. A completion is right if it
begins with the answer. The third is that of the questions, after the recipe's finetuning on the
pairs. A model that always says the commonest answer is sometimes right. So another column beside
each accuracy leaves that answer out, also in % of all answers.
"""

import csv
import re
import sys
from collections import Counter

from time_to_accuracy import ROOT, make_parser

from answering.answers import predict
from dataset import read_pairs
from objectives.table import make_finetuning_dataset
from recipes import trainer_config
from runs.experiment import find_epochs
from runs.loading import open_model
from runs.model_card import read_card
from text.console import InputError, report_mistakes
from text.formats import MASK_CHAR, read_answered
from text.phrasing import match_questions
from text.titles import index_titles
from trainer import Trainer
from utils import set_seed

COMPLETE = {
    "completed": "{name} was born in ",
    "completed after the title": "{name}. {name} was born in ",
}
OTHERS = ", not the commonest"
MEASURES = [name + of for name in (*COMPLETE, "finetuned") for of in ("", OTHERS)]
COLUMNS = ["variant", "epoch", "loss", *MEASURES]


def list_epochs(output):
    """Return the paths of the parameters of `output` that were kept, in the order of epochs."""
    kept = [path for path in find_epochs(output).glob("*") if path.name.isdigit()]
    return [str(path) for path in sorted(kept, key=lambda path: int(path.name))]


def read_kept_card(path):
    """Return the card of a parameter file. Raises InputError if there is none."""
    card, note = read_card(path)
    if card is None:
        missing = f"{path}: no such file, or no card beside it: pretrain with --keep_every N"
        raise InputError(note or missing)
    return card


def find_names(questions, documents):
    """Return the title that each question asks about, or None."""
    return [match and match.name for match in match_questions(questions, index_titles(documents))]


def begins_with(text, answer):
    """Return whether the text's first words are the answer."""
    return re.match(re.escape(answer) + r"(?!\w)", text.strip()) is not None


def find_completed(model, vocabulary, names, answers, beginning):
    """Return the answers that begin what the model puts after `beginning`, with each name in it.

    The prompt is that of span corruption: a document whose end is masked.
    """
    asked = [(name, answer) for name, answer in zip(names, answers) if name]
    prompts = [beginning.format(name=name) + MASK_CHAR for name, _ in asked]
    found = predict(model, vocabulary, prompts)
    return [answer for text, (_, answer) in zip(found, asked) if begins_with(text, answer)]


def find_answered(model, vocabulary, questions, answers):
    """Return the answers that the model gives to their questions, a list."""
    found = predict(model, vocabulary, questions)
    return [answer for text, answer in zip(found, answers) if text == answer]


def score(name, right, answers):
    """Return the two columns of a measure. right: the answers that were found."""
    [(commonest, _)] = Counter(answers).most_common(1)
    numbers = {name: len(right), name + OTHERS: sum(answer != commonest for answer in right)}
    return {column: f"{100 * number / len(answers):.1f}" for column, number in numbers.items()}


def measure(path, card, options):
    """Return the row of one parameter file and its card."""
    variant, recipe = card["variant"], card["recipe"]
    set_seed(options.seed)
    corpus, model, _ = open_model(variant, options.corpus, recipe, path)
    questions, answers = read_answered(options.dev)
    names = find_names(questions, corpus.data)
    row = {"variant": variant, "epoch": len(card["losses"]), "loss": f"{card['losses'][-1]:.4f}"}
    for column, beginning in COMPLETE.items():
        right = find_completed(model, corpus.vocabulary, names, answers, beginning)
        row.update(score(column, right, answers))
    pairs = make_finetuning_dataset(corpus, recipe, read_pairs(corpus, options.pairs))
    sizes = len(corpus), len(pairs)
    config = trainer_config(recipe, "finetune_pretrained", *sizes, seed=options.seed)
    Trainer(model, pairs, None, config).train()
    right = find_answered(model, corpus.vocabulary, questions, answers)
    return {**row, **score("finetuned", right, answers)}


@report_mistakes
def main(argv=None):
    parser = make_parser(__doc__)
    what = "writing_params_path of a pretraining, or a parameter file"
    parser.add_argument("outputs", nargs="+", metavar="OUTPUT", help=what)
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    paths = [path for output in options.outputs for path in list_epochs(output) or [output]]
    cards = [read_kept_card(path) for path in paths]
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    table.writeheader()
    for path, card in zip(paths, cards):
        table.writerow(measure(path, card, options))
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
