"""Where the model runs, and in which precision."""

import sys

import torch

from text.files import InputError
from training.distributed import join

# The build of torch 2.13 with kernels for older GPUs, and from which compute capability to which.
OLD_GPU_BUILD = ("cu126", (5, 0), (9, 0))
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
    """`device`; if that is CUDA and torchrun has started several processes, this process's own GPU."""
    processes = join()
    if processes.size == 1 or device != torch.device("cuda"):
        return device
    if processes.local_rank < torch.cuda.device_count():
        torch.cuda.set_device(processes.local_rank)  # for what names no GPU, such as pinned memory
    return torch.device("cuda", processes.local_rank)


def try_device(device):
    """None if `device` can compute, else why it can't and what helps, on one line."""
    neighbours = join().local_size
    if device.type == "cuda" and neighbours > 1 and neighbours > torch.cuda.device_count():
        return f"{neighbours} processes on this machine, with GPUs for {torch.cuda.device_count()} of them"
    try:
        torch.ones(1, device=device).add(1).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        if device.type != "cuda" or "kernel image" not in reason:
            return reason
        name, capability = torch.cuda.get_device_name(device), torch.cuda.get_device_capability(device)
        build, oldest, newest = OLD_GPU_BUILD
        version = torch.__version__.split("+")[0]
        advice = "no build of it is known to have them"
        if oldest <= capability <= newest:
            advice = f"install its {build} build, torch=={version}+{build}"
        return (
            f"torch {torch.__version__} has no kernels for {name} (compute capability "
            f"{capability[0]}.{capability[1]}): {advice}"
        )


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


def choose_dtype(device, name=None):
    """The type of matrix products in training, a key of DTYPES: `name`, or without one bfloat16 on a GPU
    that has it, else float32.

    Raises InputError for bfloat16 on a device that would only emulate it, many times slower.
    """
    if device.type == "cuda":
        has_bfloat16 = torch.cuda.is_bf16_supported(False)
        default = "bfloat16" if has_bfloat16 else "float32"
    else:
        has_bfloat16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        default = "float32"
    if name == "bfloat16" and not has_bfloat16:
        raise InputError(f"--dtype bfloat16: {describe_device(device)} does not have it: leave it out")
    return name or default
