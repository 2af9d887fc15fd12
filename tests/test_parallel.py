"""Several processes do together what one does alone."""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time

import pytest
import torch
from conftest import (
    PEOPLE,
    ROOT,
    at_step,
    run_forked,
    run_script,
    shrink_recipes,
    snapshot,
)
from test_checkpoint import OFTEN, PAIRS, REPEAT, TRAININGS, WRITING, fill_disk_at
from workers import LINK, connect_hosts, ip, run_group

import run
import trainer
from answering import answers
from recipes import RECIPES
from text.files import lock
from training import distributed, optim
from utils import set_seed

STEPS = 21  # 7 epochs of batches of 3, 3 and 2


@pytest.fixture(autouse=True)
def small_recipes(monkeypatch):
    shrink_recipes(monkeypatch, grad_norm_clip=0.5)  # which clips
    for recipe in ("handout", "fast", "text"):
        for stage in ("pretrain", "finetune_from_scratch"):
            changed = {**RECIPES[recipe][stage], "max_epochs": 7, "batch_size": 3}
            monkeypatch.setitem(RECIPES[recipe], stage, changed)


def train(world, size, name="fast", *words, before=None, max_restarts=0):
    return run_group(world, size, (*TRAININGS[name], *WRITING, *words), before, max_restarts)


def read_parameters(world):
    parameters = torch.load(world / "out", weights_only=True)
    (world / "out").unlink()
    return parameters


def assert_close(found, expected):
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=1e-4, rtol=0)


def record_losses(world):
    """Return a `before` that writes the losses of all steps, in all epochs, to losses.RANK."""

    def prepare(rank, starts):
        original = trainer.Trainer.step

        def step(self, x, y):
            loss = original(self, x, y)
            with open(world / f"losses.{rank}", "a") as file:
                file.write(f"{loss!r}\n")
            return loss

        trainer.Trainer.step = step

    return prepare


def read_losses(world, rank):
    path = world / f"losses.{rank}"
    losses = [float(line) for line in path.read_text().split()]
    path.unlink()
    return losses


def on(rank, *prepare):
    """Return a `before` that calls the functions in the worker of that rank, at its first start."""

    def before(number, starts):
        if number == rank and starts == 0:
            for each in prepare:
                each()

    return before


def send(signum, times=1):
    """Return a function for at_step that sends this process the signal."""

    def kill(_):
        for _ in range(times):
            os.kill(os.getpid(), signum)

    return kill


# The steps of one process


@pytest.mark.parametrize("name", ["fast", "finetune", "text"])
def test_without_dropout_any_number_of_processes_takes_the_steps_of_one(world, name):
    """The last batch of an epoch has fewer rows than the four processes."""
    assert train(world, 1, name, before=record_losses(world)).codes == [[0]]
    losses, expected = read_losses(world, 0), read_parameters(world)
    assert len(losses) >= STEPS - 7 and losses[-1] < losses[0]
    for size in (2, 4) if name == "fast" else (2,):
        assert train(world, size, name, before=record_losses(world)).codes == [[0]] * size
        everyones = [read_losses(world, rank) for rank in range(size)]
        assert everyones == [everyones[0]] * size
        assert everyones[0] == pytest.approx(losses, abs=1e-5)
        assert_close(read_parameters(world), expected)


@pytest.fixture
def hosts():
    try:
        with connect_hosts() as names:
            yield names
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "")
        pytest.skip(f"network namespaces can't be made here: {error} {reason}")


def test_two_machines_take_the_steps_of_one(world, hosts):
    """On each a torchrun agent; all that they have in common is a link and a disk."""
    words = (*TRAININGS["fast"], *WRITING)
    assert run_forked(world, words).returncode == 0
    expected = read_parameters(world)

    def start_from_other_parameters():
        run.set_seed = lambda seed: set_seed(seed + 1)

    group = run_group(world, 1, words, on(1, start_from_other_parameters), hosts=hosts)
    assert group.agents == [0, 0] and group.codes == [[0], [0]]
    assert "2 processes" in group.err[0] and group.err[1] == group.out[1] == ""
    (statistics,) = json.loads(ip("-n", hosts[0], "-s", "-j", "link", "show", LINK))
    gradients = 4 * STEPS * sum(tensor.numel() for tensor in expected.values())
    assert all(statistics["stats64"][way]["bytes"] > gradients / 2 for way in ("rx", "tx"))
    assert_close(read_parameters(world), expected)


