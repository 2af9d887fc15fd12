"""Make attention maps, which show how much each position takes from the positions before it."""

import base64

import torch

from text.formats import MASK_CHAR

SCALE = 255  # a weight of 1 in the page's bytes


@torch.no_grad()
def measure_attention(model, ids):
    """Return the attention weights of all layers, (layers, heads, T, T), for the ids (T,).

    It works for any variant: mixing unit vectors instead of values gives the weights themselves.
    """
    weights = []

    def keep(attention, inputs):
        (x, *_) = inputs
        units = torch.eye(x.size(1)).expand(len(x), attention.n_head, -1, -1)  # (1, nh, T, T)
        weights.append(attention.mix(x, units, None)[0])

    hooks = [block.attn.register_forward_pre_hook(keep) for block in model.eval().blocks]
    try:
        model(ids[None])
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(weights)


def make_map(model, vocabulary, question, answer):
    """Return the map that the page draws of a question and the model's answer, a dict.

    text: the characters that the model reads. heads: for each layer and head the rows of the
    lower triangle, a byte for each weight, in base64.
    """
    text = [c for c in f"{question}{MASK_CHAR}{answer}" if c in vocabulary.stoi][
        -model.context_size :
    ]
    weights = measure_attention(model, vocabulary.encode(text))  # (layers, nh, T, T)
    rows, columns = torch.tril_indices(len(text), len(text))
    codes = (
        (weights[..., rows, columns] * SCALE).round().to(torch.uint8)
    )  # (layers, nh, T (T + 1) / 2)
    heads = [[base64.b64encode(bytes(head.tolist())).decode() for head in layer] for layer in codes]
    return {"text": text, "heads": heads}
