"""Continuing texts with a model: one character after the other, nothing computed twice."""

import torch
import torch.nn.functional as F


class Cache:
    """What attention needs of the positions already seen.

    A first part that all rows share may be seen by one row alone, which then serves them all.
    Rows may differ in length: `lengths` (B, 1) says where the next character of each row stands.
    No later position sees what is kept from there on, such as the padding of a shorter prompt, and
    new characters overwrite it.
    """

    def __init__(self):
        self.lengths = 0
        self.positions = None  # (B, T), of the characters that are being processed
        self.total = 0  # one more than the last of these positions
        self.kept = {}  # (attention module, name) -> (B, nh, at least total, hs)

    def advance(self, idx):
        """Takes up the positions of the next ids (B, T), before the attentions run; returns them."""
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
        if kept.size(2) < self.total or len(kept) < len(new):  # a copy, with room for some more
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


@torch.no_grad()
def sample(
    model, x, steps, temperature=1.0, sample=False, top_k=None, stop=None, lengths=None, chances=None
):
    """Continues the ids x (B, T) by `steps` characters; returns (B, T + steps).

    model: any module with get_block_size() whose call on ids returns (logits, loss). A GPT of ours
    is read through a Cache. The model is put into evaluation mode.
    Each character is the most probable one, or, with sample=True, drawn from the distribution at
    `temperature`, cut to the top_k most probable.
    stop: an id that ends a row, which then goes on with it. The result has fewer columns when all
    rows have ended before. lengths: (B,), for rows shorter than T: what follows is skipped.
    They need room: raises ValueError if T + steps exceeds what the model can see.
    chances: a list that gets, for each new column, the probability (B,) that the model gives to its
    character, at temperature 1 and among all characters; 1 once a row has ended.
    """
    model.eval()
    window = getattr(model, "context_size", model.get_block_size())
    cache = Cache() if getattr(model, "takes_cache", False) else None
    if lengths is None:
        lengths = torch.full((len(x),), x.size(1), device=x.device)
    elif cache is None or x.size(1) + steps > window:
        raise ValueError(f"{x.size(1)} and {steps} characters: with lengths {window} at most")
    out = x
    rows = torch.arange(len(x), device=x.device)  # of `out`: those in x
    running = torch.ones(len(x), dtype=torch.bool, device=x.device)
    for step in range(steps):
        if cache is None or x.size(1) > window:  # beyond it positions move, and a cache is of no use
            logits = model(x[:, -window:])[0][:, -1]  # (rows, vocab_size)
        elif step == 0:
            logits = read_prompts(model, x, lengths, cache)
        else:
            logits = model(x[:, -1:], layer_past=cache)[0][:, -1]
        new = choose(logits / temperature, sample, top_k)  # (rows, 1)
        x = torch.cat((x, new), dim=1)
        if chances is not None:
            chance = logits.softmax(-1).gather(1, new)[:, 0]  # (rows,)
            chances.append(chance.new_ones(len(out)).index_copy(0, rows, chance.where(running, 1.0)))
        if stop is None:
            out = x
            continue
        column = torch.full_like(out[:, :1], stop)
        column[rows] = new.where(running[:, None], stop)
        out = torch.cat((out, column), dim=1)
        running &= new[:, 0] != stop
        if not running.any():
            break
        if cache is not None and running.sum() <= len(rows) / 2:  # go on with these only
            rows, x = rows[running], x[running]
            cache.keep_rows(running)
            running = running[running]
    return out


def choose(logits, sample, top_k):
    """The next ids (B, 1) by the logits (B, vocab_size): the best, or drawn from the top_k best."""
    if top_k is not None:
        logits = top_k_logits(logits, top_k)
    if sample:
        return torch.multinomial(logits.softmax(-1), num_samples=1)
    return logits.argmax(-1, keepdim=True)


def top_k_logits(logits, k):
    """The logits (B, vocab_size) with -inf for all but the k best of each row."""
    lowest = logits.topk(min(k, logits.size(-1))).values[:, -1:]
    return logits.masked_fill(logits < lowest, float("-inf"))


def read_prompts(model, x, lengths, cache):
    """Logits (B, vocab_size) of the character after each of the prompts x (B, T), whose lengths are
    (B,). Fills the cache. What all prompts begin with is read once.
    """
    shared = 0
    if len(x) > 1:
        alike = (x == x[0]).all(0)[: int(lengths.min()) - 1]
        shared = int(alike.cumprod(0).sum())
    if shared:
        model(x[:1, :shared], layer_past=cache)
    last = torch.arange(x.size(1), device=x.device) == lengths[:, None] - 1  # (B, T)
    logits, _ = model(x[:, shared:], layer_past=cache, where=last[:, shared:])
    cache.lengths = lengths[:, None]
    return logits
