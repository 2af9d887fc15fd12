"""A training on the record: only its own checkpoint continues it, and a card says how it went."""

import os
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from recipes import RECIPES, trainer_config
from runs.model_card import KEPT_OF, find_card, find_commit, is_kept_of, mark_kept, write_card
from runs.options import identify, list_paths
from text.files import InputError, WriteError, fingerprint, lock, remove_leftovers, show
from trainer import NotFinite, Trainer
from training import distributed
from training.checkpoint import Checkpoint, Stopped, catch_signals, find_checkpoint
from training.devices import describe_device
from training.weights import list_kept, save_parameters


def say(line):
    """Tells the user about the run; results go to stdout, this does not."""
    print(line, file=sys.stderr)


def train(run, stage, corpus_path, corpus, dataset, model, options):
    """Trains `model` on `dataset` by a stage of a recipe; writes its parameters and their card.

    run: the function, variant and recipe. Until the parameters are written a checkpoint stands beside
    them, from which the same run continues: one with the same inputs, options that matter, model and
    settings. Returns the Trainer's history.
    """
    overrides = {name: getattr(options, name) for name in ("max_epochs", "seed", "device", "dtype", "log_path")}
    sizes = (len(corpus), len(dataset))
    config = trainer_config(run["recipe"], stage, *sizes, options.budget, **overrides)
    if options.keep_every and options.keep_every > config.max_epochs:
        raise InputError(f"--keep_every {options.keep_every}: the run has {count(config.max_epochs, 'epoch')}")
    trainer = Trainer(model, dataset, None, config)
    row = RECIPES[run["recipe"]]
    # Now, as the files and the code may change while it trains.
    inputs = {"corpus_path": corpus_path, **list_paths(options, "input")}
    facts = dict(
        commit=find_commit(),
        inputs={name: dict(path=p, fingerprint=fingerprint(p)) for name, p in inputs.items()},
        options=identify(options),
        model=asdict(model.config),
        vocabulary=str(corpus.vocabulary),
        settings={**trainer.get_settings(), **{name: row[name] for name in ("examples", "replay") if name in row}},
    )
    identity = {**run, "corpus": facts["inputs"]["corpus_path"]["fingerprint"], **facts["options"]}
    identity.update((f"model's {name}", value) for name, value in facts["model"].items())
    identity.update(facts["settings"])
    check_alike({**identity, "device": trainer.device.type, "dtype": trainer.dtype})
    path = options.writing_params_path
    # Signals stay caught until all is written. torchrun sends more of them to whoever is about to end.
    with lock(path) if distributed.is_main() else nullcontext(), catch_signals(distributed.world_size() > 1) as signals:
        checkpoint = Checkpoint(find_checkpoint(path), identity, options.checkpoint_minutes, signals)

        def after_step(trainer):
            epoch = len(trainer.history) + 1
            if options.keep_every and trainer.ends_epoch() and epoch % options.keep_every == 0:
                trainer.check_parameters()
                if distributed.is_main():
                    kept = f"{path}.{epoch}"
                    mark_kept(path, kept)
                    save(trainer, kept, {**run, **facts, KEPT_OF: Path(path).name})
            checkpoint(trainer)

        if distributed.is_main():
            # A worker that torchrun has started again continues what it started afresh.
            fresh = options.fresh and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
            every = options.keep_every
            prepare_kept(path, range(every, config.max_epochs + 1, every) if every else ())
            if fresh:
                checkpoint.remove()
            if not checkpoint.exists():
                remove_kept(path, inputs.values())
        checkpoint.load(trainer)
        for line in (*dataset.notes, describe(run, corpus, trainer)):
            say(line)
        try:
            history = trainer.train(after_step)
        except Stopped as stopped:
            without = ", without --fresh," if options.fresh else ""
            how = f"repeat the command{without} to continue"
            raise Stopped(stopped.signum, f"{stopped}: {how}") from None
        except (NotFinite, distributed.Lost) as error:
            kept = f"; {checkpoint.path} keeps the run before it" if checkpoint.exists() else ""
            raise type(error)(f"{error}{kept}") from None
        if distributed.is_main():
            save(trainer, path, {**run, **facts})
            checkpoint.remove()
    try:
        show(f"Wrote {path}: {count(len(history), 'epoch')}, loss {history[-1]['loss']:.3f}")
    except WriteError as error:  # the training is none the worse for it
        say(f"note: {path} is written, but {error}")
    return history


def check_alike(identity):
    """Raises InputError unless the run is the same in all processes: machines may have their
    own copies of the files.
    """
    for rank, other in enumerate(distributed.all_gather_object(identity)):
        for name in identity:
            if other.get(name) != identity[name]:
                raise InputError(
                    f"process {rank} has another {name}: start the same command, on the same files, everywhere"
                )


def save(trainer, path, facts):
    """Writes the trainer's model, and its card with the dict `facts` and how the training went."""
    save_parameters(trainer.model, path)
    losses = [record["loss"] for record in trainer.history]
    seconds = sum(record["seconds"] for record in trainer.history) + trainer.seconds
    if trainer.losses:  # of an epoch that is not in the history yet
        losses.append(sum(trainer.losses) / len(trainer.losses))
    outcome = dict(
        device=describe_machine(trainer), losses=losses, seconds=round(seconds, 1)
    )
    write_card(path, {**facts, "command": sys.argv, **outcome})


def prepare_kept(path, epochs):
    """Raises InputError if keeping the parameters after each of the epochs, beside the output `path`, would
    overwrite a file that --keep_every has not written. Removes what a killed run has left of writing them.
    """
    files = [f"{path}.{epoch}" for epoch in epochs]
    ours = [kept for kept in files if is_kept_of(path, kept)]
    for kept in files:
        if kept not in ours and (os.path.lexists(kept) or os.path.lexists(find_card(kept))):
            raise InputError(
                f"{kept}: --keep_every would overwrite it or its card: remove it, or give the output another path"
            )
    remove_leftovers(Path(path).parent, {Path(each).name for each in (*ours, *map(find_card, files))})


def remove_kept(path, inputs):
    """Removes what --keep_every has written beside the output `path`, lest two runs be taken for one, but for
    the `inputs` of this run.
    """
    inputs = {os.path.realpath(each) for each in inputs}
    for kept in list_kept(path).values():
        if is_kept_of(path, kept) and os.path.realpath(kept) not in inputs:
            os.remove(kept)
            os.remove(find_card(kept))


def describe(run, corpus, trainer):
    """One line about a training: what, how much, and on what it runs."""
    documents = corpus.count_documents()
    config = trainer.config
    return (
        f"{run['function']} {run['variant']}, recipe {run['recipe']}: {len(trainer.train_dataset):,} "
        f"examples ({documents:,} documents), {count_parameters(trainer.model):,} parameters, "
        f"{count(config.max_epochs, 'epoch')} of {count(trainer.steps_per_epoch, 'step')} of "
        f"{config.batch_size}, "
        f"on {describe_machine(trainer)}, {trainer.dtype}"
    )


def describe_machine(trainer):
    """'the CPU with 2 threads', '2 processes, each on the CPU with 1 thread'."""
    device, size = describe_device(trainer.device), distributed.world_size()
    return device if size == 1 else f"{size} processes, each on {device}"


def count(number, thing):
    """'1 step', '1,000 steps'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def count_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())
