"""Train any causal model on any dataset of (x, y), by one loop.

x and y are rows of ids of one length; the model's call on them returns (logits, mean loss over the
targets that aren't pads). Started by torchrun, each process takes a part of every batch
(training/distributed.py); the steps are those of one process.
"""

import json
import math
import sys
import time
from dataclasses import dataclass

import torch
from torch.nn.utils import clip_grad_norm_
from tqdm.auto import tqdm

from text.console import InputError, note
from training import distributed
from training.batches import choose_micro_batch_size, make_batches, split_by_length
from training.checkpoint import describe_place
from training.config import Config
from training.devices import DTYPES, choose_device, choose_dtype
from training.optim import lr_multiplier, make_optimizers
from training.weights import find_non_finite, save_parameters


@dataclass(init=False)
class TrainerConfig(Config):
    """Say how to train. Tokens are counted as target positions, pads included."""

    max_epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 3e-4
    betas: tuple = (0.9, 0.95)
    grad_norm_clip: float = 1.0
    weight_decay: float = 0.1  # AdamW's, on all whose name lacks "bias"
    decay_vectors: bool = True  # False: on matrices and embeddings only
    lr_decay: bool = False  # linear warm-up, then `schedule`
    warmup_tokens: float = 375e6
    final_tokens: float = 260e9
    ckpt_path: str | None = None  # parameters, after each epoch whose test loss improves
    num_workers: int = 0  # has no effect: to make a batch takes 3 ms
    schedule: str = "cosine"  # or "linear": a key of optim.SCHEDULES
    optimizer: str = "adamw"  # or "muon": Muon for the blocks' matrices, AdamW for the rest
    matrix_learning_rate: float = 0.02  # Muon's
    micro_batch_size: int | None = None  # None: 16 on the CPU, there 32 in bfloat16; else no split
    seed: int = 0  # of the order of the examples and of what is drawn to make them
    device: str | None = None  # None: CUDA if there is a GPU that works, else the CPU
    dtype: str | None = None  # "float32" or "bfloat16"; None: what suits the device
    log_path: str | None = None  # one JSON line an epoch is appended here
    writer: object = None  # its add_scalar(name, value, step) gets each step's loss and rate


