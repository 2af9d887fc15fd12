"""Compute what the tests judge by: the attentions' formulas naively, head by head, from a state
dict, and greedy decoding that computes everything anew.
"""

import math

import torch


def linear(state, name, x):
    bias = state.get(f"{name}.bias")
    y = x @ state[f"{name}.weight"].T
    return y if bias is None else y + bias


def causal_softmax(scores):
    T = scores.size(-1)
    weights = torch.zeros_like(scores)
    for t in range(T):
        row = torch.exp(scores[:, t, : t + 1] - scores[:, t, : t + 1].max(-1, keepdim=True).values)
        weights[:, t, : t + 1] = row / row.sum(-1, keepdim=True)
    return weights


def rotate(x):
    """Apply equation 34 of RoFormer (Su et al. 2021) to pairs of features (B, T, size) as complex
    numbers: multiply pair i at position t by e^(i t 10000^(-2i / size)).
    """
    _, T, size = x.shape
    rates = 10000 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.arange(T, dtype=torch.float64)[:, None] * rates
    turned = torch.complex(x[..., ::2], x[..., 1::2]) * torch.exp(1j * angles).to(torch.cdouble)
    return torch.view_as_real(turned).flatten(2).to(x.dtype)


def weigh(state, name, x, n_head):
    """Apply equation 3 of the handout, or 5: x (B, T, C) -> weights of each head, (B, nh, T, T)."""
    T, size = x.size(1), x.size(2) // n_head
    weights = []
    for i in range(n_head):
        columns = slice(i * size, (i + 1) * size)
        if f"{name}w2" in state:
            hidden = torch.relu(linear(state, f"{name}w1", x)[..., columns])
            scores = hidden @ state[f"{name}w2"][:, :T] + state[f"{name}b2"][:T]
        else:
            q = linear(state, f"{name}query", x)[..., columns]
            k = linear(state, f"{name}key", x)[..., columns]
            if f"{name}rope_cache" in state:
                q, k = rotate(q), rotate(k)
            scores = q @ k.transpose(1, 2) / math.sqrt(size)
        weights.append(causal_softmax(scores))
    return torch.stack(weights, dim=1)


def attend(state, name, x, n_head):
    """Apply equation 4: x (B, T, C) -> (B, T, C)."""
    values = linear(state, f"{name}value", x).chunk(n_head, dim=-1)
    weights = weigh(state, name, x, n_head).unbind(1)
    heads = [weight @ value for weight, value in zip(weights, values)]
    return linear(state, f"{name}proj", torch.cat(heads, -1))


@torch.no_grad()
def sample_naively(model, x, steps, window):
    """Decode greedily, one row and one character at a time; the model sees the last `window`."""
    rows = []
    for row in x:
        row = row[None]
        for _ in range(steps):
            logits = model(row[:, -window:])[0]
            row = torch.cat((row, logits[:, -1:].argmax(-1)), dim=1)
        rows.append(row)
    return torch.cat(rows)
