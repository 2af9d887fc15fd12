"""Define the variants of self-attention: multi-head, causal, interchangeable.

A variant is one subclass of `Attention`, which says how positions are mixed, and one line in
`ATTENTION`, whose key is the variant's name on the command line.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from training.dropout import Dropout


class Attention(nn.Module):
    """Compute Y = [Y_1; ...; Y_h] A, with Y_i a causal mix of the values X V_i.

    config: any object with n_embd, n_head, block_size, attn_pdrop and resid_pdrop.
    A subclass defines add_scores(config), which makes its own modules, and
    mix(x, v, layer_past): x is (B, T, C), the positions after those in the cache `layer_past`, and
    v (B, nh, total, hs) are the values of all positions up to x's last. It returns the mixtures at
    x's positions, (B, nh, T, hs). Without a cache, layer_past is None and T is total.
    """

    embeds_positions = True  # whether the model adds position embeddings to x

    def __init__(self, config):
        super().__init__()
        if config.n_embd % config.n_head:
            raise ValueError(f"n_embd {config.n_embd} is not a multiple of n_head {config.n_head}")
        self.n_head = config.n_head
        self.n_positions = config.block_size  # how many it can mix
        self.add_scores(config)  # first, since the order of modules decides their initial weights
        self.value = nn.Linear(config.n_embd, config.n_embd)
        self.attn_drop = Dropout(config.attn_pdrop)
        self.resid_drop = Dropout(config.resid_pdrop)
        self.proj = nn.Linear(config.n_embd, config.n_embd)
        # A buffer that is saved, because the course's parameter files have it.
        mask = torch.tril(torch.ones(config.block_size, config.block_size))
        self.register_buffer("mask", mask[None, None])  # (1, 1, block, block)

    def split_heads(self, x):
        B, T, C = x.shape
        return x.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)  # (B, nh, T, hs)

    def visible(self, total, layer_past):
        """Return which of `total` positions each of x's may look at, as booleans."""
        keys = torch.arange(total, device=self.mask.device)
        queries = keys if layer_past is None else layer_past.positions[:, None]
        return keys <= queries[..., None]  # (total, total), or with a cache (B, 1, T, total)

    def forward(self, x, layer_past=None):
        """Attend from the positions x (B, T, C), which follow those in the cache `layer_past`."""
        v = self.split_heads(self.value(x))  # (B, nh, T, hs)
        if layer_past is not None:
            v = layer_past.extend(self, "value", v)  # (B, nh, total, hs)
        y = self.mix(x, v, layer_past)  # (B, nh, T, hs)
        y = y.transpose(1, 2).reshape(x.shape)  # (B, T, C)
        return self.resid_drop(self.proj(y))


class CausalSelfAttention(Attention):
    """Mix by scaled dot products (Vaswani et al. 2017): softmax((X Q)(X K)^T / sqrt(hs)) (X V)."""

    def __new__(cls, config=None):
        # In the assignment's later editions the config chooses rotary embeddings, not the class.
        is_rotary = cls is CausalSelfAttention and getattr(config, "rope", False)
        return super().__new__(RotarySelfAttention if is_rotary else cls)

    def add_scores(self, config):
        self.key = nn.Linear(config.n_embd, config.n_embd)
        self.query = nn.Linear(config.n_embd, config.n_embd)

    def encode_positions(self, x, layer_past):
        """Return the queries or keys x (B, nh, T, hs) of the positions as they are compared."""
        return x

    def mix(self, x, v, layer_past):
        q = self.encode_positions(self.split_heads(self.query(x)), layer_past)  # (B, nh, T, hs)
        k = self.encode_positions(self.split_heads(self.key(x)), layer_past)
        if layer_past is not None:
            k = layer_past.extend(self, "key", k)  # (B, nh, total, hs)
        p = self.attn_drop.p
        # Train by the fused kernel, which the CPU lacks for dropout; else use the formula.
        if self.training and layer_past is None and not (p and x.device.type == "cpu"):
            return F.scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=True)
        scale = 1 / math.sqrt(q.size(-1))
        hidden = ~self.visible(k.size(2), layer_past)
        scores = ((q @ k.mT) * scale).masked_fill(hidden, float("-inf"))  # (B, nh, T, total)
        return self.attn_drop(F.softmax(scores, dim=-1)) @ v  # (B, nh, T, hs)


