"""Train on the record: only a run's own checkpoint continues it, and a card describes it."""

import os
import shutil
import sys
from contextlib import nullcontext, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

from recipes import RECIPES, trainer_config
from runs.loading import open_model
from runs.model_card import find_card, find_commit, write_card
from runs.tensorboard import open_writer
from text.console import InputError, note, show
from text.files import check_output_path, fingerprint, lock, remove_leftovers
from trainer import Trainer
from training import distributed
from training.checkpoint import HARMLESS, Checkpoint, Stopped, catch_signals, find_checkpoint
from training.devices import describe_device, flush_denormals
from training.weights import count_parameters, save_parameters
from utils import set_seed


@flush_denormals()
def run_training(
    stage, make, asked, variant, corpus_path, *, writing_params_path, recipe=None,
    finetune_corpus_path=None, reading_params_path=None, budget=None, log_path=None, seed=0,
    checkpoint_minutes=5.0, keep_every=None, fresh=False, pretrain_lr=None, finetune_lr=None,
    tb_expt_name=None, **given
):  # fmt: skip
    """Train by a stage of the recipe, on the dataset make(corpus, recipe); return the history.

    asked: the objective's options. given: those that replace a recipe's setting. The others are
    options of run.py, too. The same run, repeated after it was broken off, continues.
    """
    # Check the files.
    output, is_main = writing_params_path, distributed.is_main()
    inputs = dict(corpus_path=corpus_path, finetune_corpus_path=finetune_corpus_path)
    inputs.update(reading_params_path=reading_params_path)
    inputs = {name: path for name, path in inputs.items() if path}
    if is_main:
        check_files(output, log_path, inputs)
    # Load the model and the dataset.
    set_seed(seed)
    corpus, model, recipe = open_model(variant, corpus_path, recipe, reading_params_path)
    dataset = make(corpus, recipe)
    # Take the recipe's settings, where no option replaces them.
    run = dict(function=stage.split("_")[0], variant=variant, recipe=recipe)
    rates, rate = dict(pretrain_lr=pretrain_lr, finetune_lr=finetune_lr), f"{run['function']}_lr"
    given.update(learning_rate=rates[rate], log_path=log_path, seed=seed)
    config = trainer_config(recipe, stage, len(corpus), len(dataset), budget, **given)
    if keep_every and keep_every > config.max_epochs:
        raise InputError(f"--keep_every {keep_every}: the run has {config.max_epochs} epochs")
    trainer = Trainer(model, dataset, None, config)
    # Describe the run before it starts, as files and code may change meanwhile.
    facts = describe_run(run, trainer, corpus, inputs, asked)
    files = {n.removesuffix("_path"): f["fingerprint"] for n, f in facts["inputs"].items()}
    identity = {**run, **files, **facts["model"], **facts["settings"]}
    with lock(output) if is_main else nullcontext(), catch_signals() as signals:
        # Check that all processes have the same run, on the same kind of machine.
        mine = str((identity, fresh, trainer.device.type, trainer.dtype))
        if any(other != mine for other in distributed.all_gather_object(mine)):
            raise InputError("the processes differ: give all the same command, files and devices")
        # Continue the run, unless it is fresh. A worker that torchrun restarts goes on in any case.
        checkpoint = Checkpoint(find_checkpoint(output), identity, checkpoint_minutes, signals)
        is_fresh = fresh and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
        if not is_fresh:
            checkpoint.load(trainer)
        if tb_expt_name and is_main:
            rates[rate] = config.learning_rate
            step = trainer.steps_taken
            config.writer = open_writer(tb_expt_name, output, **run, **rates, step=step)
        # Remove what other runs have left.
        if is_main:
            remove_leftovers(output, checkpoint.path, find_card(output))
            if is_fresh:
                checkpoint.path.unlink(missing_ok=True)
            if not checkpoint.path.exists():
                shutil.rmtree(find_epochs(output), ignore_errors=True)
            for path in find_epochs(output).glob(".*.tmp"):  # which a kill has left
                path.unlink()
        for line in (*dataset.notes, describe_training(run, trainer, corpus)):
            print(line, file=sys.stderr)
        # Train. An error says what is saved.
        try:
            history = trainer.train(checkpoint, partial(keep_epoch, output, keep_every, facts))
        except (InputError, distributed.Lost) as error:
            raise type(error)(f"{error}; {checkpoint}") from None
        except (Stopped, NotImplementedError):
            raise
        except Exception as error:
            text = str(error) or type(error).__name__
            kinds = (torch.OutOfMemoryError, MemoryError)
            if isinstance(error, kinds) or "DefaultCPUAllocator" in text:
                problem = f"{text.splitlines()[0]:.200}; {checkpoint}"
                raise InputError(f"{problem}: free memory and repeat the command") from None
            raise RuntimeError(f"{checkpoint}: repeat the command to continue") from error
        finally:
            if config.writer:
                with suppress(OSError):
                    config.writer.close()
        # Write the parameters and the card, and only then forget the checkpoint.
        if is_main:
            save(trainer, output, facts)
            checkpoint.path.unlink(missing_ok=True)
    show(f"Wrote {output}: {count(config.max_epochs, 'epoch')}, loss {history[-1]['loss']:.3f}")
    return history


