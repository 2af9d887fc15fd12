"""Choose where the model runs, and in which precision."""

import os
from contextlib import contextmanager

import torch

from text.console import InputError, note

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def choose_device(name=None):
    """Return the torch.device called `name`; of several processes with CUDA each takes a GPU.

    Without a name: CUDA if there is a GPU that works, else the CPU, with a note on stderr if there
    is one that doesn't. Raises InputError for a device that isn't there or doesn't work.
    """
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
        if device == torch.device("cuda") and "LOCAL_RANK" in os.environ:
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(device)  # for what names no GPU, such as pinned memory
        torch.ones(1, device=device) + 1
        return device
    except (RuntimeError, AssertionError) as error:  # the latter from a torch without CUDA
        problem = f"{str(error).strip().splitlines()[0]:.120}"
    if name:
        raise InputError(f"device {str(name)!r}: {problem}: try --device cpu")
    note(f"running on the CPU: {problem}")
    return torch.device("cpu")


def choose_dtype(device, name=None):
    """Return the type of matrix products in training, a key of DTYPES.

    Without a name it is bfloat16 on a GPU that has it, else float32. Raises InputError for bfloat16
    on a device that would only emulate it, many times slower.
    """
    on_gpu = device.type == "cuda"
    has_bfloat16 = torch.cuda.is_bf16_supported(False) if on_gpu else cpu_has_bfloat16()
    if name == "bfloat16" and not has_bfloat16:
        device = describe_device(device)
        raise InputError(f"--dtype bfloat16: {device} does not have it: leave it out")
    return name or ("bfloat16" if on_gpu and has_bfloat16 else "float32")


def cpu_has_bfloat16():
    """Return whether oneDNN computes in bfloat16 on this CPU; torch for macOS lacks oneDNN."""
    is_supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return is_supported is not None and is_supported()


@contextmanager
def flush_denormals():
    """Make the CPU take numbers nearer to zero than 1e-38 for zero within the block.

    Multiplying them is ten times slower, and GELU's gradient is full of them once a model's
    activations have grown. Threads of torch that run already stay as they are.
    """
    was_flushed = (torch.tensor(1e-39) * 1.0).item() == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(was_flushed)


def describe_device(device):
    """Return 'the CPU with 2 threads', the name of a GPU, or else of the kind of device."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    threads = torch.get_num_threads()
    return f"the CPU with {threads} thread{'s' if threads > 1 else ''}"
