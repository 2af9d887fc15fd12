"""Pretrain, finetune and evaluate from the command line.

    python src/run.py pretrain vanilla wiki.txt --writing_params_path vanilla.pretrain.params
    python src/run.py finetune vanilla wiki.txt --reading_params_path vanilla.pretrain.params \\
        --writing_params_path vanilla.finetune.params --finetune_corpus_path birth_places_train.tsv
    python src/run.py evaluate vanilla wiki.txt --reading_params_path vanilla.finetune.params \\
        --eval_corpus_path birth_dev.tsv --outputs_path vanilla.pretrain.dev.predictions

The three functions take the same options from Python, as keywords; cli.py declares them.
"""

import sys
from dataclasses import asdict

from answers import count_correct, predict
from cards import write_card
from checkpoint import Checkpoint, Stopped, catch_signals, find_checkpoint
from cli import check, complete, get_objective_options, identify, list_paths, parse
from dataset import read_pairs
from devices import describe_device, flush_denormals
from files import InputError, fingerprint, lock, write_atomically
from formats import read_questions
from models import open_model
from objectives import make_dataset, make_finetuning_dataset
from parameters import save_parameters
from recipes import DEFAULT, RECIPES, trainer_config
from trainer import NotFinite, Trainer
from utils import set_seed
from vocabulary import describe_counts


def say(line):
    """Tells the user about the run; results go to stdout, this does not."""
    print(line, file=sys.stderr)


def pretrain(variant, corpus_path, **given):
    """Trains a new model on the corpus by its recipe's objective and writes its parameters.

    If the same run was broken off, it is continued. Returns the Trainer's history.
    """
    options = complete("pretrain", given)
    asked = get_objective_options(options, RECIPES[options.recipe or DEFAULT]["objective"])
    check(options, corpus_path)
    flush_denormals()
    set_seed(options.seed)
    corpus, model, recipe = open_model(variant, corpus_path, options.recipe)
    dataset = make_dataset(corpus, recipe, **asked)
    run = dict(function="pretrain", variant=variant, recipe=recipe)
    return train(run, "pretrain", corpus_path, corpus, dataset, model, options)


def finetune(variant, corpus_path, **given):
    """Trains a model, pretrained if reading_params_path is given, to answer the questions of a pairs
    file, and writes its parameters.

    If the same run was broken off, it is continued. Returns the Trainer's history.
    """
    options = complete("finetune", given)
    check(options, corpus_path)
    source = options.reading_params_path
    flush_denormals()
    set_seed(options.seed)
    corpus, model, recipe = open_model(variant, corpus_path, options.recipe, source)
    dataset = read_pairs(corpus, options.finetune_corpus_path)
    run = dict(function="finetune", variant=variant, recipe=recipe)
    stage = "finetune_pretrained" if source else "finetune_from_scratch"
    if source:
        dataset = make_finetuning_dataset(corpus, recipe, dataset)
    return train(run, stage, corpus_path, corpus, dataset, model, options)


def train(run, stage, corpus_path, corpus, dataset, model, options):
    """Trains `model` on `dataset` by a stage of a recipe; writes its parameters and their card.

    run: the function, variant and recipe. Until the parameters are written a checkpoint stands beside
    them, from which the same run continues: one with the same inputs, options that matter, model and
    settings. Returns the Trainer's history.
    """
    overrides = {name: getattr(options, name) for name in ("max_epochs", "seed", "device", "log_path")}
    sizes = (len(corpus), len(dataset))
    config = trainer_config(run["recipe"], stage, *sizes, options.budget, **overrides)
    if options.keep_every and options.keep_every > config.max_epochs:
        raise InputError(f"--keep_every {options.keep_every}: the run has {count(config.max_epochs, 'epoch')}")
    trainer = Trainer(model, dataset, None, config)
    row = RECIPES[run["recipe"]]
    # Now, as the files may change while it trains.
    inputs = {"corpus_path": corpus_path, **list_paths(options, "input")}
    facts = dict(
        inputs={name: dict(path=p, fingerprint=fingerprint(p)) for name, p in inputs.items()},
        options=identify(options),
        model=asdict(model.config),
        vocabulary=str(corpus.vocabulary),
        settings={**trainer.get_settings(), **{name: row[name] for name in ("examples", "replay") if name in row}},
    )
    identity = {**run, "corpus": facts["inputs"]["corpus_path"]["fingerprint"], **facts["options"]}
    identity.update((f"model's {name}", value) for name, value in facts["model"].items())
    identity.update(facts["settings"])
    path = options.writing_params_path
    # Signals stay caught until all is written.
    with lock(path), catch_signals() as signals:
        checkpoint = Checkpoint(find_checkpoint(path), identity, options.checkpoint_minutes, signals)

        def after_step(trainer):
            if options.keep_every and trainer.ends_epoch():
                epoch = len(trainer.history) + 1
                if epoch % options.keep_every == 0:
                    trainer.check_parameters()
                    save(trainer, f"{path}.{epoch}", {**run, **facts})
            checkpoint(trainer)

        if options.fresh:
            checkpoint.remove()
        checkpoint.load(trainer)
        for line in (*dataset.notes, describe(run, corpus, trainer)):
            say(line)
        try:
            history = trainer.train(after_step)
        except Stopped as stopped:
            without = ", without --fresh," if options.fresh else ""
            how = f"repeat the command{without} to continue"
            raise Stopped(stopped.signum, f"{stopped}: {how}") from None
        except NotFinite as error:
            kept = f"; {checkpoint.path} keeps the run before it" if checkpoint.exists() else ""
            raise InputError(f"{error}{kept}") from None
        save(trainer, path, {**run, **facts})
        checkpoint.remove()
    print(f"Wrote {path}: {count(len(history), 'epoch')}, loss {history[-1]['loss']:.3f}")
    return history


