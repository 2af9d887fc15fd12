"""Make a model small enough that the tests can compute everything about it twice."""

import torch

from attention import ATTENTION
from model import GPT, GPTConfig

VARIANTS = sorted(ATTENTION)
SHAPE = dict(n_layer=2, n_head=2, n_embd=16, embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0)


def make_gpt(variant="vanilla", seed=0, vocab_size=11, block_size=12, std=None, **shape):
    """Make a GPT as a training would start from it, or, so that what it says varies, with all
    parameters drawn at random, N(0, std) away from 0 or, in a norm's scale, from 1.
    """
    torch.manual_seed(seed)
    model = GPT(GPTConfig(vocab_size, block_size, attention=variant, **{**SHAPE, **shape}))
    if std is not None:
        for name, parameter in model.named_parameters():
            is_scale = name.endswith("weight") and parameter.dim() == 1
            torch.nn.init.normal_(parameter, mean=float(is_scale), std=std)
    return model
