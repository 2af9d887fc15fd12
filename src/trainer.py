"""One training loop, for any dataset of (x, y), rows of ids of one length, and any causal model
whose forward(x, y) returns (logits, mean loss over the targets that are no pads).
"""

import json
import math
import os
import random
import sys
import time
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from dataset import PAD_ID, InputError
from optim import Muon
from resume import Stopped, ignore_signals, load_checkpoint, save_checkpoint
from utils import choose_device, count_bytes, find_non_finite, save_parameters


@dataclass
class TrainerConfig:
    """How to train. Tokens are counted as target positions, pads included."""

    max_epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 3e-4
    betas: tuple = (0.9, 0.95)
    grad_norm_clip: float = 1.0
    weight_decay: float = 0.1  # on matrices only
    optimizer: str = "adamw"  # or "muon": Muon for the blocks' matrices, AdamW for the rest
    matrix_learning_rate: float = 0.02  # Muon's
    lr_decay: bool = False  # linear warm-up, then cosine to 10 %
    linear_to_zero: bool = False  # with lr_decay: the cosine is a straight line to zero instead
    warmup_tokens: float = 375e6
    final_tokens: float = 260e9
    ckpt_path: str | None = None  # parameters go here after each epoch that improves
    num_workers: int = 0  # processes that make batches
    device: str | None = None  # None: CUDA if there is one, else CPU
    micro_batch_size: int | None = None  # None: 16 on the CPU, whose caches it fits; else no split
    log_path: str | None = None  # one JSON line an epoch is appended here
    seed: int = 0  # of the order of the examples and of what is drawn to make them
    checkpoint_path: str | None = None  # the run is saved here, and continued if it was before
    checkpoint_minutes: float = 5.0  # how often
    identity: dict = field(default_factory=dict)  # of the run: a checkpoint of another is refused


# What may differ between a run and its continuation.
CHANGEABLE = {"ckpt_path", "num_workers", "device", "log_path", "checkpoint_path", "checkpoint_minutes"}


def lr_multiplier(tokens, warmup_tokens, final_tokens):
    """Factor of the learning rate once `tokens` have been seen.

    Linear to 1 over warmup_tokens, then max(0.1, (1 + cos(pi * p)) / 2), where p is the share of
    the way from warmup_tokens to final_tokens. As in minGPT p may pass 1: a run longer than
    final_tokens climbs again (the handout's 650 epochs with a cosine of 200 do).
    """
    if tokens < warmup_tokens:
        return tokens / max(1, warmup_tokens)
    progress = (tokens - warmup_tokens) / max(1, final_tokens - warmup_tokens)
    return max(0.1, 0.5 * (1.0 + math.cos(math.pi * progress)))


def linear_multiplier(tokens, warmup_tokens, final_tokens):
    """Factor of the learning rate: linear to 1 over warmup_tokens, then linear to 0."""
    if tokens < warmup_tokens:
        return tokens / max(1, warmup_tokens)
    return max(0.0, (final_tokens - tokens) / max(1, final_tokens - warmup_tokens))


def make_optimizers(model, config):
    """The optimizers of config.optimizer. AdamW decays matrices alone, not biases and norms."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimizers = []
    if config.optimizer == "muon":
        hidden = [p for name, p in named if p.dim() == 2 and name.startswith("blocks.")]
        named = [(name, p) for name, p in named if p.dim() != 2 or not name.startswith("blocks.")]
        optimizers.append(Muon(hidden, lr=config.matrix_learning_rate))
    groups = [
        {"params": [p for _, p in named if p.dim() >= 2], "weight_decay": config.weight_decay},
        {"params": [p for _, p in named if p.dim() < 2], "weight_decay": 0.0},
    ]
    fused = torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas, fused=True)
    return [*optimizers, fused]


def split_by_length(y, size):
    """Yields micro-batches (rows, length, share) of a batch with targets y (B, T).

    They have at most `size` rows each, sorted by length, and `length` is where the last target that
    is no pad ends: pads behind it change nothing, as attention is causal and the loss passes pads
    over. `share` is the part of the batch's targets: losses times shares add up to the loss of the
    padded batch.
    """
    targets = y != PAD_ID
    last = targets * torch.arange(1, y.size(1) + 1)  # (B, T)
    lengths, order = last.amax(dim=1).sort()
    for rows, lengths_of_rows in zip(order.split(size), lengths.split(size)):
        longest = int(lengths_of_rows[-1])
        if longest:
            yield rows, longest, int(targets[rows].sum()) / int(targets.sum())


class SeededItems(Dataset):
    """The items of `dataset`, each drawn with its own seed of Python's random numbers."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __getitem__(self, key):
        index, seed = key
        random.seed(seed)
        return self.dataset[index]


