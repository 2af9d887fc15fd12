"""Build GPT, a pre-norm decoder-only Transformer (Radford et al. 2019), over any attention variant.

Names, shapes and the order of modules are those of the course's model, so that parameter files can
be exchanged and a seed gives the same initial weights.
"""

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import ATTENTION
from text.formats import PAD_ID
from training.config import Config
from training.dropout import Dropout

ROWS = 128  # see GPT.compute_loss


def switch(name):
    """Return a property of a GPTConfig that is True if `attention` is `name`, and can be set."""

    def is_on(config):
        return config.attention == name

    def turn(config, on):
        if on or is_on(config):
            config.attention = name if on else "vanilla"

    return property(is_on, turn)


@dataclass(init=False)
class GPTConfig(Config):
    """Hold the shape of a GPT. `attention` is a key of ATTENTION; the pdrops are dropout rates.

    `synthesizer` and `rope`, the course's switches, can be given or set instead of `attention`.
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
    synthesizer, rope = switch("synthesizer"), switch("rope")
    bottleneck_dim = None  # of the course's perceiver, which isn't here

    def __init__(self, vocab_size, block_size, **given):
        self.vocab_size, self.block_size = vocab_size, block_size
        super().__init__(**given)
        if any(getattr(self, name) != value for name, value in given.items()):
            raise ValueError("attention, synthesizer and rope contradict each other: give one")


class Block(nn.Module):
    """Compute x + attention(norm(x)), then x + mlp(norm(x)).

    config: a GPTConfig, or any object with the course's fields.
    """

    def __init__(self, config):
        super().__init__()
        self.ln1 = nn.LayerNorm(config.n_embd)
        self.ln2 = nn.LayerNorm(config.n_embd)
        switched = (name for name in ATTENTION if getattr(config, name, False))
        name = getattr(config, "attention", None) or next(switched, "vanilla")
        self.attn = ATTENTION[name](config)
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
            # The backward of index_select is far cheaper than that of a mask.
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
        self.drop = Dropout(config.embd_pdrop)
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.n_layer)))
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.apply(init_weights)
        self.pos_emb = None
        if any(block.attn.embeds_positions for block in self.blocks):
            self.pos_emb = nn.Parameter(torch.zeros(1, config.block_size, config.n_embd))
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
        Raises ValueError for more positions than context_size.
        """
        positions = slice(idx.size(1)) if layer_past is None else layer_past.advance(idx)
        total = idx.size(1) if layer_past is None else layer_past.total
        if total > self.context_size:
            raise ValueError(f"{total} characters: the model has {self.context_size} positions")
        x = self.tok_emb(idx)  # (B, T, C)
        x = self.drop(x if self.pos_emb is None else x + self.pos_emb[0, positions])
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