class RotarySelfAttention(CausalSelfAttention):
    """Mix as CausalSelfAttention does, with rotary embeddings (Su et al. 2021, RoFormer, eq. 34).

    A query or key is turned by angles that grow with its position, so that a score depends on how
    far apart the two are. Raises ValueError if a head's width, n_embd / n_head, is odd.
    """

    embeds_positions = False

    def add_scores(self, config):
        super().add_scores(config)
        cache = precompute_rotary_emb(config.n_embd // config.n_head, config.block_size)
        self.register_buffer("rope_cache", cache)  # (block, hs / 2, 2)

    def encode_positions(self, x, layer_past):
        if layer_past is None:
            return apply_rotary_emb(x, self.rope_cache)
        return apply_rotary_emb(x, self.rope_cache[layer_past.positions[:, None]])


def precompute_rotary_emb(dim, max_positions):
    """Return the cosines and sines (max_positions, dim / 2, 2) of position * 10000^(-2i / dim).

    dim: the width of a head; i counts its pairs of features. Raises ValueError if it is odd.
    """
    if dim % 2:
        raise ValueError(f"a head's width, n_embd / n_head, is {dim}: rope needs an even one")
    rates = 10000.0 ** (-torch.arange(0, dim, 2) / dim)  # (dim / 2,)
    angles = torch.outer(torch.arange(max_positions), rates)
    return torch.stack((angles.cos(), angles.sin()), dim=-1)


def apply_rotary_emb(x, rope_cache):
    """Turn each pair of neighbouring features of x (B, nh, T, hs) by its position's angle.

    rope_cache: from precompute_rotary_emb, of T positions or more, or of each row's own positions,
    (B, 1, T, hs / 2, 2). As a complex number the pair is multiplied by e^(i angle).
    """
    cos, sin = rope_cache[..., : x.size(-2), :, :].unbind(-1)  # (..., T, hs / 2)
    real, imaginary = x.unflatten(-1, (-1, 2)).unbind(-1)  # (B, nh, T, hs / 2)
    turned = (real * cos - imaginary * sin, real * sin + imaginary * cos)
    return torch.stack(turned, dim=-1).flatten(-2).type_as(x)


class NoPositionSelfAttention(CausalSelfAttention):
    """Mix as CausalSelfAttention does, in a model without position embeddings.

    The causal mask alone says what comes before (Haviv et al. 2022; Kazemnejad et al. 2023, NoPE).
    """

    embeds_positions = False


class SynthesizerAttention(Attention):
    """Mix as a Dense Synthesizer (Tay et al. 2020): softmax(ReLU(X A + b1) B + b2) (X V).

    A position computes its scores of all positions from its own vector alone. A and b1 are `w1`. B
    (`w2`) has block_size - 1 columns, one for each position, so T may be at most block_size - 1.
    """

    def __init__(self, config):
        super().__init__(config)
        self.n_positions = config.block_size - 1
        nn.init.uniform_(self.w2, -0.001, 0.001)

    def add_scores(self, config):
        self.w1 = nn.Linear(config.n_embd, config.n_embd)
        self.w2 = nn.Parameter(torch.zeros(config.n_embd // config.n_head, config.block_size - 1))
        self.b2 = nn.Parameter(torch.zeros(config.block_size - 1))

    def mix(self, x, v, layer_past):
        total = v.size(2)
        hidden = F.relu(self.split_heads(self.w1(x)))  # (B, nh, T, hs)
        # The bias is masked before it is added, as there are far more scores.
        bias = self.b2[:total].masked_fill(~self.visible(total, layer_past), float("-inf"))
        scores = hidden @ self.w2[:, :total] + bias  # (B, nh, T, total)
        return self.attn_drop(F.softmax(scores, dim=-1)) @ v  # (B, nh, T, hs)


ATTENTION = {
    "vanilla": CausalSelfAttention,
    "synthesizer": SynthesizerAttention,
    "rope": RotarySelfAttention,
    "nope": NoPositionSelfAttention,
}
