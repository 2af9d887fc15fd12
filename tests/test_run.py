"""Every command through a process of its own, as a user types it, on eight people."""

import json
import os
import signal
import tempfile
from pathlib import Path

import pytest
import torch
from conftest import refuse, run_forked, stop_at
from forks import fork

import run

QUICK = ("--recipe", "quick")


def read(path):
    return Path(path).read_text(encoding="utf-8")


def succeed(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


def pretrain(cli, variant, *words, writing="pretrained"):
    output = ("--writing_params_path", writing)
    return cli("src/run.py", "pretrain", variant, "wiki.txt", *output, *words)


PAIRS = ("--finetune_corpus_path", "birth_places_train.tsv")


def finetune(cli, variant, *words, writing="tuned"):
    output = ("--writing_params_path", writing)
    return cli("src/run.py", "finetune", variant, "wiki.txt", *output, *PAIRS, *words)


def evaluate(cli, variant, corpus="birth_dev.tsv", outputs="out", reading="tuned", words=QUICK):
    paths = ("--reading_params_path", reading, "--eval_corpus_path", corpus)
    paths += ("--outputs_path", outputs)
    return cli("src/run.py", "evaluate", variant, "wiki.txt", *paths, *words)


def test_text_pretrains_without_pairs_and_replays_the_corpus_while_it_finetunes(
    cli, world, small_recipes
):
    recipe = ("--recipe", "text", "--max_epochs", "1")
    done = pretrain(cli, "vanilla", *recipe)
    assert "pretrained" in succeed(done) and "8 examples (8 documents)" in done.stderr
    assert "asking 8 of 8 documents for one fact each" in done.stderr
    done = finetune(cli, "vanilla", "--reading_params_path", "pretrained", "--max_epochs", "1")
    assert "tuned" in succeed(done) and "recipe text: 12 examples" in done.stderr
    assert "mixed in: 6 examples of pretraining an epoch\n" in done.stderr
    succeed(evaluate(cli, "vanilla", words=()))
    done = finetune(cli, "vanilla", *recipe, writing="scratch")
    assert "scratch" in succeed(done) and "recipe text: 6 examples" in done.stderr


def test_text_refuses_a_corpus_with_nothing_to_ask(world):
    (world / "wiki.txt").write_text("a line without a title\nAda. no names\n")
    words = ("pretrain", "vanilla", "wiki.txt", "--writing_params_path", "out")
    refuse(world, (*words, "--recipe", "text"), "wiki.txt: nothing to ask")


@pytest.mark.parametrize("variant", ["vanilla", "synthesizer"])
def test_pretrain_finetune_evaluate(cli, world, variant):
    log = ("--log_path", "log.jsonl")
    assert "pretrained" in succeed(pretrain(cli, variant, *QUICK, "--max_epochs", "3", *log))
    succeed(finetune(cli, variant, *QUICK, "--reading_params_path", "pretrained"))
    out = succeed(evaluate(cli, variant))
    predictions = read(world / "out")
    assert predictions.endswith("\n") and len(predictions.split("\n")) == 4 + 1
    gold = [line.split("\t")[1] for line in read(world / "birth_dev.tsv").splitlines()]
    correct = sum(map(str.__eq__, gold, predictions.split("\n")))
    assert out == f"Correct: {correct} out of 4: {100 * correct / 4}%\n"
    out = succeed(evaluate(cli, variant, "birth_test_inputs.tsv"))
    assert "no answers" in out and "Correct" not in out
    assert len(read(world / "out").split("\n")) == 8 + 1
    records = [json.loads(line) for line in read(world / "log.jsonl").splitlines()]
    assert [record["epoch"] for record in records] == [1, 2, 3]
    state = torch.load(world / "tuned", weights_only=True)
    assert type(state) is dict and all(type(tensor) is torch.Tensor for tensor in state.values())
    assert {"tok_emb.weight", "pos_emb", "blocks.0.attn.mask", "head.weight"} <= set(state)
    assert not list(world.glob(".*"))  # no temporary files


@pytest.mark.parametrize("variant", ["vanilla", "synthesizer"])
def test_a_model_that_has_learned_its_pairs_answers_them(cli, world, variant):
    """Trained long enough on four questions, it must score all: the path from file to score works."""
    pairs = ("--finetune_corpus_path", "birth_dev.tsv", "--writing_params_path", "tuned")
    words = (*pairs, *QUICK, "--max_epochs", "80")
    succeed(cli("src/run.py", "finetune", variant, "wiki.txt", *words))
    assert succeed(evaluate(cli, variant, words=())) == "Correct: 4 out of 4: 100.0%\n"
    gold = [line.split("\t")[1] for line in read(world / "birth_dev.tsv").splitlines()]
    assert read(world / "out").splitlines() == gold


def test_evaluate_counts_by_question_below_the_line_of_all(cli, world):
    """The file of a single question gives the one line: test_pretrain_finetune_evaluate."""
    rows = read(world / "birth_dev.tsv")
    (world / "two.tsv").write_text(rows + rows.replace(" born?", " put?"), encoding="utf-8")
    succeed(finetune(cli, "vanilla", *QUICK, "--max_epochs", "1"))
    first, *others = succeed(evaluate(cli, "vanilla", "two.tsv")).splitlines()
    assert first.startswith("Correct: ") and " out of 8: " in first
    gold = [line.split("\t")[1] for line in read(world / "two.tsv").splitlines()]
    right = list(map(str.__eq__, gold, read(world / "out").splitlines()))
    assert others == [
        f"  Where was NAME {word}?: {sum(part)} out of 4: {25 * sum(part):.1f}%"
        for word, part in (("born", right[:4]), ("put", right[4:]))
    ]


def test_finetuning_starts_from_the_pretrained_parameters(cli, world):
    succeed(pretrain(cli, "vanilla", *QUICK, "--max_epochs", "1", "--seed", "7"))
    start = ("--reading_params_path", "pretrained")
    succeed(finetune(cli, "vanilla", *QUICK, *start, "--max_epochs", "1"))
    succeed(finetune(cli, "vanilla", *QUICK, "--max_epochs", "1", writing="scratch"))
    first, tuned, scratch = (
        torch.load(world / name, weights_only=True)["head.weight"]
        for name in ("pretrained", "tuned", "scratch")
    )
    assert (tuned - first).norm() < 0.2 * (scratch - first).norm()


def test_same_seed_same_file(cli, world):
    for writing, seed in [("a", 1), ("b", 1), ("c", 2)]:
        words = (*QUICK, "--max_epochs", "1", "--seed", seed)
        succeed(pretrain(cli, "vanilla", *words, writing=writing))
    a, b, c = ((world / name).read_bytes() for name in "abc")
    assert a == b != c


def test_a_run_says_on_stderr_in_one_line_what_it_is_and_on_stdout_what_it_wrote(cli):
    done = pretrain(cli, "vanilla", *QUICK, "--masking", "random", "--max_epochs", "2")
    assert done.stdout.count("\n") == 1 and "Wrote pretrained" in done.stdout
    assert "epoch 2, loss" in done.stderr and "tokens/s" in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "recipe quick" in line]
    assert line == (
        "pretrain vanilla, recipe quick: 8 examples (8 documents), 425,472 parameters, 2 epochs of 1 step "
        "of 32, on the CPU with 1 thread, float32"
    )
    succeed(finetune(cli, "vanilla", *QUICK, "--max_epochs", "1"))
    done = evaluate(cli, "vanilla", words=())
    line = "evaluate vanilla, recipe quick: 4 questions, 425,472 parameters, on the CPU with 1 thread\n"
    assert done.stderr == line


