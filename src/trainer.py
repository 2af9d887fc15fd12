"""One training loop, for any dataset of (x, y) and any causal model.

x and y are rows of ids of one length; the model's call on them returns (logits, mean loss over the
targets that aren't pads). Started by torchrun, each process takes a part of every batch
(training/distributed.py); the steps are those of one process.
"""

import json
import math
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from tqdm import tqdm

from text.files import InputError
from text.formats import PAD_ID
from training import distributed
from training.batches import gather_batch, make_loader, split_by_length
from training.devices import DTYPES, choose_device, choose_dtype
from training.optim import lr_multiplier, make_optimizers
from training.settings import Settings
from training.weights import find_non_finite, save_parameters


class NotFinite(InputError):
    """A loss, gradient or parameter is NaN or infinite."""


@dataclass(init=False)
class TrainerConfig(Settings):
    """How to train. Tokens are counted as target positions, pads included."""

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
    ckpt_path: str | None = None  # parameters go here after each epoch that improves
    num_workers: int = 0  # processes that make examples
    schedule: str = "cosine"  # or "linear": a key of optim.SCHEDULES
    optimizer: str = "adamw"  # or "muon": Muon for the blocks' matrices, AdamW for the rest
    matrix_learning_rate: float = 0.02  # Muon's
    micro_batch_size: int | None = None  # None: 16 on the CPU, 32 in bfloat16; else no split
    seed: int = 0  # of the order of the examples and of what is drawn to make them
    device: str | None = None  # None: CUDA if there is a GPU that works, else the CPU
    dtype: str | None = None  # "float32" or "bfloat16"; None: what suits the device
    log_path: str | None = None  # one JSON line an epoch is appended here


# What may differ between two runs with the same result.
HARMLESS = {"ckpt_path", "num_workers", "device", "log_path"}


