"""GPT: a decoder-only Transformer (Radford et al. 2019), pre-norm, over any attention variant.

Parameter names and shapes are those of the course's files, which therefore load here.
"""

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import ATTENTION, Cache
from dataset import PAD_ID
from dropout import Dropout


@dataclass
class GPTConfig:
    """Shape of a GPT. `attention` is a key of attention.ATTENTION; the pdrops are dropout rates."""

    vocab_size: int
    block_size: int
    n_layer: int = 4
    n_head: int = 8
    n_embd: int = 256
    attention: str = "vanilla"
    embd_pdrop: float = 0.1
    resid_pdrop: float = 0.1
    attn_pdrop: float = 0.1


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, config):
        super().__init__()
        self.ln1 = nn.LayerNorm(config.n_embd)
        self.ln2 = nn.LayerNorm(config.n_embd)
        self.attn = ATTENTION[config.attention](config)
        self.mlp = nn.Sequential(
            nn.Linear(config.n_embd, 4 * config.n_embd),
            nn.GELU(),
            nn.Linear(4 * config.n_embd, config.n_embd),
            Dropout(config.resid_pdrop),
        )

    def forward(self, x, cache=None, rows=None):
        """x: (B, T, C). Returns (B, T, C), or (N, C) of the `rows` (N,) of x.flatten(0, 1) only."""
        x = x + self.attn(self.ln1(x), cache)
        if rows is not None:
            x = x.flatten(0, 1).index_select(0, rows)  # whose backward is far cheaper than a mask's
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    """Character ids -> logits of the next character."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.block_size = config.block_size
        self.tok_emb = nn.Embedding(config.vocab_size, config.n_embd)
        self.pos_emb = nn.Parameter(torch.zeros(1, config.block_size, config.n_embd))
        self.drop = Dropout(config.embd_pdrop)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.apply(init_weights)

    def get_block_size(self):
        return self.block_size

    def forward(self, idx, targets=None, cache=None, where=None):
        """Logits (B, T, vocab_size) of the character after each of idx (B, T), and the loss, None.

        With targets (B, T), the loss is their mean cross-entropy in nats, pads left out, and the
        logits are (N, vocab_size), those of the N targets that are no pads, row after row. where: a
        boolean (B, T) that marks the positions whose logits are wanted, without targets.
        cache: an attention.Cache of the positions before idx, which is extended.
        Raises ValueError for targets and where at once, or more positions than the block has.
        """
        if targets is not None:
            if where is not None:
                raise ValueError("targets and where: give one of them")
            where = targets != PAD_ID
        rows = None if where is None else where.flatten().nonzero()[:, 0]  # (N,)
        positions = slice(idx.size(1)) if cache is None else cache.advance(idx)
        total = idx.size(1) if cache is None else cache.total
        if total > self.block_size:
            raise ValueError(f"{total} characters: the block has {self.block_size}")
        x = self.drop(self.tok_emb(idx) + self.pos_emb[0, positions])  # (B, T, C)
        *blocks, last = self.blocks
        for block in blocks:
            x = block(x, cache)
        x = last(x, cache, rows)  # (B, T, C) or (N, C)
        logits = self.head(self.ln_f(x))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits, targets.flatten()[rows])

    def new_cache(self):
        return Cache()


def init_weights(module):
    """Weights N(0, 0.02), biases 0, as in GPT-2; LayerNorm keeps torch's 1 and 0."""
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, mean=0.0, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
