"""Pretrain, finetune and evaluate from the command line.

    python src/run.py pretrain vanilla wiki.txt --writing_params_path vanilla.pretrain.params
    python src/run.py finetune vanilla wiki.txt --reading_params_path vanilla.pretrain.params \\
        --writing_params_path vanilla.finetune.params --finetune_corpus_path birth_places_train.tsv
    python src/run.py evaluate vanilla wiki.txt --reading_params_path vanilla.finetune.params \\
        --eval_corpus_path birth_dev.tsv --outputs_path vanilla.pretrain.dev.predictions
"""

import argparse
import os
import sys
from dataclasses import asdict

from torch.utils.data import Subset

from attention import ATTENTION
from dataset import (
    CharCorruptionDataset,
    InputError,
    NameDataset,
    TitleDataset,
    count_unknown,
    describe_counts,
    read_text,
)
from masking import list_spans, match_documents
from model import GPT
from recipes import RECIPES, model_config, trainer_config
from resume import Stopped, catch_signals, fingerprint, lock
from trainer import Trainer
from utils import (
    check_output_path,
    choose_device,
    count_correct,
    load_parameters,
    predict,
    read_questions,
    save_parameters,
    set_seed,
    write_atomically,
)


def load_corpus(path, recipe):
    """The pretraining dataset, and vocabulary, of the corpus at `path`."""
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path}: no text in it: give a corpus of one document a line")
    return CharCorruptionDataset(text, RECIPES[recipe]["model"]["block_size"], path)


def make_model(recipe, variant, corpus, reading_params_path=None):
    """A GPT for the corpus's vocabulary, with the parameters of a file if one is given."""
    model = GPT(model_config(recipe, variant, corpus.vocab_size))
    if reading_params_path:
        load_parameters(model, reading_params_path)
    return model


def make_title_dataset(corpus, masking, finetune_corpus_path=None, ask="all"):
    """The TitleDataset of a corpus, or with ask="unanswered" the part of it that no pair answers.

    masking is as in masking.list_spans. Without finetune_corpus_path nothing can be learned from
    pairs: "learned" becomes "salient". Raises InputError if the pairs leave nothing to ask.
    """
    pairs = []
    if finetune_corpus_path:
        pairs = NameDataset(corpus, read_text(finetune_corpus_path), finetune_corpus_path).data
    elif masking == "learned":
        print(
            "note: masking salient spans: to learn which to mask, give --finetune_corpus_path",
            file=sys.stderr,
        )
        masking = "salient"
    dataset = TitleDataset(corpus, list_spans(corpus.data, masking, pairs))
    if ask == "all":
        return dataset
    answered = {index for index, _, _ in match_documents(corpus.data, pairs)}
    unanswered = [
        index
        for index, document in enumerate(corpus.data)
        if document.strip() and index not in answered
    ]
    if not unanswered:
        raise InputError("--ask unanswered: a pair answers every document: use --ask all")
    return Subset(dataset, unanswered)


def pretrain(
    variant,
    corpus_path,
    writing_params_path,
    recipe="handout",
    seed=0,
    budget=1.0,
    masking=None,
    finetune_corpus_path=None,
    ask="all",
    fresh=False,
    **overrides,
):
    """Trains a new model to fill in spans of the corpus and writes its parameters.

    If the same run was broken off it is continued, unless `fresh`. budget: multiplies the recipe's
    epochs. masking, finetune_corpus_path and ask, for recipes with masking: see make_title_dataset.
    overrides: TrainerConfig fields that replace the recipe's. Returns the Trainer's history.
    """
    check_training(writing_params_path, [corpus_path, finetune_corpus_path], **overrides)
    if masking and "masking" not in RECIPES[recipe]:
        raise InputError(f"--masking: recipe {recipe} corrupts random spans: use --recipe fast")
    if ask != "all" and not ("masking" in RECIPES[recipe] and finetune_corpus_path):
        raise InputError(f"--ask {ask}: needs --recipe fast and --finetune_corpus_path PATH")
    corpus = dataset = load_corpus(corpus_path, recipe)
    masking = masking or RECIPES[recipe].get("masking")
    if masking:
        dataset = make_title_dataset(corpus, masking, finetune_corpus_path, ask)
    set_seed(seed)
    model = make_model(recipe, variant, corpus)
    config = trainer_config(
        recipe, "pretrain", len(corpus), len(dataset), budget, seed=seed, **overrides
    )
    what = dict(function="pretrain", variant=variant, recipe=recipe, masking=masking, ask=ask)
    pairs = fingerprint(finetune_corpus_path) if masking else None
    files = dict(corpus=fingerprint(corpus_path), pairs=pairs)
    return train(model, dataset, config, writing_params_path, fresh, **what, **files)


