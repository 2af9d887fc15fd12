"""A training on the record: only its own checkpoint continues it, and a card says how it went."""

import os
import shutil
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from recipes import RECIPES, trainer_config
from runs.model_card import find_commit, write_card
from runs.options import identify, list_paths
from text.files import InputError, WriteError, fingerprint, lock, show
from trainer import NotFinite, Trainer
from training import distributed
from training.checkpoint import Checkpoint, Stopped, catch_signals, find_checkpoint
from training.devices import describe_device
from training.weights import save_parameters


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
                    save(trainer, str(find_epochs(path) / str(epoch)), {**run, **facts})
            checkpoint(trainer)

        if distributed.is_main():
            # A worker that torchrun has started again continues what it started afresh.
            fresh = options.fresh and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
            if fresh:
                checkpoint.remove()
            prepare_epochs(path, options.keep_every, continues=checkpoint.exists())
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


def find_epochs(output):
    """Return the Path of the folder where --keep_every N keeps the parameters, as N, 2N, ..."""
    return Path(f"{output}.epochs")


def list_epochs(output):
    """Return {N: path of the parameters after N epochs}, by N, of those that --keep_every has kept."""
    numbers = [int(path.name) for path in find_epochs(output).glob("*") if path.name.isdigit()]
    return {number: str(find_epochs(output) / str(number)) for number in sorted(numbers)}


def prepare_epochs(output, keep_every, continues):
    """Remove what an earlier run has kept, or, of a run that continues, what a kill has left half."""
    folder = find_epochs(output)
    if not continues:
        shutil.rmtree(folder, ignore_errors=True)
    if keep_every:
        folder.mkdir(exist_ok=True)
        for path in folder.glob(".*.tmp"):
            path.unlink()


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