def test_batches_grow_with_the_questions_of_a_document(cli, world):
    rows = (world / "birth_places_train.tsv").read_text(encoding="utf-8")
    others = rows.replace("Where was", "Where is")
    (world / "birth_places_train.tsv").write_text(rows + others, encoding="utf-8")
    done = pretrain(cli, "vanilla", *QUICK, *PAIRS, "--max_epochs", "1")
    assert "16 examples (8 documents)" in done.stderr and "1 epoch of 1 step of 64," in done.stderr


def test_functions_can_be_called_without_a_command_line(world, capsys):
    wiki, pairs, dev = (
        str(world / n) for n in ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv")
    )
    params = str(world / "p")
    options = dict(writing_params_path=params, finetune_corpus_path=pairs)
    history = run.finetune("vanilla", wiki, **options, recipe="quick", max_epochs=2)
    assert [record["epoch"] for record in history] == [1, 2]
    options = dict(reading_params_path=params, eval_corpus_path=dev)
    total, correct = run.evaluate("vanilla", wiki, **options, outputs_path=str(world / "o"))
    assert total == 4 and 0 <= correct <= 4
    assert run.main(["pretrain", "vanilla", wiki]) == 2
    assert "--writing_params_path" in capsys.readouterr().err


def test_the_dtype_is_that_of_the_command(world):
    def has_bfloat16(answer):
        def prepare():
            torch.ops.mkldnn._is_mkldnn_bf16_supported = lambda: answer

        return prepare

    words = ("pretrain", "vanilla", "wiki.txt", "--writing_params_path", "out", *QUICK)
    words += ("--max_epochs", "1")
    rounded = (*words, "--dtype", "bfloat16")
    refuse(world, rounded, "--dtype bfloat16: the CPU with", before=has_bfloat16(False))
    models = []
    for each, dtype in [(words, "float32"), (rounded, "bfloat16")]:
        # A CPU without it only emulates it, which is slow.
        done = run_forked(world, each, has_bfloat16(True))
        succeed(done)
        assert f" thread, {dtype}\n" in done.stderr
        models.append((world / "out").read_bytes())
    assert models[0] != models[1]


