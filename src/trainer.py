"""One training loop, for any dataset of (x, y), rows of ids of one length, and any causal model
whose forward(x, y) returns (logits, mean loss over the targets that are no pads).
"""

import json
import math
import os
import sys
import time
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader
from tqdm import tqdm

from dataset import PAD_ID
from optim import Muon
from utils import choose_device, save_parameters


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


class Trainer:
    """Trains `model` on `train_dataset`; measures the loss on `test_dataset` (or None) each epoch.

    After train(): `history`, one dict an epoch, as logged; the model is on `device`.
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

    def train(self):
        """Runs max_epochs epochs; returns the history."""
        best_loss = math.inf
        loader = self.make_loader(self.train_dataset, shuffle=True)
        with self.make_progress(len(loader)) as progress:
            for epoch in range(1, self.config.max_epochs + 1):
                record = self.train_epoch(epoch, loader, progress)
                if self.test_dataset is not None:
                    record["test_loss"] = self.test()
                self.history.append(record)
                self.log(record)
                loss = record.get("test_loss", -math.inf)
                if self.config.ckpt_path and (loss < best_loss or self.test_dataset is None):
                    best_loss = loss
                    save_parameters(self.model, self.config.ckpt_path)
        return self.history

    def train_epoch(self, epoch, loader, progress):
        """One pass over the training set; returns the epoch's record for the log."""
        self.model.train()
        losses, tokens_before, started = [], self.tokens, time.perf_counter()
        for x, y in loader:
            losses.append(self.step(x, y))
            speed = (self.tokens - tokens_before) / (time.perf_counter() - started)
            progress.set_postfix_str(
                f"epoch {epoch}, loss {losses[-1]:.3f}, lr {self.learning_rate:.1e}, "
                f"{speed:,.0f} tokens/s",
                refresh=False,
            )
            progress.update()
        seconds = time.perf_counter() - started
        return {
            "epoch": epoch,
            "loss": sum(losses) / len(losses),
            "learning_rate": self.learning_rate,
            "tokens": self.tokens,
            "seconds": round(seconds, 3),
            "tokens_per_second": round((self.tokens - tokens_before) / seconds),
        }

    def step(self, x, y):
        """One optimizer step on a batch of (B, T) ids and targets; returns its loss."""
        self.tokens += y.numel()
        self.set_learning_rate()
        self.model.zero_grad(set_to_none=True)
        loss = self.run_batch(x, y, backward=True)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.grad_norm_clip)
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
            dataset,
            batch_size=self.config.batch_size,
            shuffle=shuffle,
            num_workers=workers,
            persistent_workers=shuffle and workers > 0,
            pin_memory=self.device.type == "cuda",
        )

    def make_progress(self, steps_per_epoch):
        # A log file, unlike a terminal, keeps every line: write fewer.
        interval = 0.5 if sys.stderr.isatty() else 30
        total = steps_per_epoch * self.config.max_epochs
        return tqdm(total=total, unit="step", mininterval=interval, file=sys.stderr)

    def log(self, record):
        if self.config.log_path:
            with open(self.config.log_path, "a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