class Batches:
    """Batches of keys (index, seed) for SeededItems, for a DataLoader's batch_sampler.

    They depend on `seed` and `epoch` only, whatever was drawn before and however many processes make
    the items, so that an epoch can be continued from any batch, `start`.
    """

    def __init__(self, n_items, batch_size, seed, shuffle):
        self.n_items, self.batch_size, self.seed, self.shuffle = n_items, batch_size, seed, shuffle
        self.epoch = self.start = 0

    def __len__(self):
        return -(-self.n_items // self.batch_size)

    def __iter__(self):
        numbers = np.random.default_rng((self.seed, self.epoch))
        seeds = numbers.integers(2**63, size=self.n_items)
        order = numbers.permutation(self.n_items) if self.shuffle else np.arange(self.n_items)
        for batch in range(self.start, len(self)):
            rows = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            yield list(zip(rows.tolist(), seeds[rows].tolist()))


class Trainer:
    """Trains `model` on `train_dataset`; measures the loss on `test_dataset` (or None) each epoch.

    The datasets draw, if they do, with Python's `random`. After train(): `history`, one dict an
    epoch, as logged; the model is on `device`.
    """

    def __init__(self, model, train_dataset, test_dataset, config):
        self.config = config
        self.train_dataset, self.test_dataset = train_dataset, test_dataset
        self.device = choose_device(config.device)
        self.model = model.to(self.device)
        self.optimizers = make_optimizers(model, config)
        self.groups = [group for each in self.optimizers for group in each.param_groups]
        for group in self.groups:
            group["initial_lr"] = group["lr"]
        # Older CUDA cards have no bfloat16; they, like the CPU, stay in float32.
        bfloat16 = self.device.type == "cuda" and torch.cuda.is_bf16_supported(False)
        self.autocast = torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16)
        small = 16 if self.device.type == "cpu" else config.batch_size
        self.micro_batch_size = config.micro_batch_size or small
        self.tokens = 0
        self.learning_rate = config.learning_rate
        self.history = []
        self.best_loss = math.inf
        self.losses = []  # of the steps of the epoch that is under way
        self.seconds = 0.0  # that it has taken
        self.saved_at = time.monotonic()
        self.steps_per_epoch = 0

    def train(self, signals=()):
        """Runs max_epochs epochs; returns the history.

        With a checkpoint_path a checkpoint found there is continued. Once `signals`, a list that a
        signal handler fills, has an entry, the step is finished, the checkpoint written and Stopped
        raised. Raises InputError if the checkpoint is another run's, can't be written, or if a loss,
        gradient or parameter is not finite.
        """
        loader = self.make_loader(self.train_dataset, shuffle=True)
        self.steps_per_epoch = len(loader)
        if self.config.checkpoint_path and os.path.exists(self.config.checkpoint_path):
            self.load_checkpoint()
        self.saved_at = time.monotonic()
        with self.make_progress() as progress:
            while len(self.history) < self.config.max_epochs:
                record = self.train_epoch(loader, progress, signals)
                if self.test_dataset is not None:
                    record["test_loss"] = self.test()
                self.history.append(record)
                self.losses, self.seconds = [], 0.0
                self.log(record)
                loss = record.get("test_loss", -math.inf)
                if self.config.ckpt_path and (loss < self.best_loss or self.test_dataset is None):
                    self.best_loss = loss
                    save_parameters(self.model, self.config.ckpt_path)
        self.check_parameters()
        return self.history

    def train_epoch(self, loader, progress, signals):
        """One pass over the training set, or its rest; returns the epoch's record for the log."""
        self.model.train()
        loader.batch_sampler.epoch = len(self.history)
        loader.batch_sampler.start = len(self.losses)
        started = time.perf_counter() - self.seconds
        tokens_before, epoch = self.history[-1]["tokens"] if self.history else 0, len(self.history) + 1
        for x, y in loader:
            self.losses.append(self.step(x, y))
            self.seconds = time.perf_counter() - started
            speed = (self.tokens - tokens_before) / self.seconds
            progress.set_postfix_str(
                f"epoch {epoch}, loss {self.losses[-1]:.3f}, lr {self.learning_rate:.1e}, "
                f"{speed:,.0f} tokens/s",
                refresh=False,
            )
            progress.update()
            if signals:
                self.save_checkpoint()
                where = f"stopped at {self.place()}, saved in {self.config.checkpoint_path}"
                raise Stopped(signals[0], where)
            self.save_checkpoint_if_due()
        return {
            "epoch": epoch,
            "loss": sum(self.losses) / len(self.losses),
            "learning_rate": self.learning_rate,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "tokens_per_second": round((self.tokens - tokens_before) / self.seconds),
        }

    def place(self):
        """Where the training stands, in words."""
        if len(self.history) == self.config.max_epochs:
            return "the last step"
        return f"epoch {len(self.history) + 1}, step {len(self.losses)} of {self.steps_per_epoch}"

    def save_checkpoint_if_due(self):
        """Saves the run if checkpoint_minutes have passed since, or at a longer epoch's end."""
        interval = 60 * self.config.checkpoint_minutes
        at_end = len(self.losses) == self.steps_per_epoch and self.seconds >= interval
        if at_end or time.monotonic() - self.saved_at >= interval:
            self.save_checkpoint()

    def get_identity(self):
        """What a checkpoint must agree in: config.identity and all settings that change a result."""
        settings = {k: v for k, v in asdict(self.config).items() if k not in CHANGEABLE | {"identity"}}
        return {**self.config.identity, **settings}

    def save_checkpoint(self):
        path = self.config.checkpoint_path
        if path is None:
            return
        self.check_parameters()
        _, keys, place, has_gauss, gauss = np.random.get_state()
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "tokens": self.tokens,
            "history": self.history,
            "best_loss": self.best_loss,
            "losses": self.losses,
            "seconds": self.seconds,
            "random": random.getstate(),
            "numpy": (keys.tolist(), place, has_gauss, gauss),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }
        save_checkpoint(path, self.get_identity(), state)
        self.saved_at = time.monotonic()

    def load_checkpoint(self):
        path = self.config.checkpoint_path
        # Of a larger model too, so that its identity, not its size, tells what it is.
        limit = max(2**30, 4 * count_bytes(self.model))
        state = load_checkpoint(path, self.get_identity(), limit)
        try:
            self.restore(state)
        except Exception:  # the file says it is this run's, but may hold anything
            raise InputError(f"{path}: damaged: start over with --fresh") from None
        print(f"Continuing at {self.place()}, from {path}", file=sys.stderr)

    def restore(self, state):
        """Takes up the state of a checkpoint. Raises an exception of any kind if it doesn't fit."""
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
            for parameter, moments in optimizer.state.items():
                for name, moment in moments.items():
                    # torch's fused AdamW would write beyond the end of a smaller one.
                    if name != "step" and moment.shape != parameter.shape:
                        raise ValueError(f"{name} is {moment.shape}")
        for name in ("tokens", "history", "best_loss", "losses", "seconds"):
            if type(state[name]) is not type(getattr(self, name)):
                raise TypeError(name)
            setattr(self, name, state[name])
        self.groups = [group for each in self.optimizers for group in each.param_groups]
        self.learning_rate = self.groups[-1]["lr"]
        random.setstate(state["random"])
        np.random.set_state(("MT19937", *state["numpy"]))
        torch.set_rng_state(state["torch"])
        if self.device.type == "cuda" and state["cuda"] is not None:
            torch.cuda.set_rng_state(state["cuda"], self.device)

    def check_parameters(self):
        name = find_non_finite(self.model.state_dict())
        if name:
            self.refuse(f"{name} is not finite")

    def refuse(self, what):
        """Raises InputError: training can't go on."""
        kept = self.config.checkpoint_path
        kept = f"; {kept} keeps the run before it" if kept and os.path.exists(kept) else ""
        raise InputError(
            f"{self.place()}: {what}: try a lower learning rate in src/recipes.py{kept}"
        )

    def step(self, x, y):
        """One optimizer step on a batch of (B, T) ids and targets; returns its loss."""
        self.tokens += y.numel()
        self.set_learning_rate()
        self.model.zero_grad(set_to_none=True)
        loss = self.run_batch(x, y, backward=True)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.grad_norm_clip)
        if not math.isfinite(loss) or not math.isfinite(norm.item()):
            self.refuse(f"the next step's loss is {loss}, its gradient's norm {norm.item()}")
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def run_batch(self, x, y, backward=False):
        """The loss of a batch, and with `backward` its gradients, by micro-batches."""
        plan = list(split_by_length(y, self.micro_batch_size))
        x = x.to(self.device, non_blocking=True)
        y = y.to(self.device, non_blocking=True)
        total = torch.zeros((), device=self.device)
        for rows, length, share in plan:
            with self.autocast:
                _, loss = self.model(x[rows, :length], y[rows, :length])
            loss = loss * share
            if backward:
                loss.backward()
            total = total + loss.detach()
        return total.item()

    def set_learning_rate(self):
        config = self.config
        if config.lr_decay:
            schedule = linear_multiplier if config.linear_to_zero else lr_multiplier
            factor = schedule(self.tokens, config.warmup_tokens, config.final_tokens)
            for group in self.groups:
                group["lr"] = factor * group["initial_lr"]
        self.learning_rate = self.groups[-1]["lr"]

    @torch.no_grad()
    def test(self):
        """Mean loss over the batches of the test set."""
        self.model.eval()
        losses = [self.run_batch(x, y) for x, y in self.make_loader(self.test_dataset, shuffle=False)]
        return sum(losses) / len(losses)

    def make_loader(self, dataset, shuffle):
        # More workers than cores only wait for each other.
        workers = min(self.config.num_workers, os.cpu_count() or 1)
        return DataLoader(
            SeededItems(dataset),
            batch_sampler=Batches(len(dataset), self.config.batch_size, self.config.seed, shuffle),
            num_workers=workers,
            worker_init_fn=ignore_signals,
            # Later Pythons would rather start afresh and send them the dataset.
            multiprocessing_context="fork" if workers and sys.platform == "linux" else None,
            persistent_workers=shuffle and workers > 0,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),  # its own: torch's serves dropout, which is checkpointed
        )

    def make_progress(self):
        # A log file, unlike a terminal, keeps every line: write fewer.
        interval = 0.5 if sys.stderr.isatty() else 30
        done = len(self.history) * self.steps_per_epoch + len(self.losses)
        total = self.steps_per_epoch * self.config.max_epochs
        return tqdm(total=total, initial=done, unit="step", mininterval=interval, file=sys.stderr)

    def log(self, record):
        if self.config.log_path:
            try:
                with open(self.config.log_path, "a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
            except OSError as error:
                reason = f"{self.config.log_path}: {error.strerror}: make room, or give another path"
                raise InputError(reason) from None
