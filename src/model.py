"""GPT: a decoder-only Transformer (Radford et al. 2019), pre-norm, over any attention variant.

Names, shapes and the order of modules are those of the course's model, so that parameter files can
be exchanged and a seed gives the same initial weights.
"""

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import ATTENTION
from text.formats import PAD_ID
from training.dropout import Dropout
from training.settings import Settings

ROWS = 128  # see GPT.compute_loss


@dataclass(init=False)
class GPTConfig(Settings):
    """Shape of a GPT. `attention` is a key of attention.ATTENTION; the pdrops are dropout rates.

    `synthesizer`, the course's switch, can be given or set instead of attention="synthesizer".
    """

    vocab_size: int
    block_size: int
    n_layer: int = 4
    n_head: int = 8
    n_embd: int = 256
    attention: str = "vanilla"
    embd_pdrop: float = 0.1
    resid_pdrop: float = 0.1
    attn_pdrop: float = 0.1

    def __init__(self, vocab_size, block_size, **given):
        if {"attention", "synthesizer"} <= given.keys():
            if (given["attention"] == "synthesizer") != bool(given["synthesizer"]):
                raise ValueError("attention and synthesizer contradict each other: give one of them")
        super().__init__(vocab_size=vocab_size, block_size=block_size, **given)

    @property
    def synthesizer(self):
        return self.attention == "synthesizer"

    @synthesizer.setter
    def synthesizer(self, value):
        if value or self.synthesizer:
            self.attention = "synthesizer" if value else "vanilla"


def choose_attention(config):
    """The attention class of a config, which may be any object with the course's fields."""
    name = "synthesizer" if getattr(config, "synthesizer", False) else "vanilla"
    return ATTENTION[getattr(config, "attention", name)]


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, config):
        super().__init__()
        self.ln1 = nn.LayerNorm(config.n_embd)
        self.ln2 = nn.LayerNorm(config.n_embd)
        self.attn = choose_attention(config)(config)
        self.mlp = nn.Sequential(
            nn.Linear(config.n_embd, 4 * config.n_embd),
            nn.GELU(),
            nn.Linear(4 * config.n_embd, config.n_embd),
            Dropout(config.resid_pdrop),
        )

    def forward(self, x, layer_past=None, rows=None):
        """x: (B, T, C). Returns (B, T, C), or (N, C) of the `rows` (N,) of x.flatten(0, 1) only."""
        x = x + self.attn(self.ln1(x), layer_past)
        if rows is not None:
            x = x.flatten(0, 1).index_select(0, rows)  # whose backward is far cheaper than a mask's
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    """Character ids -> logits of the next character."""

    takes_cache = True  # forward's layer_past may be a KVCache

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.block_size = config.block_size
        self.tok_emb = nn.Embedding(config.vocab_size, config.n_embd)
        self.pos_emb = nn.Parameter(torch.zeros(1, config.block_size, config.n_embd))
        self.drop = Dropout(config.embd_pdrop)
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.n_layer)))
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.apply(init_weights)
        # The synthesizer has one position less than the block.
        self.context_size = min(block.attn.n_positions for block in self.blocks)

    def get_block_size(self):
        return self.block_size

    def forward(self, idx, targets=None, layer_past=None, where=None):
        """Logits (B, T, vocab_size) of the character after each of idx (B, T), and the loss.

        The loss is the mean cross-entropy of the targets (B, T) in nats, with pads left out, or None
        without targets. layer_past: a KVCache of the positions before idx, which is extended.
        where: a boolean (B, T) that marks N positions; the last feed-forward layer and the head run
        for these only, and the logits are (N, vocab_size), row after row; not with targets.
        Raises ValueError for both at once, or for more positions than the block has.
        """
        if targets is not None and where is not None:
            raise ValueError("targets and where: give one of them")
        positions = slice(idx.size(1)) if layer_past is None else layer_past.advance(idx)
        total = idx.size(1) if layer_past is None else layer_past.total
        if total > self.block_size:
            raise ValueError(f"{total} characters: the block has {self.block_size}")
        x = self.drop(self.tok_emb(idx) + self.pos_emb[0, positions])  # (B, T, C)
        *blocks, last = self.blocks
        for block in blocks:
            x = block(x, layer_past)
        rows = None if where is None else where.flatten().nonzero()[:, 0]  # (N,)
        x = last(x, layer_past, rows)  # (B, T, C) or (N, C)
        logits = self.head(self.ln_f(x))
        if targets is None:
            return logits, None
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD_ID)
        return logits, loss

    def compute_loss(self, idx, targets):
        """The loss of forward(idx, targets), without the logits of pads: much cheaper in training."""
        where = targets != PAD_ID
        if idx.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            # oneDNN compiles a kernel for each new shape, so N is made a multiple of ROWS by some pads.
            pads = (~where).flatten().nonzero()[: int(-where.sum() % ROWS), 0]
            where.view(-1)[pads] = True
        logits, _ = self(idx, where=where)  # (N, vocab_size)
        return F.cross_entropy(logits, targets[where], ignore_index=PAD_ID)


def init_weights(module):
    """Weights N(0, 0.02), biases 0, as in GPT-2; LayerNorm keeps torch's 1 and 0."""
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, mean=0.0, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