def finetune(
    variant,
    corpus_path,
    writing_params_path,
    finetune_corpus_path,
    reading_params_path=None,
    recipe="handout",
    seed=0,
    budget=1.0,
    fresh=False,
    **overrides,
):
    """Trains a model, pretrained if reading_params_path is given, to answer the questions of a
    pairs file, and writes its parameters. Returns the Trainer's history. Options as of pretrain.
    """
    inputs = [corpus_path, finetune_corpus_path, reading_params_path]
    check_training(writing_params_path, inputs, **overrides)
    corpus = load_corpus(corpus_path, recipe)
    pairs = NameDataset(corpus, read_text(finetune_corpus_path), finetune_corpus_path)
    if not len(pairs):
        raise InputError(f"{finetune_corpus_path}: no rows: give lines of question, tab, answer")
    set_seed(seed)
    model = make_model(recipe, variant, corpus, reading_params_path)
    stage = "finetune_pretrained" if reading_params_path else "finetune_from_scratch"
    config = trainer_config(recipe, stage, len(corpus), len(pairs), budget, seed=seed, **overrides)
    what = dict(function="finetune", variant=variant, recipe=recipe)
    files = dict(corpus=fingerprint(corpus_path), pairs=fingerprint(finetune_corpus_path))
    files["parameters"] = fingerprint(reading_params_path)
    return train(model, pairs, config, writing_params_path, fresh, **what, **files)


def check_training(writing_params_path, inputs, device=None, log_path=None, **others):
    """Raises InputError, before anything is trained, if there is no such device or an output could
    not be written.
    """
    choose_device(device)
    checkpoint = find_checkpoint(writing_params_path)
    check_output_path(writing_params_path, inputs)
    check_output_path(checkpoint, inputs)
    if log_path:
        check_output_path(log_path, [*inputs, writing_params_path, checkpoint])


def find_checkpoint(writing_params_path):
    """Where a training is saved until its parameters are."""
    return f"{writing_params_path}.checkpoint"


def train(model, dataset, config, writing_params_path, fresh, **identity):
    """Trains `model` and writes its parameters; returns the Trainer's history.

    Until then a checkpoint stands beside them, from which the same run, one with the same identity
    and settings, continues unless `fresh`.
    """
    checkpoint = find_checkpoint(writing_params_path)
    config.checkpoint_path = checkpoint
    config.identity = {**identity, **{f"model's {k}": v for k, v in asdict(model.config).items()}}
    trainer = Trainer(model, dataset, None, config)
    # Signals stay caught until the parameters are written.
    with lock(writing_params_path), catch_signals() as signals:
        if fresh and os.path.exists(checkpoint):
            os.unlink(checkpoint)
        try:
            history = trainer.train(signals)
        except Stopped as stopped:
            without = ", without --fresh," if fresh else ""
            how = f"repeat the command{without} to continue"
            raise Stopped(stopped.signum, f"{stopped}: {how}") from None
        save_parameters(model, writing_params_path)
        if os.path.exists(checkpoint):
            os.unlink(checkpoint)
    print(f"Wrote {writing_params_path}: {len(history)} epochs, loss {history[-1]['loss']:.3f}")
    return history


def evaluate(
    variant,
    corpus_path,
    reading_params_path,
    eval_corpus_path,
    outputs_path,
    recipe="handout",
    device=None,
):
    """Answers the questions of a pairs file, one line each in outputs_path, and scores them if
    it has answers. Returns (total, correct).
    """
    check_output_path(outputs_path, [corpus_path, reading_params_path, eval_corpus_path])
    device = choose_device(device)
    corpus = load_corpus(corpus_path, recipe)
    questions, answers = read_questions(eval_corpus_path)
    model = make_model(recipe, variant, corpus, reading_params_path).to(device)
    unknown = count_unknown("".join(questions), corpus.stoi)
    if unknown:
        print(
            f"warning: {eval_corpus_path}: left out of the questions, because the corpus lacks "
            f"them: {describe_counts(unknown)}",
            file=sys.stderr,
        )
    predictions = predict(model, corpus, questions, device)
    with write_atomically(outputs_path) as file:
        file.writelines(prediction + "\n" for prediction in predictions)
    if answers is None:
        total, correct = 0, 0
        print(f"Wrote {len(questions)} predictions to {outputs_path}; no answers to score them by")
    else:
        total, correct = count_correct(answers, predictions)
        print(f"Correct: {correct} out of {total}: {100 * correct / total}%")
    return total, correct