def save(trainer, path, facts):
    """Writes the trainer's model, and its card with the dict `facts` and how the training went."""
    save_parameters(trainer.model, path)
    losses = [record["loss"] for record in trainer.history]
    seconds = sum(record["seconds"] for record in trainer.history) + trainer.seconds
    if trainer.losses:  # of an epoch that is not in the history yet
        losses.append(sum(trainer.losses) / len(trainer.losses))
    outcome = dict(
        device=describe_device(trainer.device), losses=losses, seconds=round(seconds, 1)
    )
    write_card(path, {**facts, "command": sys.argv, **outcome})


def describe(run, corpus, trainer):
    """One line about a training: what, how much, and on what it runs."""
    documents = sum(1 for document in corpus.data if document.strip())
    config = trainer.config
    return (
        f"{run['function']} {run['variant']}, recipe {run['recipe']}: {len(trainer.train_dataset):,} "
        f"examples ({documents:,} documents), {count_parameters(trainer.model):,} parameters, "
        f"{count(config.max_epochs, 'epoch')} of {count(trainer.steps_per_epoch, 'step')} of "
        f"{config.batch_size}, "
        f"on {describe_device(trainer.device)}"
    )


def count(number, thing):
    """'1 step', '1,000 steps'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def count_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


def evaluate(variant, corpus_path, **given):
    """Answers the questions of a pairs file, one line each in outputs_path, and scores them if the
    file has answers. Returns (total, correct).
    """
    options = complete("evaluate", given)
    check(options, corpus_path)
    source, outputs_path = options.reading_params_path, options.outputs_path
    corpus, model, recipe = open_model(variant, corpus_path, options.recipe, source, trains=False)
    questions, answers = read_questions(options.eval_corpus_path)
    model = model.to(options.device)
    unknown = corpus.vocabulary.count_unknown("".join(questions))
    if unknown:
        say(
            f"warning: {options.eval_corpus_path}: left out of the questions, because the corpus lacks "
            f"them: {describe_counts(unknown)}"
        )
    say(
        f"evaluate {variant}, recipe {recipe}: {len(questions):,} questions, "
        f"{count_parameters(model):,} parameters, on {describe_device(options.device)}"
    )
    predictions = predict(model, corpus.vocabulary, questions)
    with write_atomically(outputs_path) as file:
        file.writelines(prediction + "\n" for prediction in predictions)
    if answers is None:
        print(f"Wrote {len(questions)} predictions to {outputs_path}; no answers to score them by")
        return 0, 0
    total, correct = count_correct(answers, predictions)
    print(f"Correct: {correct} out of {total}: {100 * correct / total}%")
    return total, correct


def main(argv=None):
    """Runs the command line `argv`; returns the exit code, 2 for a user's mistake."""
    try:
        function, variant, corpus_path, given = parse(argv)
        {"pretrain": pretrain, "finetune": finetune, "evaluate": evaluate}[function](
            variant, corpus_path, **given
        )
    except InputError as error:
        say(f"error: {error}")
        return 2
    except Stopped as stopped:
        say(stopped)
        return 128 + stopped.signum
    except KeyboardInterrupt:
        say("interrupted: the output was not written")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
