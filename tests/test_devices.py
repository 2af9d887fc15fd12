import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from conftest import ROOT, refuse, run_forked

from model import GPT
from text.console import InputError
from training.devices import choose_device, choose_dtype, describe_device

OUT_OF_MEMORY = "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported.\n"


@pytest.fixture
def gpu(monkeypatch):
    """Return a function that makes torch see a GPU: its name, and what it says when it computes."""
    ones = torch.ones

    def install(name="NVIDIA GeForce GTX 1080", complaint=None, kind=RuntimeError):
        def compute(*size, device=None, **words):
            if torch.device(device or "cpu").type != "cuda":
                return ones(*size, device=device, **words)
            if complaint:
                raise kind(complaint)
            return ones(*size, **words)

        monkeypatch.setattr(torch, "ones", compute)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: name)

    return install


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_without_a_gpu_it_is_the_cpu_and_nothing_is_said(no_gpu, capsys):
    assert choose_device() == choose_device("cpu") == torch.device("cpu")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["nonsense", "cuda", "cuda:99"])
def test_devices_that_are_not_there_are_refused_with_another_to_try(no_gpu, name):
    with pytest.raises(InputError, match=f"^device '{name}': .*: try --device cpu$"):
        choose_device(name)


def test_a_gpu_that_works_is_chosen_without_a_word(gpu, capsys):
    gpu()
    assert choose_device() == choose_device("cuda") == torch.device("cuda")
    assert choose_device("cpu") == torch.device("cpu")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [RuntimeError, torch.AcceleratorError])
def test_a_gpu_that_fails_is_left_with_torchs_first_line(gpu, capsys, kind):
    gpu(complaint=OUT_OF_MEMORY, kind=kind)
    assert choose_device() == torch.device("cpu")
    assert capsys.readouterr().err == "note: running on the CPU: CUDA error: out of memory\n"
    message = "^device 'cuda:0': CUDA error: out of memory: try --device cpu$"
    with pytest.raises(InputError, match=message):
        choose_device("cuda:0")


def test_a_device_is_described_by_its_threads_or_its_name(gpu, monkeypatch):
    cpu = torch.device("cpu")
    for threads, words in [(1, "1 thread"), (2, "2 threads"), (64, "64 threads")]:
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        assert describe_device(cpu) == f"the CPU with {words}"
    gpu("NVIDIA A100")
    assert describe_device(torch.device("cuda")) == "NVIDIA A100"


@pytest.mark.parametrize("real, emulated", [(True, True), (False, True), (False, False)])
def test_bfloat16_is_for_gpus_that_do_not_only_emulate_it(gpu, monkeypatch, real, emulated):
    gpu("NVIDIA A100")
    support = {True: emulated, False: real}
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda emulation=True: support[emulation])
    cuda = torch.device("cuda")
    assert choose_dtype(cuda) == ("bfloat16" if real else "float32")
    assert choose_dtype(cuda, "float32") == "float32"
    if real:
        assert choose_dtype(cuda, "bfloat16") == "bfloat16"
    else:
        message = "^--dtype bfloat16: NVIDIA A100 does not have it: leave it out$"
        with pytest.raises(InputError, match=message):
            choose_dtype(cuda, "bfloat16")


def test_bfloat16_can_be_had_on_a_cpu_that_computes_in_it(monkeypatch):
    cpu, name = torch.device("cpu"), "_is_mkldnn_bf16_supported"
    monkeypatch.setattr(torch.ops.mkldnn, name, lambda: True)
    assert choose_dtype(cpu, "bfloat16") == "bfloat16" and choose_dtype(cpu) == "float32"
    without = SimpleNamespace()  # a build without oneDNN
    for mkldnn in (SimpleNamespace(**{name: lambda: False}), without):
        monkeypatch.setattr(torch.ops, "mkldnn", mkldnn)
        assert choose_dtype(cpu) == "float32"
        with pytest.raises(InputError, match="^--dtype bfloat16: the CPU with .* does not have it"):
            choose_dtype(cpu, "bfloat16")