def check_files(output, log_path, inputs):
    """Raise InputError unless a training can be written without harm to inputs, {option: path}."""
    logs = [log_path] if log_path else []
    removed = find_epochs(output).resolve()
    for path in (*inputs.values(), *logs):
        if removed in Path(path).resolve().parents:
            raise InputError(f"{path}: the run removes this folder: give the output another path")
    outputs = [output, find_checkpoint(output), find_card(output), *logs]
    for number, path in enumerate(outputs):
        check_output_path(path, [*inputs.values(), *outputs[:number]])


def describe_run(run, trainer, corpus, inputs, asked):
    """Return what the card says of a run, a dict.

    run: its function, variant and recipe. inputs: {option: path}. asked: the objective's options.
    """
    row = RECIPES[run["recipe"]]
    settings = {name: value for name, value in asked.items() if name not in inputs}
    settings.update((n, v) for n, v in asdict(trainer.config).items() if n not in HARMLESS)
    settings.update((name, row[name]) for name in ("examples", "reworded", "replay") if name in row)
    return {
        **run,
        "commit": find_commit(),
        "inputs": {n: dict(path=p, fingerprint=fingerprint(p)) for n, p in inputs.items()},
        "model": asdict(trainer.model.config),
        "vocabulary": str(corpus.vocabulary),
        "settings": settings,
    }


def save(trainer, path, facts):
    """Write the trainer's model, and its card with the dict `facts` and how the training went."""
    save_parameters(trainer.model, path)
    losses = [record["loss"] for record in trainer.history]
    seconds = round(sum(record["seconds"] for record in trainer.history), 1)
    made = dict(device=describe_machine(trainer), dtype=trainer.dtype, command=sys.argv)
    write_card(path, {**facts, **made, "losses": losses, "seconds": seconds})


def keep_epoch(output, keep_every, facts, trainer):
    """Write the parameters and their card after each keep_every-th epoch, unless that is None."""
    epoch = len(trainer.history)
    if not keep_every or epoch % keep_every:
        return
    trainer.check_parameters()
    if distributed.is_main():
        try:
            find_epochs(output).mkdir(exist_ok=True)
            save(trainer, str(find_epochs(output) / str(epoch)), facts)
        except (OSError, InputError) as error:  # no reason to end a training
            note(f"epoch {epoch} is not kept: {error}")


def find_epochs(output):
    """Return the Path of the folder where --keep_every N keeps the parameters, as N, 2N, ..."""
    return Path(f"{output}.epochs")


def describe_training(run, trainer, corpus):
    """Return one line about a training: what, how much, and on what it runs."""
    config = trainer.config
    return (
        f"{run['function']} {run['variant']}, recipe {run['recipe']}: "
        f"{len(trainer.train_dataset):,} examples ({corpus.count_documents():,} documents), "
        f"{count_parameters(trainer.model):,} parameters, "
        f"{count(config.max_epochs, 'epoch')} of {count(trainer.steps_per_epoch, 'step')} of "
        f"{config.batch_size}, on {describe_machine(trainer)}, {trainer.dtype}"
    )


def describe_machine(trainer):
    """Return 'the CPU with 2 threads', or '2 processes, each on the CPU with 1 thread'."""
    device, size = describe_device(trainer.device), distributed.world_size()
    return device if size == 1 else f"{size} processes, each on {device}"


def count(number, thing):
    """Return '1 step', '1,000 steps'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
