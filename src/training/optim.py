"""Choose each parameter's optimizer and its learning rate.

Muon (Jordan et al. 2024) is momentum whose update of a weight matrix is made orthogonal: the update
U S V^T becomes nearly U V^T. Every direction then moves alike, even the rare ones, which is where
single facts are stored. torch.optim.Muon computes in bfloat16, which a CPU without it only
emulates; this one computes in the parameters' own precision.
"""

import math
from collections import defaultdict

import torch

from training.distributed import all_gather_rows


def orthogonalise(matrices, steps=5):
    """Return the nearest semi-orthogonal matrix to each of `matrices`, by Newton-Schulz iteration.

    matrices: (..., rows, cols), any scale. Returns the same shape; after 5 steps singular values
    are within about [0.7, 1.2] unless they were below a hundredth of the matrix's norm.
    """
    # x -> a x + b x^3 + c x^5 takes [0.01, 1] fast into about [0.7, 1.2].
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrices.size(-2) <= matrices.size(-1)
    x = matrices if wide else matrices.mT  # the iteration's products are rows x rows
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    """Update matrices (rows, cols), those of one shape together, by orthogonal steps.

    lr: the spectral norm of a square matrix's update; that of a taller one is sqrt(rows / cols)
    times lr. momentum is Nesterov's. Several processes, whose gradients are the same, each make a
    part of the updates orthogonal.
    """

    def __init__(self, params, lr=0.02, momentum=0.95):
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            # Look ahead by a step from the running means of the gradients.
            momentum, by_shape = group["momentum"], defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state, gradient = self.state[parameter], parameter.grad
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                mean = state["momentum"].lerp_(gradient, 1 - momentum)
                by_shape[parameter.shape].append((parameter, gradient.lerp(mean, momentum)))
            # Make these orthogonal, those of one shape together, and take the step.
            for (rows, cols), pairs in by_shape.items():
                parameters, means = zip(*pairs)
                updates = all_gather_rows(orthogonalise, torch.stack(means))
                scale = group["lr"] * max(1.0, rows / cols) ** 0.5
                for parameter, update in zip(parameters, updates):
                    parameter.add_(update, alpha=-scale)


def make_optimizers(model, config):
    """Return a TrainerConfig's optimizers: AdamW, after Muon for the blocks' matrices if chosen.

    AdamW decays every parameter whose name lacks "bias", as the course's trainer does: also the
    norms' weights and the synthesizer's b2, unless decay_vectors is False. Every parameter is in
    exactly one group.
    """
    if config.optimizer not in ("adamw", "muon") or config.schedule not in SCHEDULES:
        raise ValueError(f"unknown optimizer {config.optimizer!r} or schedule {config.schedule!r}")
    # Put each parameter into one group.
    decayed, others, hidden = [], [], []
    for name, parameter in model.named_parameters():
        if config.optimizer == "muon" and parameter.dim() == 2 and "blocks" in name.split("."):
            hidden.append(parameter)
        elif parameter.dim() >= 2 or (config.decay_vectors and "bias" not in name):
            decayed.append(parameter)
        else:
            others.append(parameter)
    if config.optimizer == "muon" and not hidden:
        raise ValueError("optimizer 'muon' is for weight matrices in `blocks`: the model has none")
    # Make the optimizers.
    groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    how = dict(lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay)
    adamw = torch.optim.AdamW(groups, **how, fused=True)
    return [Muon(hidden, lr=config.matrix_learning_rate), adamw] if hidden else [adamw]


SCHEDULES = {  # name -> the factor at a progress of 0 to 1, and beyond it
    # Half a cosine from 1 to 0.1; then it climbs (minGPT).
    "cosine": lambda progress: max(0.1, 0.5 * (1.0 + math.cos(math.pi * progress))),
    "linear": lambda progress: max(0.0, 1.0 - progress),
}


def lr_multiplier(schedule, tokens, warmup_tokens, final_tokens):
    """Return the factor of the learning rate after `tokens`.

    It is a line to 1 over warmup_tokens, then the schedule, a key of SCHEDULES, whose progress is 1
    at final_tokens.
    """
    if tokens < warmup_tokens:
        return tokens / max(1, warmup_tokens)
    return SCHEDULES[schedule]((tokens - warmup_tokens) / max(1, final_tokens - warmup_tokens))