class Trainer:
    """Train `model` on `train_dataset`; measure the loss on `test_dataset` (or None) each epoch.

    A dataset that draws its examples draws them with Python's `random`. `history` has one dict for
    each finished epoch, as logged; `losses` are those of the steps of the epoch under way.
    """

    def __init__(self, model, train_dataset, test_dataset, config):
        self.config = config
        self.train_dataset, self.test_dataset = train_dataset, test_dataset
        self.device = choose_device(config.device)
        self.model = model.to(self.device)
        self.optimizers = make_optimizers(model, config)
        for group in self.groups:
            group["initial_lr"] = group["lr"]
        self.dtype = choose_dtype(self.device, config.dtype)
        dtype = DTYPES[self.dtype]
        self.autocast = torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32)
        self.micro_batch_size = self.choose_micro_batch_size()
        self.tokens = 0
        self.history = []
        self.best_loss = math.inf
        self.losses = []
        self.seconds = 0.0  # that the epoch under way has taken

    @property
    def groups(self):
        """The parameter groups of all optimizers."""
        return [group for each in self.optimizers for group in each.param_groups]

    @property
    def learning_rate(self):
        """AdamW's, in the step just taken."""
        return self.groups[-1]["lr"]

    @property
    def steps_per_epoch(self):
        return -(-len(self.train_dataset) // self.config.batch_size)

    def choose_micro_batch_size(self):
        is_cpu = self.device.type == "cpu"
        on_cpu = 32 if self.dtype == "bfloat16" else 16
        size = self.config.micro_batch_size or (on_cpu if is_cpu else self.config.batch_size)
        # As many micro-batches as one process would make, else more of them would be pads.
        return min(size, max(8, -(-size // distributed.world_size()))) if is_cpu else size

    def train(self, after_step=None):
        """Run the epochs that are left of max_epochs; return the history.

        after_step: called with the trainer after each step. Raises NotFinite, an InputError.
        """
        if not len(self.train_dataset):
            raise ValueError("no examples to train on")
        self.synchronise()
        loader = self.make_loader(self.train_dataset, shuffle=True)
        with self.make_progress() as progress:
            while len(self.history) < self.config.max_epochs:
                record = self.train_epoch(loader, progress, after_step)
                if self.test_dataset is not None:
                    record["test_loss"] = self.test()
                self.history.append(record)
                self.losses, self.seconds = [], 0.0
                self.log(record)
                loss = record.get("test_loss", -math.inf)
                if self.config.ckpt_path and (loss < self.best_loss or self.test_dataset is None):
                    self.best_loss = loss
                    self.save_checkpoint()
        self.check_parameters()
        return self.history

    def synchronise(self):
        """Give all processes rank 0's parameters, and each its own dropout."""
        distributed.broadcast_tensors(self.model.state_dict().values())
        if not distributed.is_main():
            place = (self.config.seed, distributed.rank(), len(self.history), len(self.losses))
            torch.manual_seed(int(np.random.default_rng(place).integers(2**63)))

    def train_epoch(self, loader, progress, after_step):
        """Train for one epoch, or the rest of it; return the epoch's record for the log."""
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
            if after_step:
                after_step(self)
        return {
            "epoch": epoch,
            "loss": sum(self.losses) / len(self.losses),
            "learning_rate": self.learning_rate,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "tokens_per_second": round((self.tokens - tokens_before) / self.seconds),
        }

    def step(self, x, y):
        """Take one optimizer step on a batch of ids and targets (B, T); return its loss.

        Each of several processes has some of the rows.
        """
        x, y = gather_batch(x, y)  # the whole batch in every process
        # The learning rate is scheduled by tokens.
        self.tokens += y.numel()
        self.set_learning_rate()
        # Compute the gradients, clip them, and refuse what isn't finite.
        self.model.zero_grad(set_to_none=True)
        loss = self.run_batch(x, y, backward=True)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.grad_norm_clip)
        if not math.isfinite(loss) or not math.isfinite(norm.item()):
            self.refuse(f"the next step's loss is {loss}, its gradient's norm {norm.item()}")
        # Update the parameters.
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def run_batch(self, x, y, backward=False):
        """Return the loss of a batch; with `backward` also compute its gradients."""
        # oneDNN compiles a kernel for each new shape.
        multiple = 8 if self.device.type == "cpu" and self.dtype == "bfloat16" else 1
        ranks = (distributed.rank(), distributed.world_size())
        # Cut the batch into micro-batches, before it is moved.
        plan = list(split_by_length(y, self.micro_batch_size, multiple, *ranks))
        has_targets = bool((y != PAD_ID).any())
        x = x.to(self.device, non_blocking=True)
        y = y.to(self.device, non_blocking=True)
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
        return distributed.all_reduce_sum(total.item(), trained if backward and has_targets else ())

    def compute_loss(self, x, y):
        """Return the model's loss, by its own cheaper method if it has one."""
        if hasattr(self.model, "compute_loss"):
            return self.model.compute_loss(x, y)
        return self.model(x, y)[1]

    def set_learning_rate(self):
        config = self.config
        if config.lr_decay:
            tokens = (self.tokens, config.warmup_tokens, config.final_tokens)
            factor = lr_multiplier(config.schedule, *tokens)
            for group in self.groups:
                group["lr"] = factor * group["initial_lr"]

    @torch.no_grad()
    def test(self):
        """Return the mean loss over the batches of the test set."""
        self.model.eval()
        loader = self.make_loader(self.test_dataset, shuffle=False)
        losses = [self.run_batch(*gather_batch(x, y)) for x, y in loader]
        return sum(losses) / len(losses)

    def make_loader(self, dataset, shuffle):
        config = self.config
        pin_memory = self.device.type == "cuda"
        workers = config.num_workers
        return make_loader(dataset, config.batch_size, config.seed, shuffle, workers, pin_memory)

    def make_progress(self):
        # A log file, unlike a terminal, keeps every line, so fewer are written there.
        interval = 0.5 if sys.stderr.isatty() else 30
        done = len(self.history) * self.steps_per_epoch + len(self.losses)
        total = self.steps_per_epoch * self.config.max_epochs
        kwargs = dict(unit="step", mininterval=interval, file=sys.stderr)
        return tqdm(total=total, initial=done, disable=not distributed.is_main(), **kwargs)

    def log(self, record):
        path = self.config.log_path
        if path and distributed.is_main():
            try:
                with open(path, "a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
            except OSError as error:
                raise InputError(f"{path}: {error.strerror}: make room, or give another path") from None

    def save_checkpoint(self):
        """Write the parameters, as a plain state dict, to config.ckpt_path."""
        if distributed.is_main():
            save_parameters(self.model, self.config.ckpt_path)

    def ends_epoch(self):
        """Return whether the step just taken is the last of its epoch."""
        return len(self.losses) == self.steps_per_epoch

    def place(self):
        """Return where the training stands, in words."""
        if len(self.history) == self.config.max_epochs:
            return "the last step"
        return f"epoch {len(self.history) + 1}, step {len(self.losses)} of {self.steps_per_epoch}"

    def check_parameters(self):
        """Raise NotFinite if a parameter isn't finite."""
        name = find_non_finite(self.model.state_dict())
        if name:
            self.refuse(f"{name} is not finite")

    def refuse(self, what):
        raise NotFinite(f"{self.place()}: {what}: try a lower learning rate in src/recipes.py")

    def get_settings(self):
        """Return all settings that can change the result, a dict."""
        return {name: value for name, value in asdict(self.config).items() if name not in HARMLESS}