def test_with_dropout_the_losses_are_those_of_one_process_within_noise(world):
    """The noise is that of runs of one process which draw other dropout on the same examples."""

    def draw(seed):
        return on(0, at_step(1, before=lambda _: torch.manual_seed(seed)))

    def measure(size, before=None):
        words = ("handout", "--log_path", "log")
        assert train(world, size, *words, before=before).codes == [[0]] * size
        losses = [json.loads(line)["loss"] for line in (world / "log").read_text().splitlines()]
        (world / "log").unlink()
        return losses

    alone = [measure(1, draw(seed)) for seed in range(4)]
    together = measure(2)
    for *others, loss in zip(*alone, together):
        assert loss not in others
        assert abs(loss - statistics.mean(others)) < 5 * statistics.stdev(others)


def test_each_process_draws_its_own_dropout_and_a_continued_one_goes_on(world):
    def record(rank, starts):
        def note(_):
            with open(world / f"drawn.{rank}", "a") as file:
                file.write(f"{torch.rand(()).item()} ")

        at_step(1, before=note)()
        at_step(4, after=send(signal.SIGTERM))()
        at_step(5, before=note)()

    assert train(world, 2, "handout", before=record).codes == [[143]] * 2
    assert train(world, 2, "handout", before=record).codes == [[0]] * 2
    # The second would begin as it did if only its rank counted.
    drawn = [number for rank in (0, 1) for number in (world / f"drawn.{rank}").read_text().split()]
    assert len(set(drawn)) == len(drawn) == 4


@pytest.mark.parametrize("size", [2, 3])
def test_muons_matrices_are_shared_out(world, size):
    """A block of vanilla attention has four square matrices, a tall and a wide one."""

    def record(rank, starts):
        original = optim.orthogonalise

        def count(matrices):
            with open(world / f"matrices.{rank}", "a") as file:
                file.write(f"{len(matrices)} ")
            return original(matrices)

        optim.orthogonalise = count

    words = ("pretrain", "vanilla", "wiki.txt", "--recipe", "fast", *PAIRS, *WRITING)
    assert run_group(world, size, words, record).codes == [[0]] * size
    files = world.glob("matrices.*")
    counts = {path.suffix: sum(map(int, path.read_text().split())) for path in files}
    each = {".0": 4, ".1": 2} if size == 2 else {".0": 4, ".1": 1, ".2": 1}
    assert counts == {rank: number * STEPS for rank, number in each.items()}


# Stopping and continuing


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_is_started_again_and_the_run_ends_as_ever(world, victim):
    assert train(world, 2).codes == [[0]] * 2
    expected = (world / "out").read_bytes()
    (world / "out").unlink()
    kill = on(victim, at_step(11, send(signal.SIGKILL)))
    # The run is continued from its checkpoint even though it was started with --fresh.
    group = train(world, 2, "fast", *OFTEN, "--fresh", before=kill, max_restarts=1)
    assert group.agents == [0]
    assert group.codes[victim] == [0] and group.codes[1 - victim] == [1, 0]
    assert "Continuing at epoch 4, step 1 of 3" in group.err[0]
    assert (world / "out").read_bytes() == expected


@pytest.mark.parametrize("victim", [0, 2])
def test_without_restarts_all_end_with_one_message_and_the_checkpoint_stays(world, victim):
    kill = on(victim, at_step(11, send(signal.SIGKILL)))
    group = train(world, 3, "fast", *OFTEN, before=kill)
    assert group.agents == [1]
    assert group.codes == [[] if rank == victim else [1] for rank in range(3)]
    said = [line for err in group.err for line in err.splitlines() if "another process" in line]
    assert len(said) == 1 and said[0].endswith("out.checkpoint keeps the run before it")
    assert not (world / "out").exists() and not any("Traceback" in err for err in group.err)
    group = train(world, 2)
    assert group.codes == [[0]] * 2 and "Continuing at epoch 4, step 1 of 3" in group.err[0]


