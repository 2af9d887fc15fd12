"""Self-attention variants: multi-head, causal, interchangeable.

A variant is one subclass of `Attention` that says how positions are mixed, and one line in
`ATTENTION`, whose key is the variant's name on the command line.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from dropout import Dropout


class Cache:
    """What attention needs of the positions already seen, so that sampling computes none twice.

    A first part that all rows share may be seen by one row alone, which then serves them all.
    Rows may be of different lengths: `lengths` (B, 1) says where the next character of each stands.
    What is kept from there on, such as the padding of a shorter prompt, no later position sees, and
    new characters take its place.
    """

    def __init__(self):
        self.lengths = 0
        self.positions = None  # (B, T), of the characters that are being processed
        self.total = 0  # one more than the last of these positions
        self.kept = {}  # (attention module, name) -> (B, nh, at least total, hs)

    def advance(self, idx):
        """To be called with each ids (B, T) before the attentions are; returns their positions."""
        steps = torch.arange(idx.size(1), device=idx.device)
        self.positions = (self.lengths + steps).expand(idx.shape)  # (B, T)
        self.lengths = self.positions[:, -1:] + 1
        self.total = int(self.lengths.max())
        return self.positions

    def extend(self, module, name, new):
        """Keeps `new` (B, nh, T, hs) at `positions`; returns all that is kept for the module."""
        kept = self.kept.get((module, name))
        if kept is None:
            self.kept[module, name] = new
            return new
        if kept.size(2) < self.total or len(kept) < len(new):  # a copy: with room for some more
            kept = kept.expand(len(new), -1, -1, -1)
            kept = F.pad(kept, (0, 0, 0, max(0, self.total - kept.size(2)) + 8))
            self.kept[module, name] = kept
        kept[torch.arange(len(new))[:, None], :, self.positions] = new.transpose(1, 2)
        return kept[:, :, : self.total]

    def keep_rows(self, rows):
        """Forgets all rows but those that the boolean (B,) marks."""
        if self.kept:
            self.lengths = self.lengths[rows]
            self.kept = {key: tensor[rows] for key, tensor in self.kept.items()}


class Attention(nn.Module):
    """The frame of all variants: Y = [Y_1; ...; Y_h] A, with Y_i a causal mix of the values X V_i.

    config needs n_embd, n_head, block_size, attn_pdrop and resid_pdrop.
    Subclasses define mix(x, v, cache): from x (B, T, C), the positions after those in the cache, and
    the values v (B, nh, total, hs) of these and all before, the mixtures at x's positions, (B, nh, T, hs).
    Without a cache, None, T is total.
    """

    def __init__(self, config):
        super().__init__()
        if config.n_embd % config.n_head:
            raise ValueError(f"n_embd {config.n_embd} is no multiple of n_head {config.n_head}")
        self.n_head = config.n_head
        self.value = nn.Linear(config.n_embd, config.n_embd)
        self.proj = nn.Linear(config.n_embd, config.n_embd)
        self.attn_drop = Dropout(config.attn_pdrop)
        self.resid_drop = Dropout(config.resid_pdrop)
        # A buffer that is saved, because the course's parameter files have it.
        mask = torch.tril(torch.ones(config.block_size, config.block_size))
        self.register_buffer("mask", mask[None, None])  # (1, 1, block, block)

    def split_heads(self, x):
        B, T, C = x.shape
        return x.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)  # (B, nh, T, hs)

    def visible(self, total, cache):
        """Which of `total` positions each of x's may look at: boolean, (total, total), or with a
        cache (B, 1, T, total).
        """
        keys = torch.arange(total, device=self.mask.device)
        queries = keys if cache is None else cache.positions[:, None]  # (total,) or (B, 1, T)
        return keys <= queries[..., None]

    def forward(self, x, cache=None):
        """x: (B, T, C), the positions after those in `cache`. Returns (B, T, C)."""
        v = self.split_heads(self.value(x))
        if cache is not None:
            v = cache.extend(self, "value", v)  # (B, nh, total, hs)
        y = self.mix(x, v, cache)  # (B, nh, T, hs)
        y = y.transpose(1, 2).reshape(x.shape)
        return self.resid_drop(self.proj(y))


class CausalSelfAttention(Attention):
    """Scaled dot-product attention (Vaswani et al. 2017): softmax((X Q)(X K)^T / sqrt(hs)) (X V)."""

    def __init__(self, config):
        super().__init__(config)
        self.key = nn.Linear(config.n_embd, config.n_embd)
        self.query = nn.Linear(config.n_embd, config.n_embd)

    def mix(self, x, v, cache):
        q = self.split_heads(self.query(x))  # (B, nh, T, hs)
        k = self.split_heads(self.key(x))
        if cache is not None:
            k = cache.extend(self, "key", k)  # (B, nh, total, hs)
        B, nh, T, hs = q.shape
        total = k.size(2)
        if T < total or (self.training and self.attn_drop.p and x.device.type == "cpu"):
            # Where torch's fused kernel is slower: for a few positions after others, and with dropout
            # on the CPU.
            bias = q.new_zeros(()).masked_fill(~self.visible(total, cache), float("-inf"))
            if cache is not None:
                bias = bias.expand(B, nh, T, total).flatten(0, 1)
            q, k = q.flatten(0, 1), k.flatten(0, 1)  # (B * nh, T, hs)
            scores = torch.baddbmm(bias, q, k.mT, alpha=1 / math.sqrt(hs)).view(B, nh, T, total)
            return self.attn_drop(F.softmax(scores, dim=-1)) @ v  # (B, nh, T, hs)
        dropout = self.attn_drop.p if self.training else 0.0
        return F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)


class SynthesizerAttention(Attention):
    """Dense Synthesizer (Tay et al. 2020): softmax(ReLU(X A + b1) B + b2) (X V), no dot products.

    Position t scores all positions from its own vector alone. B (`w2`) has block_size - 1 columns,
    one a position, so T may be at most block_size - 1; A and b1 are `w1`.
    """

    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Linear(config.n_embd, config.n_embd)
        self.w2 = nn.Parameter(torch.empty(config.n_embd // config.n_head, config.block_size - 1))
        self.b2 = nn.Parameter(torch.zeros(config.block_size - 1))
        nn.init.uniform_(self.w2, -0.001, 0.001)

    def mix(self, x, v, cache):
        total = v.size(2)
        if total > self.b2.numel():
            raise ValueError(f"{total} positions: the synthesizer has {self.b2.numel()}")
        hidden = F.relu(self.split_heads(self.w1(x)))  # (B, nh, T, hs)
        # Masked before it is added: there are far more scores.
        bias = self.b2[:total].masked_fill(~self.visible(total, cache), float("-inf"))
        scores = hidden @ self.w2[:, :total] + bias  # (B, nh, T, total)
        return self.attn_drop(F.softmax(scores, dim=-1)) @ v  # (B, nh, T, hs)


ATTENTION = {
    "vanilla": CausalSelfAttention,
    "synthesizer": SynthesizerAttention,
}