class Trainer:
    """Train `model` on `train_dataset`; measure the loss on `test_dataset` (or None) each epoch.

    A dataset that draws its examples draws them with Python's `random`. `history` has one dict for
    each finished epoch, as logged; `losses` are those of the steps of the epoch under way.
    """

    def __init__(self, model, train_dataset, test_dataset, config):
        self.config = config
        self.train_dataset, self.test_dataset = train_dataset, test_dataset
        # Place the model; choose the precision of matrix products.
        self.device = choose_device(config.device)
        self.model = model.to(self.device)
        self.dtype = choose_dtype(self.device, config.dtype)
        dtype = DTYPES[self.dtype]
        self.autocast = torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32)
        self.micro_batch_size = choose_micro_batch_size(config, self.device.type, self.dtype)
        self.compute_loss = getattr(model, "compute_loss", lambda x, y: model(x, y)[1])
        self.optimizers = make_optimizers(model, config)
        self.tokens = 0
        self.history, self.best_loss = [], math.inf
        self.losses, self.seconds = [], 0.0  # of the epoch under way
        self.steps_per_epoch = math.ceil(len(train_dataset) / config.batch_size)

    @property
    def groups(self):
        """Return the parameter groups of all optimizers."""
        return [group for each in self.optimizers for group in each.param_groups]

    @property
    def steps_taken(self):
        """Return the number of optimizer steps so far."""
        return len(self.history) * self.steps_per_epoch + len(self.losses)

    @property
    def speed(self):
        """Return the tokens a second in the epoch under way."""
        before = self.history[-1]["tokens"] if self.history else 0
        return (self.tokens - before) / self.seconds

    def train(self, after_step=None, after_epoch=None):
        """Run the epochs that are left of max_epochs; return the history.

        after_step, after_epoch: called with the trainer after each. Raises InputError for a loss,
        gradient or parameter that is NaN or infinite.
        """
        distributed.synchronise(self.model, self.config.seed, len(self.history), len(self.losses))
        # A log file, unlike a terminal, keeps every line, so fewer are written there.
        shown = sys.stderr if distributed.is_main() else None
        is_live = shown and (shown.isatty() or "ipykernel" in sys.modules)
        total = self.config.max_epochs * self.steps_per_epoch
        how = dict(unit="step", mininterval=0.5 if is_live else 30, disable=shown is None)
        with tqdm(initial=self.steps_taken, total=total, **how) as progress:
            while len(self.history) < self.config.max_epochs:
                self.train_epoch(progress, after_step)
                self.end_epoch()
                if after_epoch:
                    after_epoch(self)
        self.check_parameters()
        return self.history

    def train_epoch(self, progress, after_step):
        """Train for one epoch, or the rest of it."""
        self.model.train()
        started = time.perf_counter() - self.seconds
        place = dict(epoch=len(self.history), start=len(self.losses))
        for x, y in self.make_batches(self.train_dataset, **place):
            loss = self.step(x, y)
            if self.config.writer and distributed.is_main():
                self.write_scalars(loss)
            self.losses.append(loss)
            self.seconds = time.perf_counter() - started
            epoch, rate = len(self.history) + 1, self.groups[-1]["lr"]
            what = f"epoch {epoch}, loss {loss:.3f}, lr {rate:.1e}, {self.speed:,.0f} tokens/s"
            progress.set_postfix_str(what, refresh=False)
            progress.update()
            if after_step:
                after_step(self)

    def step(self, x, y):
        """Take one optimizer step on a batch of ids and targets (B, T); return its loss."""
        # Set the learning rate, which is scheduled by tokens.
        self.tokens += y.numel()
        if self.config.lr_decay:
            ends = (self.config.warmup_tokens, self.config.final_tokens)
            factor = lr_multiplier(self.config.schedule, self.tokens, *ends)
            for group in self.groups:
                group["lr"] = group.setdefault("initial_lr", group["lr"]) * factor
        # Compute the loss and its gradients.
        self.model.zero_grad(set_to_none=True)
        loss = self.run_batch(x, y, backward=True)
        # Clip the gradients; refuse what isn't finite.
        norm = clip_grad_norm_(self.model.parameters(), self.config.grad_norm_clip).item()
        if not math.isfinite(loss) or not math.isfinite(norm):
            self.refuse(f"the next step's loss is {loss}, its gradient's norm {norm}")
        # Update the parameters.
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def write_scalars(self, loss):
        """Give the loss and the learning rate of the step under way to the config's writer."""
        try:
            self.config.writer.add_scalar("train/loss", loss, self.steps_taken)
            self.config.writer.add_scalar("train/lr", self.groups[-1]["lr"], self.steps_taken)
        except OSError as error:  # no reason to end a training
            note(f"the curves end here ({error.strerror})")
            self.config.writer = None

    def run_batch(self, x, y, backward=False):
        """Return the loss of a batch; with `backward` also compute its gradients."""
        # Cut the batch into micro-batches. oneDNN compiles each new shape, so lengths are rounded.
        multiple = 8 if self.device.type == "cpu" and self.dtype == "bfloat16" else 1
        ranks = (distributed.rank(), distributed.world_size())
        plan = list(split_by_length(y, self.micro_batch_size, multiple, *ranks))
        x, y = x.to(self.device), y.to(self.device)
        # Accumulate loss and gradients of this process's micro-batches.
        total = torch.zeros((), device=self.device)
        for rows, length, share in plan:
            with self.autocast:
                loss = self.compute_loss(x[rows, :length], y[rows, :length]) * share
            if backward:
                loss.backward()
            total = total + loss.detach()
        # Sum them over the processes.
        trained = [p for p in self.model.parameters() if p.requires_grad]
        return distributed.all_reduce_sum(total.item(), trained if backward else ())

    def end_epoch(self):
        """Record the epoch in `history` and in the log; start the next."""
        record = {
            "epoch": len(self.history) + 1,
            "loss": sum(self.losses) / len(self.losses),
            "learning_rate": self.groups[-1]["lr"],  # AdamW's
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "tokens_per_second": round(self.speed),
        }
        if self.test_dataset is not None:
            record["test_loss"] = self.test()
        self.history.append(record)
        self.losses, self.seconds = [], 0.0
        # Append the record to the log.
        if self.config.log_path and distributed.is_main():
            try:
                with open(self.config.log_path, "a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
            except OSError as error:  # no reason to end a training
                note(f"{self.config.log_path}: the log ends here ({error.strerror})")
                self.config.log_path = None
        # Write the parameters if the loss on the test set is the best so far.
        loss = record.get("test_loss", -math.inf)
        if self.config.ckpt_path and (loss < self.best_loss or self.test_dataset is None):
            self.best_loss = loss
            self.save_checkpoint()

    @torch.no_grad()
    def test(self):
        """Return the mean loss over the batches of the test set."""
        self.model.eval()
        batches = self.make_batches(self.test_dataset, shuffle=False)
        losses = [self.run_batch(x, y) for x, y in batches]
        return sum(losses) / len(losses)

    def make_batches(self, dataset, **place):
        return make_batches(dataset, self.config.batch_size, self.config.seed, **place)

    def save_checkpoint(self):
        """Write the parameters, as a plain state dict, to config.ckpt_path."""
        if distributed.is_main():
            save_parameters(self.model, self.config.ckpt_path)

    def check_parameters(self):
        """Raise InputError if a parameter isn't finite."""
        if name := find_non_finite(self.model.state_dict()):
            self.refuse(f"{name} is not finite")

    def refuse(self, what):
        advice = "try a lower learning rate: --pretrain_lr, --finetune_lr or src/recipes.py"
        raise InputError(f"{describe_place(self)}: {what}: {advice}")
