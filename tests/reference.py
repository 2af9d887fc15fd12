"""What the tests judge by: the model's formulas written naively, head by head, from a plain state
dict, and greedy decoding that computes everything anew.
"""

import math

import torch


def linear(state, name, x):
    bias = state.get(f"{name}.bias")
    y = x @ state[f"{name}.weight"].T
    return y if bias is None else y + bias


def layer_norm(state, name, x):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5) * state[f"{name}.weight"] + state[f"{name}.bias"]


def causal_softmax(scores):
    T = scores.size(-1)
    weights = torch.zeros_like(scores)
    for t in range(T):
        row = torch.exp(scores[:, t, : t + 1] - scores[:, t, : t + 1].max(-1, keepdim=True).values)
        weights[:, t, : t + 1] = row / row.sum(-1, keepdim=True)
    return weights


def rotate(x):
    """Equation 34 of RoFormer (Su et al. 2021), with pairs of features (B, T, size) as complex
    numbers: multiplies pair i at position t by e^(i t 10000^(-2i / size)).
    """
    _, T, size = x.shape
    rates = 10000 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.arange(T, dtype=torch.float64)[:, None] * rates
    turned = torch.complex(x[..., ::2], x[..., 1::2]) * torch.exp(1j * angles).to(torch.cdouble)
    return torch.view_as_real(turned).flatten(2).to(x.dtype)


def attend(state, name, x, n_head):
    """Equations 3 and 5 of the handout, then 4: x (B, T, C) -> (B, T, C)."""
    B, T, C = x.shape
    size = C // n_head
    heads = []
    for i in range(n_head):
        columns = slice(i * size, (i + 1) * size)
        v = linear(state, f"{name}value", x)[..., columns]
        if f"{name}w2" in state:
            hidden = torch.relu(linear(state, f"{name}w1", x)[..., columns])
            scores = hidden @ state[f"{name}w2"][:, :T] + state[f"{name}b2"][:T]
        else:
            q = linear(state, f"{name}query", x)[..., columns]
            k = linear(state, f"{name}key", x)[..., columns]
            if f"{name}rope_cache" in state:
                q, k = rotate(q), rotate(k)
            scores = q @ k.transpose(1, 2) / math.sqrt(size)
        heads.append(causal_softmax(scores) @ v)
    return linear(state, f"{name}proj", torch.cat(heads, -1))


def gpt_logits(state, idx, n_head):
    """Logits (B, T, vocab) of a course's parameter file, in the precision of `state`."""
    x = state["tok_emb.weight"][idx]
    if "pos_emb" in state:
        x = x + state["pos_emb"][:, : idx.size(1)]
    layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
    for n in range(layers):
        block = f"blocks.{n}"
        x = x + attend(state, f"{block}.attn.", layer_norm(state, f"{block}.ln1", x), n_head)
        hidden = linear(state, f"{block}.mlp.0", layer_norm(state, f"{block}.ln2", x))
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
        x = x + linear(state, f"{block}.mlp.2", hidden)
    return linear(state, "head", layer_norm(state, "ln_f", x))


@torch.no_grad()
def sample_naively(model, x, steps, window):
    """Greedy decoding, one row and one character at a time; the model sees the last `window`."""
    rows = []
    for row in x:
        row = row[None]
        for _ in range(steps):
            logits = model(row[:, -window:])[0]
            row = torch.cat((row, logits[:, -1:].argmax(-1)), dim=1)
        rows.append(row)
    return torch.cat(rows)
