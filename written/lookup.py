"""Try question 2(g) ii: what one layer of synthesized attention cannot do.

    python written/lookup.py [--steps 1500] [--seed 0]

A sequence holds sixteen items in random order, each one token that carries a key and a value; the last
token asks for one of the keys, and the answer is its value. In training the item asked for never
stands where (key + position) is a multiple of 4; in testing it always does, so that no pair of key
and position can have been learned by heart. Both models are one attention of src/attention.py, with
the residual around it, between an embedding and a linear read-out.
"""

import sys
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from attention import ATTENTION  # noqa: E402
from model import GPTConfig  # noqa: E402
from runs.options import COUNT, SEED  # noqa: E402
from text.console import Parser, report_mistakes  # noqa: E402
from utils import set_seed  # noqa: E402

KEYS, VALUES = 16, 8
N_TOKENS = KEYS * VALUES + KEYS  # items, then questions


def make_batch(size, held_out):
    """Return tokens (n, KEYS + 1), answers (n,), n <= size, for items at held-out places or not."""
    order = torch.rand(size, KEYS).argsort(1)  # (size, KEYS): the key at each position
    values = torch.randint(VALUES, (size, KEYS))
    allowed = ((order + torch.arange(KEYS)) % 4 == 0) == held_out
    # Ask about one of the allowed positions; leave out the few orders that have none.
    asked = (torch.rand(size, KEYS) + allowed).argmax(1)
    rows = torch.arange(size)
    usable = allowed[rows, asked]
    question = KEYS * VALUES + order[rows, asked]
    tokens = torch.cat((order * VALUES + values, question[:, None]), dim=1)
    return tokens[usable], values[rows, asked][usable]


class OneLayer(nn.Module):
    """Map tokens (B, T) to logits of the answer (B, VALUES), from the last position."""

    def __init__(self, variant, n_embd=64):
        super().__init__()
        no_dropout = dict(embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0)
        config = GPTConfig(N_TOKENS, KEYS + 2, n_head=4, n_embd=n_embd, **no_dropout)
        self.tok_emb = nn.Embedding(N_TOKENS, n_embd)
        self.pos_emb = nn.Parameter(torch.zeros(KEYS + 1, n_embd))
        self.attn = ATTENTION[variant](config)
        self.head = nn.Linear(n_embd, VALUES)

    def forward(self, tokens):
        x = self.tok_emb(tokens) + self.pos_emb  # (B, T, C)
        return self.head((x + self.attn(x))[:, -1])


def train(variant, steps, seed=0, batch_size=256):
    """Train a model; return its right answers, in %, at training's places and at held-out ones."""
    set_seed(seed)
    model = OneLayer(variant)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        tokens, answers = make_batch(batch_size, held_out=False)
        loss = F.cross_entropy(model(tokens), answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scores = []
    for held_out in (False, True):
        tokens, answers = make_batch(10_000, held_out)
        with torch.no_grad():
            right = model(tokens).argmax(1) == answers
        scores.append(100 * right.double().mean().item())
    return scores


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=COUNT, default=1500)
    parser.add_argument("--seed", type=SEED, default=0)
    options = parser.parse_args()
    print("| one layer of | right, places of training | right, held-out places |")
    print("|---|---|---|")
    for variant in ("vanilla", "synthesizer"):
        seen, held_out = train(variant, options.steps, options.seed)
        print(f"| {variant} | {seen:.1f} % | {held_out:.1f} % |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
