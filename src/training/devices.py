"""Where the model runs, and in which precision."""

import sys

import torch

from text.files import InputError
from training import distributed

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def choose_device(name=None):
    """The torch.device called `name`. Without a name: CUDA if there is a GPU that works, else the
    CPU, with a note on stderr if there is one that doesn't.

    Raises InputError for a name that torch doesn't know, or a device that isn't there or
    doesn't work.
    """
    if name is None:
        if not torch.cuda.is_available():
            return torch.device("cpu")
        device = take_gpu(torch.device("cuda"))
        problem = try_device(device)
        if problem is None:
            return device
        print(f"note: running on the CPU: {problem}", file=sys.stderr)
        return torch.device("cpu")
    problem = "not on this machine"
    try:
        device = take_gpu(torch.device(name))
        if device.type == "cpu" or (device.type == "cuda" and torch.cuda.is_available()):
            problem = try_device(device)
            if problem is None:
                return device
    except RuntimeError:  # torch does not know the name
        pass
    raise InputError(f"device {name!r}: {problem}: try --device cpu")


def take_gpu(device):
    """Return `device`; for CUDA and several processes, this process's own GPU."""
    if distributed.world_size() == 1 or device != torch.device("cuda"):
        return device
    local_rank = distributed.local_rank()
    if local_rank < torch.cuda.device_count():
        torch.cuda.set_device(local_rank)  # for what names no GPU, such as pinned memory
    return torch.device("cuda", local_rank)


def try_device(device):
    """Return None if `device` can compute, else why it can't, on one line."""
    n_processes, n_gpus = distributed.local_world_size(), torch.cuda.device_count()
    if device.type == "cuda" and 1 < n_processes > n_gpus:
        return f"{n_processes} processes on this machine, with GPUs for {n_gpus} of them"
    try:
        torch.ones(1, device=device) + 1
    except (RuntimeError, AssertionError) as error:
        return str(error).strip().splitlines()[0]
    return None


def flush_denormals():
    """Has the CPU take numbers nearer to zero than 1e-38 for zero. Multiplying them is ten times
    slower, and GELU's gradient is full of them once a model's activations have grown.

    To be called before torch computes with several threads: those that have started stay as they are.
    """
    torch.set_flush_denormal(True)


def describe_device(device):
    """'the CPU with 2 threads', or the name of a GPU."""
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"the CPU with {threads} thread{'s' if threads > 1 else ''}"
    return torch.cuda.get_device_name(device)


def cpu_has_bfloat16():
    """Return whether oneDNN computes in bfloat16 on this CPU; builds without oneDNN lack the op."""
    return hasattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported") and (
        torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


def choose_dtype(device, name=None):
    """The type of matrix products in training, a key of DTYPES: `name`, or without one bfloat16 on a GPU
    that has it, else float32.

    Raises InputError for bfloat16 on a device that would only emulate it, many times slower.
    """
    if device.type == "cuda":
        has_bfloat16 = torch.cuda.is_bf16_supported(False)
        default = "bfloat16" if has_bfloat16 else "float32"
    else:
        has_bfloat16 = cpu_has_bfloat16()
        default = "float32"
    if name == "bfloat16" and not has_bfloat16:
        raise InputError(f"--dtype bfloat16: {describe_device(device)} does not have it: leave it out")
    return name or default