FLUSHES = """
import sys
sys.path.insert(0, {src!r})
import torch
import run
from runs import experiment

def use_both_threads(*words, **options):
    torch.set_num_threads(2)
    torch.ones(1_000_000).mul(2)
    return opened(*words, **options)

opened, experiment.open_model = experiment.open_model, use_both_threads
def train(*words):
    tiny = torch.full((1_000_000,), 1e-39)
    assert torch.get_num_threads() == 2 and not (tiny * 1.0).any()
    print("flushed")
    return [dict(loss=0.0)]

experiment.Trainer.train = train
{call}
assert (torch.full((1,), 1e-39) * 1.0).all()
"""


def test_training_takes_denormal_numbers_for_zero_in_all_threads(world):
    call = "run.pretrain('vanilla', 'wiki.txt', writing_params_path='w.params')"
    code = FLUSHES.format(src=str(ROOT / "src"), call=call)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=world, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and done.stdout.startswith("flushed\nWrote"), done.stderr


def hide_build_dependent_functions():
    """Make torch lack oneDNN, as its wheel for macOS does."""
    torch.ops.mkldnn = SimpleNamespace()
    torch.backends.mkldnn.is_available = lambda: False


def test_all_commands_work_with_a_torch_that_lacks_onednn(world, small_recipes):
    start = ("vanilla", "wiki.txt", "--max_epochs", "1")
    pairs = ("--finetune_corpus_path", "birth_places_train.tsv")
    for words in (
        ("pretrain", *start, "--writing_params_path", "a"),
        ("finetune", *start, *pairs, "--reading_params_path", "a", "--writing_params_path", "b"),
        ("evaluate", *start[:2], "--reading_params_path", "b", "--outputs_path", "c")
        + ("--eval_corpus_path", "birth_dev.tsv"),
    ):
        done = run_forked(world, words, hide_build_dependent_functions)
        assert done.returncode == 0, done.stderr


def test_src_takes_no_private_function_of_torch_for_granted():
    used = [line for path in (ROOT / "src").rglob("*.py") for line in path.read_text().split("\n")]
    private = [line for line in used if re.search(r"torch(\.\w+)*\._|torch\.ops\.", line)]
    assert private == [line for line in private if "getattr(torch.ops.mkldnn" in line]


def test_what_a_device_lacks_is_one_line_with_another_device(world):
    def prepare():
        def lack(*words, **options):
            raise NotImplementedError("The operator 'aten::x' is not implemented for MPS.\nMore")

        GPT.forward = lack

    words = ("pretrain", "vanilla", "wiki.txt", "--writing_params_path", "a", "--max_epochs", "1")
    done = run_forked(world, words, prepare)
    assert done.returncode == 2
    message = "error: The operator 'aten::x' is not implemented for MPS.; try --device cpu"
    assert done.stderr.splitlines()[-1] == message
    refuse(world, (*words, "--device", "mps"), "device 'mps'", "try --device cpu")


@pytest.fixture
def two_processes(monkeypatch):
    """Make this process the second of two on one machine."""
    monkeypatch.setenv("LOCAL_RANK", "1")


@pytest.mark.parametrize("name", [None, "cuda"])
def test_each_of_several_processes_takes_a_gpu_of_its_own(gpu, two_processes, monkeypatch, name):
    gpu()
    current = []
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    assert choose_device(name) == torch.device("cuda", 1) and current == [torch.device("cuda", 1)]
    assert choose_device("cpu") == torch.device("cpu")


def test_a_process_for_which_there_is_no_gpu_is_refused(gpu, two_processes, monkeypatch):
    def refuse(device):
        raise RuntimeError("CUDA error: invalid device ordinal")

    gpu()
    monkeypatch.setattr(torch.cuda, "set_device", refuse)
    with pytest.raises(InputError, match="invalid device ordinal: try --device cpu"):
        choose_device("cuda")
