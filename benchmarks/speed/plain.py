"""Do in the straightforward way what src/ does fast: the baseline that the benchmarks name.

Attention by masked softmax over the whole block, per-character encoding, every example padded to
127 characters, logits of pads too, unfused AdamW; answers one at a time, with nothing kept between
characters.
"""

import math
import random
import sys
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.append(str(Path(__file__).resolve().parent.parent))
import common  # noqa: E402, F401

from attention import ATTENTION, CausalSelfAttention, SynthesizerAttention  # noqa: E402
from model import GPT  # noqa: E402
from recipes import model_config  # noqa: E402
from text.formats import MASK_CHAR, MAX_ANSWER, PAD_CHAR, PAD_ID  # noqa: E402


def mask_softmax(attention, scores):
    T = scores.size(-1)
    scores = scores.masked_fill(attention.mask[:, :, :T, :T] == 0, -1e10)
    return attention.attn_drop(F.softmax(scores, dim=-1))


class PlainCausalSelfAttention(CausalSelfAttention):
    def mix(self, x, v, layer_past):
        q, k = self.split_heads(self.query(x)), self.split_heads(self.key(x))
        return mask_softmax(self, q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))) @ v


class PlainSynthesizerAttention(SynthesizerAttention):
    def mix(self, x, v, layer_past):
        scores = F.relu(self.split_heads(self.w1(x))) @ self.w2 + self.b2
        return mask_softmax(self, scores[..., : x.size(1)]) @ v


def make_model(variant, vocab_size):
    """Make the recipe handout's model with plain attention and torch's dropout."""
    ATTENTION["plain vanilla"] = PlainCausalSelfAttention
    ATTENTION["plain synthesizer"] = PlainSynthesizerAttention
    model = GPT(model_config("handout", f"plain {variant}", vocab_size))
    for parent in list(model.modules()):
        for name, module in parent.named_children():
            if isinstance(module, nn.Dropout):
                setattr(parent, name, nn.Dropout(module.p))
    return model


def corrupt(document, stoi, block_size):
    """Return x and y of span corruption, character by character, padded."""
    document = document[: random.randint(4, int(block_size * 7 / 8))]
    length = min(len(document), random.randint(1, max(1, len(document) // 2 - 1)))
    start = random.randint(0, len(document) - length)
    text = document[:start] + MASK_CHAR + document[start + length :] + MASK_CHAR
    text += document[start : start + length]
    text += PAD_CHAR * (block_size - len(text))
    x = torch.tensor([stoi[character] for character in text[:-1]], dtype=torch.long)
    y = torch.tensor([stoi[character] for character in text[1:]], dtype=torch.long)
    return x, y


def take_step(model, optimizer, documents, stoi, block_size):
    """Take one optimizer step on a batch of documents, from text to new parameters."""
    pairs = [corrupt(document, stoi, block_size) for document in documents]
    x, y = (torch.stack(column) for column in zip(*pairs))
    logits, _ = model(x)  # (B, T, vocab_size)
    loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=PAD_ID)
    model.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


@torch.no_grad()
def answer(model, dataset, question):
    """Answer one question greedily: MAX_ANSWER characters, everything computed anew for each."""
    x = torch.tensor([[dataset.stoi[character] for character in question + MASK_CHAR]])
    for _ in range(MAX_ANSWER):
        logits, _ = model(x[:, -model.context_size :])
        x = torch.cat((x, logits[:, -1].argmax(-1, keepdim=True)), dim=1)
    text = "".join(dataset.itos[int(i)] for i in x[0])
    return " ".join(text.split(MASK_CHAR)[1].splitlines())
