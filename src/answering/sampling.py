"""Continue texts with a model, one character after the other, and compute nothing twice."""

import torch
import torch.nn.functional as F


class KVCache:
    """Hold the keys and values of the positions already read, for every attention.

    One row may read the beginning that all have. New characters overwrite a short prompt's padding.
    """

    def __init__(self):
        self.lengths = 0  # or (B, 1): the next position of each row
        self.positions = None  # (B, T), of the characters being read
        self.total = 0  # one more than the last of these positions
        self.tensors = {}  # (attention module, name) -> (B, nh, at least total, hs)

    def advance(self, idx):
        """Return the positions (B, T) of the next ids (B, T), before the attentions run."""
        steps = torch.arange(idx.size(1), device=idx.device)
        self.positions = (self.lengths + steps).expand(idx.shape)  # (B, T)
        self.lengths = self.positions[:, -1:] + 1
        self.total = int(self.lengths.max())
        return self.positions

    def extend(self, module, name, new):
        """Store `new` (B, nh, T, hs) at `positions`; return the module's (B, nh, total, hs)."""
        old = self.tensors.get((module, name))
        if old is None:
            self.tensors[module, name] = new
            return new
        if old.size(2) < self.total or len(old) < len(new):  # a copy, with room for some more
            old = old.expand(len(new), -1, -1, -1)
            old = F.pad(old, (0, 0, 0, max(0, self.total - old.size(2)) + 8))
            self.tensors[module, name] = old
        old[torch.arange(len(new))[:, None], :, self.positions] = new.transpose(1, 2)
        return old[:, :, : self.total]

    def keep_rows(self, rows):
        """Drop all rows except those that the boolean (B,) marks."""
        self.lengths = self.lengths[rows]
        self.tensors = {key: tensor[rows] for key, tensor in self.tensors.items()}


def sample(model, x, steps, temperature=1.0, sample=False, top_k=None):
    """Continue the ids x (B, T) by `steps` characters; return (B, T + steps). See generate."""
    return generate(model, x, steps, temperature, sample, top_k)[0]


@torch.no_grad()
def generate(model, x, steps, temperature=1.0, sample=False, top_k=None, stop=None, lengths=None):
    """Continue the ids x (B, T); return (ids (B, T + n), probs (B, n)), n = steps at most.

    model: any module with get_block_size() whose call on ids returns (logits, loss). Each character
    is the most probable one or, with sample=True, drawn at `temperature` among the top_k. probs:
    the model's, at temperature 1 and among all characters; 1 once a row has ended. stop: an id that
    ends a row, and then fills it. lengths: (B,), of rows that are padded to T; T + steps must be
    within what the model can see. temperature 0 stands for sample=False.
    """
    if not temperature >= 0:
        raise ValueError(f"temperature {temperature}: give a number of 0 or above")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k {top_k}: give a whole number above 0")
    if temperature == 0:
        temperature, sample = 1.0, False
    # Prepare the model, its cache, and room for the new characters.
    was_training = model.training
    model.eval()
    B, T = x.shape
    window = getattr(model, "context_size", model.get_block_size())
    cache = KVCache() if getattr(model, "takes_cache", False) and T <= window else None
    if lengths is None:
        lengths = torch.full((B,), T, device=x.device)
    fill = 0 if stop is None else stop
    out = F.pad(x, (0, steps), value=fill)  # (B, T + steps)
    probs = []  # of the new columns, each (B, 1)
    rows = torch.arange(B, device=x.device)  # of `out`: those still computed
    running = torch.ones((B, 1), dtype=torch.bool, device=x.device)  # (rows, 1)
    for end in range(T, T + steps):
        # Read the prompts, or go on from them.
        if cache is None or end > window:  # there positions move, and a cache would not help
            logits = model(out[rows, max(0, end - window) : end])[0][:, -1]  # (rows, vocab_size)
        elif end == T:
            logits = prefill(model, x, lengths, cache)
        else:
            logits = model(out[rows, end - 1 : end], layer_past=cache)[0][:, -1]
        # Choose the next character of each row, and its probability.
        best = logits / temperature if top_k is None else top_k_logits(logits / temperature, top_k)
        new = best.softmax(-1).multinomial(1) if sample else best.argmax(-1, keepdim=True)
        new = new.where(running, fill)  # (rows, 1)
        prob = logits.softmax(-1).gather(1, new).where(running, 1.0)
        out[rows, end] = new[:, 0]
        probs.append(prob.new_ones((B, 1)).index_copy(0, rows, prob))
        # End the rows that have stopped, and leave them out once they are half of all.
        if stop is None:
            continue
        running &= new != stop
        if not running.any():
            break
        if cache is not None and running.sum() <= len(rows) / 2:
            going = running[:, 0]
            rows, running = rows[going], running[going]
            cache.keep_rows(going)
    model.train(was_training)
    return out[:, : T + len(probs)], torch.cat((torch.ones((B, 0), device=x.device), *probs), dim=1)


def prefill(model, x, lengths, cache):
    """Read the prompts x (B, T) of `lengths` (B,) into the empty cache; return the logits
    (B, vocab_size) of the character after each. Their common beginning is read once.
    """
    alike = (x == x[0]).all(0)[: int(lengths.min()) - 1]
    shared = int(alike.cumprod(0).sum()) if len(x) > 1 else 0
    if shared:
        model(x[:1, :shared], layer_past=cache)
    last = torch.arange(x.size(1), device=x.device) == lengths[:, None] - 1  # (B, T)
    logits, _ = model(x[:, shared:], layer_past=cache, where=last[:, shared:])
    cache.lengths = lengths[:, None]
    return logits


def top_k_logits(logits, k):
    """Return the logits (B, vocab_size) with -inf for all except the k best of each row."""
    lowest = logits.topk(min(k, logits.size(-1))).values[:, -1:]
    return logits.masked_fill(logits < lowest, float("-inf"))
