"""Write parameter files, plain state dicts, atomically; read them by torch's safe loader."""

import io

import torch

from text.console import InputError
from text.files import write_atomically


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
    state, own = load_tensors(path), model.state_dict()
    masks = {name: own[name] for name in own if name.endswith("attn.mask")}
    try:
        model.load_state_dict({**state, **masks})
    except (RuntimeError, TypeError) as error:  # torch has a line for each kind of difference
        difference = str(error).splitlines()[-1].strip("\t.")
        advice = "use the variant, the corpus and the --recipe that it was trained with"
        raise InputError(f"{path}: of another model ({difference:.150}): {advice}") from None
    if name := find_non_finite(model.state_dict()):
        raise InputError(f"{path}: {name} holds numbers that are not finite: train it anew")


def find_non_finite(state):
    """Return the name of a tensor in `state` that holds NaN or infinity, or None."""
    return next((name for name, tensor in state.items() if not tensor.isfinite().all()), None)


def count_parameters(model):
    """Return the number of a model's parameters."""
    return sum(parameter.numel() for parameter in model.parameters())
