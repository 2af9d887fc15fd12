"""The commands on a GPU, in processes of their own; the other tests never use one."""

import os
import subprocess
import sys

import pytest
import torch
from conftest import PEOPLE, ROOT

ASK_TORCH = "import torch; raise SystemExit(not torch.cuda.is_available())"


def run_on_gpu(folder, *words):
    """Run `python WORDS` in the folder, with the GPUs that the tests were started with."""
    gpus = os.environ["GPUS_FOR_TESTS"]
    environment = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
    if gpus != "all":
        environment["CUDA_VISIBLE_DEVICES"] = gpus
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )


@pytest.fixture(scope="module", autouse=True)
def gpu():
    if torch.version.cuda is None or run_on_gpu(ROOT, "-c", ASK_TORCH).returncode:
        pytest.skip("no GPU, or a torch that is built without CUDA")


def call(world, *words):
    done = run_on_gpu(world, str(ROOT / "src" / "run.py"), *words)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("variant", ["vanilla", "synthesizer"])
def test_what_a_gpu_learns_a_cpu_answers_too(world, variant):
    pairs = ("--finetune_corpus_path", "birth_dev.tsv")
    training = (*pairs, "--recipe", "quick", "--device", "cuda")
    training += ("--writing_params_path", "pretrained")
    done = call(world, "pretrain", variant, "wiki.txt", *training)
    assert "on the CPU" not in done.stderr
    start = ("--reading_params_path", "pretrained", "--writing_params_path", "tuned")
    call(world, "finetune", variant, "wiki.txt", *pairs, *start)
    for device in ("cuda", "cpu"):
        questions = ("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", device)
        asked = ("--reading_params_path", "tuned", *questions, "--device", device)
        call(world, "evaluate", variant, "wiki.txt", *asked)
        answers = (world / device).read_text(encoding="utf-8").splitlines()
        assert answers == [place for _, place in PEOPLE[4:]]


def test_a_training_on_a_gpu_continues_from_a_cpus_checkpoint(world):
    program = (
        "import sys, os, signal; sys.path[:0] = [{src!r}, {tests!r}]; import conftest, run; "
        "conftest.stop_at(3)(); sys.exit(run.main(sys.argv[1:]))"
    ).format(src=str(ROOT / "src"), tests=str(ROOT / "tests"))
    words = ("pretrain", "vanilla", "wiki.txt", "--recipe", "quick", "--writing_params_path", "out")
    stopped = run_on_gpu(world, "-c", program, *words, "--masking", "salient", "--device", "cpu")
    assert stopped.returncode == 143, stopped.stderr
    done = call(world, *words, "--masking", "salient", "--device", "cuda")
    assert "Continuing at epoch 4" in done.stderr and (world / "out").exists()