def make_parser():
    parser = Parser(
        description="Pretrain, finetune and evaluate a GPT that must know where people were born."
    )
    parser.add_argument("function", choices=["pretrain", "finetune", "evaluate"])
    parser.add_argument("variant", choices=list(ATTENTION), help="the self-attention")
    parser.add_argument("corpus_path", metavar="CORPUS", help="pretraining text, e.g. wiki.txt")
    path = dict(metavar="PATH")
    parser.add_argument("--reading_params_path", **path, help="parameters to start from")
    parser.add_argument("--writing_params_path", **path, help="where to write parameters")
    parser.add_argument("--finetune_corpus_path", **path, help="training pairs (TSV)")
    parser.add_argument("--eval_corpus_path", **path, help="questions, with or without answers")
    parser.add_argument("--outputs_path", **path, help="where to write predictions")
    parser.add_argument("--recipe", choices=list(RECIPES), default="handout")
    parser.add_argument("--budget", type=positive_number, default=1.0, help="times the epochs")
    parser.add_argument(
        "--masking",
        choices=["random", "salient", "learned"],
        help="what a recipe with masking asks for; default: the recipe's",
    )
    parser.add_argument(
        "--ask",
        choices=["all", "unanswered"],
        default="all",
        help="with masking: every document, or those that no training pair answers (don't finetune then)",
    )
    parser.add_argument("--max_epochs", type=positive_int, help="instead of the recipe's")
    parser.add_argument("--seed", type=seed_number, default=0)
    parser.add_argument("--device", help="cuda or cpu; default: CUDA if there is one")
    parser.add_argument("--log_path", **path, help="append one JSON line an epoch to this file")
    parser.add_argument(
        "--checkpoint_minutes",
        type=minutes,
        help="how often a training is saved beside --writing_params_path; default: 5",
    )
    parser.add_argument("--fresh", action="store_true", help="don't continue a broken-off run")
    return parser


class Parser(argparse.ArgumentParser):
    """Whose complaints are one line, like all others."""

    def error(self, message):
        self.exit(2, f"error: {message}: see --help\n")


def positive_int(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def positive_number(text):
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, a million at most")
    return number


def minutes(text):
    return 0.0 if text in ("0", "0.0") else positive_number(text)


def seed_number(text):
    if not text.isdecimal() or int(text) >= 2**32:  # numpy's bound
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^32 - 1")
    return int(text)


NEEDS = {
    "pretrain": ["writing_params_path"],
    "finetune": ["writing_params_path", "finetune_corpus_path"],
    "evaluate": ["reading_params_path", "eval_corpus_path", "outputs_path"],
}


def dispatch(args):
    """Calls the function that the parsed arguments name."""
    required = {name: getattr(args, name) for name in NEEDS[args.function]}
    for name, value in required.items():
        if value is None:
            raise InputError(f"{args.function} needs --{name} PATH")
    common = dict(recipe=args.recipe, device=args.device)
    training = dict(
        **dict(seed=args.seed, budget=args.budget, max_epochs=args.max_epochs, fresh=args.fresh),
        **dict(log_path=args.log_path, checkpoint_minutes=args.checkpoint_minutes),
    )
    if args.function == "pretrain":
        what = dict(
            masking=args.masking, ask=args.ask, finetune_corpus_path=args.finetune_corpus_path
        )
        pretrain(args.variant, args.corpus_path, **required, **common, **training, **what)
    elif args.function == "finetune":
        start = dict(reading_params_path=args.reading_params_path)
        finetune(args.variant, args.corpus_path, **required, **start, **common, **training)
    else:
        evaluate(args.variant, args.corpus_path, **required, **common)


def main(argv=None):
    """Runs the command line `argv`; returns the exit code, 2 for a user's mistake."""
    args = make_parser().parse_args(argv)
    try:
        dispatch(args)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 128 + stopped.signum
    except KeyboardInterrupt:
        print("interrupted: the output was not written", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
