"""Build GPT, a pre-norm decoder-only Transformer (Radford et al. 2019), over any attention variant.

Names, shapes and the order of modules are those of the course's model, so that parameter files can
be exchanged and a seed gives the same initial weights.
"""

import warnings
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import ATTENTION
from text.formats import PAD_ID
from training.dropout import Dropout

ROWS = 128  # see GPT.compute_loss


@dataclass(init=False)
class GPTConfig:
    """Hold the shape of a GPT. `attention` is a key of ATTENTION; the pdrops are dropout rates.

    `synthesizer`, the course's switch, can be given or set instead of attention="synthesizer".
    Other names are kept too, with a warning, since code written for the course may read its own.
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
        self.vocab_size, self.block_size = vocab_size, block_size
        unknown = [name for name in given if not hasattr(self, name)]
        if unknown:
            message = f"GPTConfig keeps, but does not use: {', '.join(unknown)}"
            warnings.warn(message, stacklevel=2)
        for name, value in given.items():
            setattr(self, name, value)
        if any(getattr(self, name) != value for name, value in given.items()):
            raise ValueError("attention and synthesizer contradict each other: give one of them")

    @property
    def synthesizer(self):
        return self.attention == "synthesizer"

    @synthesizer.setter
    def synthesizer(self, value):
        if value or self.synthesizer:
            self.attention = "synthesizer" if value else "vanilla"


class Block(nn.Module):
    """Compute x + attention(norm(x)), then x + mlp(norm(x)).

    config: a GPTConfig, or any object with the course's fields.
    """

    def __init__(self, config):
        super().__init__()
        self.ln1 = nn.LayerNorm(config.n_embd)
        self.ln2 = nn.LayerNorm(config.n_embd)
        name = "synthesizer" if getattr(config, "synthesizer", False) else "vanilla"
        self.attn = ATTENTION[getattr(config, "attention", name)](config)
        self.mlp = nn.Sequential(
            nn.Linear(config.n_embd, 4 * config.n_embd),
            nn.GELU(),
            nn.Linear(4 * config.n_embd, config.n_embd),
            Dropout(config.resid_pdrop),
        )

    def forward(self, x, layer_past=None, rows=None):
        """Return the block's output, or only the `rows` (N,) of it, flattened to (B * T, C)."""
        x = x + self.attn(self.ln1(x), layer_past)  # (B, T, C)
        if rows is not None:
            # Its backward is far cheaper than a mask's.
            x = x.flatten(0, 1).index_select(0, rows)  # (N, C)
        return x + self.mlp(self.ln2(x))  # (B, T, C) or (N, C)


class GPT(nn.Module):
    """Predict the next character's logits from character ids."""

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
        """Return logits (B, T, vocab_size) of the character after each of idx (B, T), and the loss.

        The loss is the mean cross-entropy of the targets (B, T) in nats, without pads, or None
        without targets. layer_past: a KVCache of the positions before idx, which is extended.
        where: a boolean (B, T) that marks N positions; the last feed-forward layer and the head run
        for these only, and the logits are (N, vocab_size), row after row; not with targets.
        Raises ValueError for more positions than the block has.
        """
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
        logits = self.head(self.ln_f(x))  # (B, T, vocab_size) or (N, vocab_size)
        if targets is None:
            return logits, None
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD_ID)
        return logits, loss

    def compute_loss(self, idx, targets):
        """Return the loss of forward(idx, targets), without computing the logits of pads."""
        where = targets != PAD_ID
        if idx.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            # oneDNN compiles a kernel for each new shape: some pads make N a multiple of ROWS.
            pads = (~where).flatten().nonzero()[: int(-where.sum() % ROWS), 0]
            where.view(-1)[pads] = True
        logits, _ = self(idx, where=where)  # (N, vocab_size)
        return F.cross_entropy(logits, targets[where], ignore_index=PAD_ID)


def init_weights(module):
    """Draw weights from N(0, 0.02) and set biases to 0, as GPT-2 does; keep LayerNorm's 1 and 0."""
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, mean=0.0, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