@pytest.mark.parametrize("function", [pretrain, finetune])
def test_keep_every_keeps_what_a_shorter_run_of_the_same_schedule_would_have(cli, world, function):
    words = () if function is finetune else ("--masking", "random")
    words += ("--budget", "0.1", "--keep_every", "2")
    succeed(function(cli, "vanilla", *QUICK, *words, writing="long"))
    epochs = range(2, {finetune: 2, pretrain: 8}[function] + 1, 2)
    folder = world / "long.epochs"
    kept = {f"{n}{end}" for n in epochs for end in ("", ".json")}
    assert {path.name for path in folder.iterdir()} == kept
    assert (folder / str(epochs[-1])).read_bytes() == (world / "long").read_bytes()
    losses = json.loads(read(world / "long.json"))["losses"]
    for epoch in epochs:
        card = json.loads(read(folder / f"{epoch}.json"))
        assert card["losses"] == losses[:epoch] and card["recipe"] == "quick"
    assert len({(folder / str(epoch)).read_bytes() for epoch in epochs}) == len(epochs)
    succeed(evaluate(cli, "vanilla", reading="long.epochs/2", words=()))


def tune(*words):
    """Return the words of a finetuning whose output is "tuned"."""
    output = ("--writing_params_path", "tuned")
    return ("finetune", "vanilla", "wiki.txt", *QUICK, *output, *PAIRS, *words)


def test_only_a_training_that_starts_anew_removes_what_an_earlier_one_kept(world):
    keep = ("--keep_every", "1", "--max_epochs")
    succeed(run_forked(world, tune(*keep, "3", "--seed", "1")))
    folder = world / "tuned.epochs"
    assert len(list(folder.iterdir())) == 6
    assert run_forked(world, tune(*keep, "2"), stop_at(2)).returncode == 128 + signal.SIGTERM
    assert {path.name for path in folder.iterdir()} == {"1", "1.json"}  # this run's own
    kept = (folder / "1").read_bytes()
    succeed(run_forked(world, tune(*keep, "2")))
    assert {path.name for path in folder.iterdir()} == {"1", "1.json", "2", "2.json"}
    assert (folder / "1").read_bytes() == kept
    succeed(run_forked(world, tune("--max_epochs", "1")))
    assert not folder.exists()


@pytest.mark.parametrize("option", ["--reading_params_path", "--log_path"])
def test_a_training_that_would_remove_its_own_input_or_log_is_refused(world, option):
    succeed(run_forked(world, tune("--keep_every", "1", "--max_epochs", "1")))
    words = tune(option, "tuned.epochs/1")
    refuse(world, words, "tuned.epochs/1: the run removes this folder")


def test_a_standard_output_that_nobody_reads_costs_no_file(world):
    with open(os.devnull, "rb") as nothing, tempfile.TemporaryFile() as err:
        reader, writer = os.pipe()
        os.close(reader)
        files = [nothing.fileno(), writer, err.fileno()]
        pid = fork(world, lambda: run.main(list(tune("--max_epochs", "1"))), files)
        os.close(writer)
        _, status = os.waitpid(pid, 0)
        err.seek(0)
        assert os.waitstatus_to_exitcode(status) == 0 and b"rror" not in err.read()
    assert {path.name for path in world.glob("tuned*")} == {"tuned", "tuned.json"}
