"""Parameter files: plain state dicts, written whole or not at all, read without trust."""

import io
import pickletools
import re
import zipfile
from pathlib import Path

import torch

from text.files import InputError, write_atomically


def save_parameters(model, path):
    """Writes the model's state dict to `path`, as CPU tensors."""
    save_tensors({name: tensor.cpu() for name, tensor in model.state_dict().items()}, path)


def save_tensors(content, path):
    """Writes `content`, of tensors and plain Python objects, so that a crash spares the last file."""
    # Serialised in memory first, so that a full disk is met by the file and not within torch.save.
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


# What torch.save writes into the pickle of tensors in plain containers.
PICKLED = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"}
PICKLED |= {
    f"torch {kind}Storage"
    for kind in "Float Double Half BFloat16 Long Int Short Char Byte Bool".split()
}


def load_tensors(path, limit, kind="parameter file", advice="train it anew"):
    """What torch.save wrote to `path`, if it consists of tensors and plain Python objects.

    The file may come from a stranger: nothing in it is run, and none is read that would take more
    than `limit` bytes of memory. Raises InputError for any other file; kind and advice say which
    file it should be and what to do.
    """
    no_such_file = InputError(f"{path}: not a {kind}, or cut short: {advice}")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > limit:
                raise InputError(
                    f"{path}: its {size:,} bytes are more than such a model can have ({limit:,}): "
                    "use the --recipe it was trained with"
                )
            pickles = [archive.read(each) for each in members if each.filename.endswith(".pkl")]
        # Even with weights_only a pickle could ask for any amount of memory: let it name tensors only.
        (pickled,) = pickles
        for opcode, argument, _ in pickletools.genops(pickled):
            if opcode.name in ("GLOBAL", "STACK_GLOBAL") and argument not in PICKLED:
                raise no_such_file
        return torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a {kind}") from None
    except Exception:  # zipfile and torch raise many kinds for a file that isn't theirs
        raise no_such_file from None


LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # how files of torch before 1.6 begin


def refuse_legacy(path):
    """Raises InputError, which says how to convert it, if `path` is a file of torch before 1.6."""
    try:
        with open(path, "rb") as file:
            legacy = file.read(len(LEGACY)) == LEGACY
    except OSError:
        return
    if legacy:
        raise InputError(
            f"{path}: is in the format of PyTorch before 1.6: if you trust it, convert it: python -c "
            f"\"import torch; torch.save(torch.load('{path}', weights_only=True), '{path}')\""
        )


def load_parameters(model, path):
    """Reads a state dict into `model`; the constant attention masks may be absent from it.

    Raises InputError if the file isn't one, holds numbers that are not finite, or belongs to another
    variant, vocabulary or shape.
    """
    refuse_legacy(path)
    expected = model.state_dict()
    # float64 at most, and room for the names.
    state = load_tensors(path, 2 * count_bytes(model) + 2**20)
    if not isinstance(state, dict) or not all(map(is_parameter, state.items())):
        raise InputError(f"{path}: holds no plain state dict: give a file that run.py wrote")
    masks = {name for name in expected if name.endswith("attn.mask")}
    parameters = {name: tensor for name, tensor in state.items() if name not in masks}
    complaint = compare_states(parameters, {n: t for n, t in expected.items() if n not in masks})
    if complaint:
        raise InputError(f"{path}: {complaint}")
    name = find_non_finite(parameters)
    if name:
        raise InputError(f"{path}: {name} holds numbers that are not finite: train it anew")
    model.load_state_dict({**parameters, **{name: expected[name] for name in masks}})


def is_parameter(item):
    """Whether (name, tensor) of a state dict may be a model's parameter or buffer."""
    name, tensor = item
    return (
        isinstance(name, str)
        and type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and (tensor.layout, tensor.device.type) == (torch.strided, "cpu")
        and (tensor.is_floating_point() or name.endswith("attn.mask"))
    )


def find_non_finite(state):
    """The name of a tensor in `state` that holds NaN or infinity, or None."""
    return next((name for name, tensor in state.items() if not tensor.isfinite().all()), None)


def count_bytes(model):
    """The size of a model's parameters and buffers in memory."""
    return sum(tensor.nbytes for tensor in model.state_dict().values())


def compare_states(found, expected):
    """What is wrong with a state dict for a model that expects another, and what to do; or None."""
    blocks = [
        len({name.split(".")[1] for name in state if name.startswith("blocks.")})
        for state in (found, expected)
    ]
    if blocks[0] and blocks[0] != blocks[1]:
        return f"a model of {blocks[0]} blocks, not {blocks[1]}: use the --recipe it was trained with"
    strange = found.keys() ^ expected.keys()
    if strange and all(".attn." in name for name in strange):
        return "parameters of another attention variant: name the one it was trained with"
    if strange:
        return "parameters of another kind of model: give a file that run.py wrote"
    for name in sorted(expected):
        shape, wanted = list(found[name].shape), list(expected[name].shape)
        if shape == wanted:
            continue
        if name in ("tok_emb.weight", "head.weight") and shape[1:] == wanted[1:]:
            advice = "name the corpus it was pretrained on"
        else:
            advice = "use the --recipe it was trained with"
        return f"{name} is {shape}, this model's is {wanted}: {advice}"
    return None
