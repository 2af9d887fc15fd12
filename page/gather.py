"""Gather what the page shows of a folder where reproduce.sh has run: its models, their answers and
their learning curves."""

import json
from pathlib import Path
from typing import NamedTuple

from answering.answers import answer_questions
from attention import ATTENTION
from runs.loading import open_trained
from runs.model_card import read_card
from text.console import InputError

ROOT = Path(__file__).resolve().parent.parent
TRAININGS = {
    "without": [("finetune", "model")],
    "with": [("pretrain", "pretrain"), ("finetune", "finetune")],
}
LOGS = ".reproduce"  # where reproduce.sh keeps the logs of its steps


class Run(NamedTuple):
    """Hold a finetuned model and its answers to all questions.

    answers: of answer_questions. origins: of Provenance.trace. golds: the right answers.
    """

    variant: str
    pretraining: str  # a key of TRAININGS
    recipe: str
    corpus: object
    model: object
    provenance: object
    golds: list
    answers: list
    origins: list

    @property
    def name(self):
        return f"{self.variant}, {self.pretraining} pretraining"

    @property
    def confidences(self):
        return [answer.confidence for answer in self.answers]

    @property
    def supports(self):
        """Return each answer's support; None if no question is phrased as the finetuning pairs."""
        supports = [origin.support for origin in self.origins]
        return (
            [support or 0.0 for support in supports] if supports != [None] * len(supports) else None
        )

    @property
    def right(self):
        return [answer.text == gold for answer, gold in zip(self.answers, self.golds)]


def parse_folder(parser, argv):
    """Return the parser's options and --folder (where reproduce.sh has run), --corpus and --dev.

    By default the files are the folder's own, which --quick makes, else the shipped ones.
    """
    files = {"corpus": "wiki.txt", "dev": "birth_dev.tsv"}
    parser.add_argument("--folder", default=str(ROOT), help="where reproduce.sh has run")
    for option, name in files.items():
        parser.add_argument(
            f"--{option}", help=f"default: {name} of the folder, else the shipped one"
        )
    options = parser.parse_args(argv)
    for option, name in files.items():
        own = Path(options.folder, name)
        if not getattr(options, option):
            setattr(options, option, str(own if own.exists() else ROOT / name))
    return options


def find_runs(folder):
    """Return [(variant, pretraining, path of the parameters), ...] of the finetuned models."""
    found = [
        (variant, pretraining, str(Path(folder, f"{variant}.{trainings[-1][1]}.params")))
        for variant in ATTENTION
        for pretraining, trainings in TRAININGS.items()
    ]
    found = [each for each in found if Path(each[-1]).exists()]
    if not found:
        raise InputError(
            f"{folder}: no vanilla.finetune.params or the like: name the --folder of reproduce.sh"
        )
    return found


def answer(variant, pretraining, path, corpus_path, pairs_path, questions, golds):
    """Answer the questions by one model; return its Run."""
    corpus, model, recipe, provenance = open_trained(variant, corpus_path, path, pairs_path)
    answers = answer_questions(model, corpus.vocabulary, questions)
    origins = provenance.trace(questions, [each.text for each in answers], golds)
    return Run(variant, pretraining, recipe, corpus, model, provenance, golds, answers, origins)


def read_curve(folder, name):
    """Return [(seconds of the training so far, loss), ...] of the epochs of a training.

    The seconds come from its log, else from the model's card, with epochs of equal length.
    Return an empty list without a card.
    """
    card, _ = read_card(str(Path(folder, name)))
    try:
        losses = [float(loss) for loss in card["losses"]]
        epochs = read_log(Path(folder, LOGS, f"{name}.jsonl"))
        if [loss for _, loss in epochs] != losses:  # the log is missing or of another training
            epochs = [(card["seconds"] / len(losses), loss) for loss in losses]
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return []
    return [
        (sum(seconds for seconds, _ in epochs[: i + 1]), loss) for i, (_, loss) in enumerate(epochs)
    ]


def read_log(path):
    """Return [(seconds, loss), ...] of the epochs of the last training in a log.

    A training that was killed has some epochs twice: the later one counts.
    """
    epochs = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            epochs[int(record["epoch"]) - 1 :] = [(float(record["seconds"]), float(record["loss"]))]
    except (OSError, KeyError, TypeError, ValueError):
        return []
    return epochs


def read_curves(folder, variant, pretraining):
    """Return [(minutes of all trainings so far, loss), ...] for each training of a model."""
    before, parts = 0.0, []
    for _, name in TRAININGS[pretraining]:
        curve = read_curve(folder, f"{variant}.{name}.params")
        parts.append([((before + seconds) / 60, loss) for seconds, loss in curve])
        before += curve[-1][0] if curve else 0.0
    return parts