# A run.py whose processes wait in their third epoch until a signal has come.
WAITING = f"""import sys, time
sys.path[:0] = [{str(ROOT / "src")!r}]
import run
from training.checkpoint import Checkpoint
original = Checkpoint.__call__
def call(saving, trainer):
    while len(trainer.history) == 2 and not saving.signals:
        time.sleep(0.01)
    original(saving, trainer)
Checkpoint.__call__ = call
sys.exit(run.main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_ctrl_c_in_torchrun_saves_and_ends_all_and_one_process_goes_on(world):
    (world / "waiting.py").write_text(WAITING)
    words = ("pretrain", "vanilla", "wiki.txt", "--recipe", "quick", *WRITING, "--max_epochs", "4")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    how = dict(cwd=world, stderr=subprocess.PIPE, text=True, env=environment)
    with subprocess.Popen([*torchrun, "waiting.py", *words, *OFTEN], **how) as process:
        try:
            while not (world / "out.checkpoint").exists():
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
        except BaseException:
            process.kill()
            raise
    assert process.returncode != 0
    said = [line for line in err.splitlines() if line.startswith("stopped at epoch")]
    assert len(said) == 1, err
    last = said[0]
    assert last.endswith("step 1 of 1, saved in out.checkpoint: " + REPEAT)
    assert not (world / "out").exists()
    done = run_script(world, "src/run.py", *words)
    assert done.returncode == 0 and last[11:20] in done.stderr and (world / "out").exists()
    assert json.loads((world / "out.json").read_text())["command"][1:] == list(words)


@pytest.mark.parametrize("who", [(0,), (1,), (0, 1)])
def test_a_signal_to_any_of_them_saves_and_ends_all(world, who):
    """torchrun passes on a signal that the worker may have got already: a second is harmless."""

    def before(rank, starts):
        if rank in who:
            at_step(5, send(signal.SIGTERM, times=2))()

    group = train(world, 2, before=before)
    assert group.codes == [[143]] * 2
    message = f"stopped at epoch 2, step 2 of 3, saved in out.checkpoint: {REPEAT}"
    assert sum(err.count(message) for err in group.err) == 1
    saved = torch.load(world / "out.checkpoint", weights_only=True)
    assert len(saved["state"]["losses"]) == 2 and not (world / "out").exists()
    assert not list(world.glob("*.tmp"))


def test_a_checkpoint_is_continued_by_any_number_of_processes(world):
    assert run_forked(world, (*TRAININGS["fast"], *WRITING)).returncode == 0
    expected = read_parameters(world)
    for step, size in [(4, 2), (8, 1), (12, 2), (16, 4)]:
        stop = on(0, at_step(step, send(signal.SIGTERM)))
        group = train(world, size, before=stop)
        assert group.codes == [[143]] * size, group.err
    group = train(world, 2)
    assert group.codes == [[0]] * 2 and "Continuing at epoch 6, step 1 of 3" in group.err[0]
    assert_close(read_parameters(world), expected)


def test_a_number_that_is_not_finite_in_one_of_them_stops_all(world):
    spoil = at_step(4, lambda self: self.model.head.weight.data.fill_(float("nan")))
    group = train(world, 2, "fast", *OFTEN, before=on(1, spoil))
    assert group.agents == [1] and [2] in group.codes
    said = [line for err in group.err for line in err.splitlines() if "loss is nan" in line]
    assert len(said) == 1 and said[0].endswith("out.checkpoint keeps the run before it")


def test_a_full_disk_ends_all_with_one_message_and_no_false_one(world):
    stop = at_step(6, send(signal.SIGTERM))
    for words, step, also in [(OFTEN, 6, ()), ((), 6, (stop,)), ((), STEPS, ())]:
        prepare = (fill_disk_at(step), *also)
        group = train(world, 2, "fast", "--fresh", *words, before=on(0, *prepare))
        assert group.agents == [1] and [2] in group.codes
        assert "File too large: make room" in group.err[0].splitlines()[-1]
        assert group.err[1] == "" and "stopped at" not in group.err[0]


# Who prints, writes and answers


def test_machines_with_disks_of_their_own_use_the_firsts(world):
    """The second process works in a copy of the folder, where its files stay the only ones."""
    copy = world / "copy"
    copy.mkdir()
    for path in list(world.glob("*.t*")):
        (copy / path.name).write_bytes(path.read_bytes())
    files = snapshot(copy)
    stop = at_step(5, send(signal.SIGTERM))

    def before(rank, starts, prepare=lambda: None):
        if rank:
            os.chdir(copy)
        prepare()

    assert train(world, 2, before=lambda *words: before(*words, stop)).codes == [[143]] * 2
    group = train(world, 2, before=before)
    assert group.codes == [[0]] * 2 and "Continuing at epoch 2, step 2 of 3" in group.err[0]
    assert (world / "out").exists() and snapshot(copy) == files


def watch_writing(world):
    """Return a `before` noting in written.RANK what Python writes, renames or removes in world."""

    def watch(rank, starts):
        def note(event, arguments):
            path = str(arguments[0]) if arguments else ""
            writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            changes = event in ("os.remove", "os.rename", "os.mkdir", "shutil.rmtree")
            if (writes or changes) and os.path.realpath(path).startswith(str(world)):
                if not os.path.basename(path).startswith(("written.", "code.", "batches.")):
                    with open(world / f"written.{rank}", "a") as file:
                        file.write(path + "\n")

        sys.addaudithook(note)

    return watch


def test_only_the_first_process_prints_logs_and_writes(world):
    words = (*OFTEN, "--log_path", "log", "--keep_every", "3")
    group = train(world, 2, "fast", *words, before=watch_writing(world))
    assert group.codes == [[0]] * 2
    assert group.out[0].startswith("Wrote out: 7 epochs") and group.out[1] == ""
    assert "2 processes" in group.err[0] and group.err[1] == ""
    assert len((world / "log").read_text().splitlines()) == 7
    assert {"out", "out.json"} <= {path.name for path in world.iterdir()}
    kept = {path.name for path in (world / "out.epochs").iterdir()}
    assert kept == {"3", "3.json", "6", "6.json"}
    assert (world / "written.0").exists() and not (world / "written.1").exists()


def test_questions_are_shared_out_and_answered_with_the_same_bytes(world):
    """Three batches of them: two for the first process, one for the second."""
    assert run_forked(world, (*TRAININGS["fast"], *WRITING)).returncode == 0
    numbers = random.Random(0)
    words = " ".join(name for name, _ in PEOPLE).split()
    names = [" ".join(numbers.choices(words, k=3)) for _ in range(300)]
    rows = [f"Where was {name} born?\tParis\n" for name in names]
    (world / "many.tsv").write_text("".join(rows))
    words = ("evaluate", "synthesizer", "wiki.txt", "--reading_params_path", "out", *PAIRS)
    words += ("--eval_corpus_path", "many.tsv", "--outputs_path", "answers")
    words += ("--report_path", "report")

    def count(rank, starts):
        watch_writing(world)(rank, starts)
        original = answers.generate

        def generate(*arguments, **words):
            with open(world / f"batches.{rank}", "a") as file:
                file.write("x")
            return original(*arguments, **words)

        answers.generate = generate

    printed, written = [], []
    for size in (1, 2):
        group = run_group(world, size, words, count)
        assert group.codes == [[0]] * size and group.out[1:] == [""] * (size - 1)
        printed.append(group.out[0])
        files = ("answers", "report/predictions.tsv")
        written.append([(world / name).read_bytes() for name in files])
    assert written[0] == written[1] and printed[0] == printed[1]
    assert (world / "written.0").exists() and not (world / "written.1").exists()
    assert len(set(written[0][0].splitlines())) > 1
    assert [(world / f"batches.{rank}").read_text() for rank in (0, 1)] == ["xxx" + "xx", "x"]


def test_the_last_message_begins_a_line_below_the_firsts_progress_bar(capsys, monkeypatch):
    monkeypatch.setattr(distributed, "rank", lambda: 1)
    print("0%| | 0/4", end="", file=sys.stderr)
    distributed.report_end("stopped at epoch 2")
    assert capsys.readouterr().err.splitlines()[-1] == "stopped at epoch 2"


@pytest.mark.parametrize(
    "words, message",
    [
        (("pretrain", "vanilla", "missing.txt", *WRITING), "error: missing.txt: No such file"),
        (("pretrain", "vanilla", "wiki.txt"), "required: --writing_params_path"),
        (("pretrain", "nonsense", "wiki.txt", *WRITING), "error: argument variant: invalid choice"),
        (("ask", "vanilla", "wiki.txt", "--reading_params_path", "x"), "start it without torchrun"),
    ],
)
def test_a_mistake_is_reported_once(world, words, message):
    group = run_group(world, 2, words)
    assert [2] in group.codes and group.out == ["", ""]
    (line,) = "".join(group.err).strip().splitlines()
    assert message in line


def test_a_mistake_that_only_one_of_them_sees_ends_all(world):
    with lock(world / "out"):
        group = train(world, 2)
    assert group.agents == [1] and [2] in group.codes
    (line,) = "".join(group.err).strip().splitlines()
    assert "out: another run is writing it" in line


def test_processes_with_other_files_are_refused(world):
    (world / "other").mkdir()
    more = "Where was Ada Lovelace born?\tParis\n"
    for name in ("wiki.txt", "birth_places_train.tsv"):
        (world / "other" / name).write_text((world / name).read_text() + more)
    group = train(world, 2, before=on(1, lambda: os.chdir(world / "other")))
    assert group.agents == [1] and [2] in group.codes
    (line,) = "".join(group.err).strip().splitlines()
    assert "the processes differ: give all the same command, files and devices" in line


def test_a_parameter_without_gradient_in_all_processes_stays_without(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    other = torch.tensor([10.0, 20.0, 30.0, 40.0, 1.0, 0.0, 5.0])  # gradients, whether, number
    monkeypatch.setattr(distributed, "call", lambda collective, flat: flat.add_(other))
    one, two = (torch.nn.Parameter(torch.zeros(2)) for _ in range(2))
    assert distributed.all_reduce_sum(2.0, [one, two]) == 7.0
    assert one.grad.tolist() == [10.0, 20.0] and two.grad is None
