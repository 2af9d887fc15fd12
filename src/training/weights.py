"""Parameter files: plain state dicts, written whole or not at all, read by torch's safe loader."""

import io
import re
from pathlib import Path

import torch

from text.files import InputError, write_atomically


def save_parameters(model, path):
    """Write the model's state dict to `path`, as CPU tensors."""
    save_tensors({name: tensor.cpu() for name, tensor in model.state_dict().items()}, path)


def save_tensors(content, path):
    """Write tensors and plain Python objects to `path`, atomically."""
    # In memory first, so that write_atomically meets a full disk, not torch.save.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with write_atomically(path, "wb") as file:
        file.write(buffer.getbuffer())


def list_kept(path):
    """{N: OUTPUT.N}, by N, of the files that --keep_every has written beside OUTPUT, `path`."""
    path = Path(path)
    pattern = re.compile(re.escape(path.name) + r"\.([1-9][0-9]*)")
    found = (pattern.fullmatch(each.name) for each in path.parent.glob("*") if each.is_file())
    return {number: f"{path}.{number}" for number in sorted(int(each[1]) for each in found if each)}


def load_tensors(path, kind="parameter file", advice="train it anew"):
    """Load what save_tensors wrote to `path`. Nothing in the file is run (weights_only).

    Raises InputError if torch can't load it; kind and advice are for its message.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a {kind}") from None
    except Exception:  # torch raises many kinds for a file that isn't its own
        raise InputError(f"{path}: not a {kind}, or cut short: {advice}") from None


def load_parameters(model, path):
    """Load a state dict from `path` into `model`; the constant attention masks are optional.

    Raises InputError if the file doesn't hold one, if a number is not finite, or if it belongs to
    another variant, vocabulary or shape.
    """
    state = load_tensors(path)
    if not isinstance(state, dict) or not all(isinstance(t, torch.Tensor) for t in state.values()):
        raise InputError(f"{path}: holds no plain state dict: give a file that run.py wrote")
    own = model.state_dict()
    state = {**state, **{name: own[name] for name in own if name.endswith("attn.mask")}}
    complaint = compare_states(state, own)
    if complaint:
        raise InputError(f"{path}: {complaint}")
    name = find_non_finite(state)
    if name:
        raise InputError(f"{path}: {name} holds numbers that are not finite: train it anew")
    model.load_state_dict(state)


def find_non_finite(state):
    """Return the name of a tensor in `state` that holds NaN or infinity, or None."""
    return next((name for name, tensor in state.items() if not tensor.isfinite().all()), None)


def count_bytes(model):
    """Return the size of a model's parameters and buffers in memory."""
    return sum(tensor.nbytes for tensor in model.state_dict().values())


def compare_states(found, expected):
    """Return how a state dict differs from the expected one, with advice; or None."""
    strange = sorted(map(str, found.keys() ^ expected.keys()))
    if strange and all(".attn." in name for name in strange):
        return "parameters of another attention variant: name the one it was trained with"
    if strange:
        return f"parameters of another model, by {strange[0]}: use the --recipe it was trained with"
    for name in sorted(expected):
        shape, wanted = list(found[name].shape), list(expected[name].shape)
        if shape != wanted:
            by_vocabulary = name in ("tok_emb.weight", "head.weight") and shape[1:] == wanted[1:]
            advice = "name the corpus it was pretrained on"
            if not by_vocabulary:
                advice = "use the --recipe it was trained with"
            return f"{name} is {shape}, this model's is {wanted}: {advice}"
    return None
