import multiprocessing
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import corpora
import ladder
import parallel
import pytest
import questions
import torch
from ablation import ROWS, BareTitle, MovedTitle, Row
from conftest import ROOT
from forks import run_fork, start
from ideas import (
    IDEAS,
    AveragingTrainer,
    FewerMatrices,
    FirstWindow,
    LargerShare,
    Replay,
    SharedOut,
    TailAverage,
)
from time_to_accuracy import split_pairs

from dataset import CharCorruptionDataset, NameDataset
from model import GPT, GPTConfig
from recipes import model_config, trainer_config
from text.documents import open_documents
from text.files import InputError
from text.titles import split_title
from trainer import TrainerConfig
from training import distributed
from training.batches import gather_batch, split_by_length
from utils import set_seed


@pytest.mark.slow
def test_plain_and_fast_answers_are_the_same(cli, world):
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv", "--questions", "birth_dev.tsv")
    done = cli("benchmarks/speed/evaluate.py", *files)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if "synthesizer" in line or "vanilla" in line]
    assert len(rows) == 2 and all("| 4 of 4 |" in row for row in rows)


def test_a_mistake_is_one_line_of_error(cli, world):
    for words in (["--nothing"], ["--corpus", "nowhere"]):
        done = cli("benchmarks/accuracy/ablation.py", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_the_last_400_rows_are_held_out_whatever_is_in_them(tmp_path):
    rows = [f"Where was Ada\x85{n} born?\tOslo" for n in range(403)]  # no end of a line, for Python's str one
    (tmp_path / "pairs.tsv").write_text("\n\n".join(rows) + "\n \n", encoding="utf-8")
    train, dev = (Path(path).read_text(encoding="utf-8") for path in split_pairs(tmp_path / "pairs.tsv", tmp_path))
    assert train == "\n".join(rows[:3]) + "\n" and dev == "\n".join(rows[3:]) + "\n"
    (tmp_path / "pairs.tsv").write_text("\n".join(rows[3:]), encoding="utf-8")
    with pytest.raises(InputError, match="pairs.tsv: has 400 pairs: give more than the 400 that are held out"):
        split_pairs(tmp_path / "pairs.tsv", tmp_path)


def fork_instead_of_spawning():
    """Processes that don't import torch again; the test of the profile has those that do."""
    original = multiprocessing.get_context
    multiprocessing.get_context = lambda method: original({"spawn": "fork"}[method])


@pytest.mark.slow
def test_step_prints_a_ratio_and_both_memories_for_each_variant(cli, world):
    options = ("--steps", "1", "--threads", "1", "--batch_size", "4")
    done = cli("benchmarks/speed/step.py", "--corpus", "wiki.txt", *options, before=fork_instead_of_spawning)
    assert done.returncode == 0, done.stderr
    for variant in ("vanilla", "synthesizer"):
        row = re.search(rf"\| {variant} \|(.*)\|", done.stdout)[1].split("|")
        speed, faster, ratio, settled, memory, less = map(float, row)
        rounding = 0.06  # of the printed speeds
        assert (faster - rounding) / (speed + rounding) < ratio + 0.01
        assert ratio - 0.01 < (faster + rounding) / max(0.01, speed - rounding)
        assert settled > 0 and memory > 100 and less > 100


@pytest.mark.slow
def test_step_profiles_each_variant(cli, world):
    options = ("--steps", "1", "--threads", "1", "--batch_size", "4", "--profile")
    done = cli("benchmarks/speed/step.py", "--corpus", "wiki.txt", *options)
    assert done.returncode == 0, done.stderr
    shares = re.findall(r"^ *([\d.]+)% (aten::\w+)", done.stdout, re.MULTILINE)
    assert "aten::addmm" in {name for _, name in shares}
    assert 60 < sum(float(share) for share, _ in shares) <= 200  # most of each variant's 100 %


def test_the_checkpoint_benchmark_prints_what_one_costs(cli, world):
    options = ("--turns", "3", "--steps", "1", "--batch_size", "2")
    done = cli("benchmarks/speed/checkpoint.py", "--corpus", "wiki.txt", *options)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[2:-1] for line in done.stdout.splitlines() if "%" in line]
    assert len(rows) == 2
    for _, _, cost, megabytes, share in rows:
        assert float(share.rstrip("% ")) == pytest.approx(float(cost) / 3, abs=0.01)  # of 300 s
        assert 20 < float(megabytes) < 60


def test_the_benchmark_of_several_processes_prints_speeds_and_their_ratios(cli, world):
    options = ("--turns", "1", "--steps", "1", "--batch_size", "2", "--threads", "1")
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv")
    done = cli("benchmarks/speed/parallel.py", *files, *options)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines()[3:]]
    names = [f"{recipe}, {variant}" for recipe in ("handout", "fast") for variant in ("vanilla", "synthesizer")]
    assert [name.strip() for name, *_ in rows] == names
    for _, *figures in rows:
        one, two, threads, ratio, other = map(float, figures)
        rounding = 0.05  # of the printed speeds
        assert (two - rounding) / (one + rounding) < ratio + 0.01
        assert ratio - 0.01 < (two + rounding) / max(0.01, one - rounding)
        assert other - 0.01 < (two + rounding) / max(0.01, threads - rounding)


def test_the_benchmark_of_several_processes_takes_any_number_of_them(cli, world):
    options = ("--turns", "1", "--steps", "1", "--batch_size", "2", "--threads", "1", "--recipes", "fast", "--weak")
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv", "--processes", "2", "3", "--silent")
    done = cli("benchmarks/speed/parallel.py", *files, *options)
    assert done.returncode == 0, done.stderr
    _, head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    several = ["2 × 1", "3 × 1", "2 × 1, silent", "3 × 1, silent"]
    ratios = [f"{name} : 1 × 1" for name in several]
    assert head[1:] == ["1 × 1", *several, "1 × 1", *ratios, *ratios]
    for _, *figures in rows:
        one, *speeds, threads = map(float, figures[:6])
        expected = [speed / base for base in (one, threads) for speed in speeds]
        assert list(map(float, figures[6:])) == pytest.approx(expected, rel=0.2)
    assert len(rows) == 2


def test_processes_of_which_one_dies_are_not_waited_for():

    def make_trainer():
        if os.environ["RANK"] == "1":
            sys.exit("no memory")
        time.sleep(600)  # as if it waited for the other

    with pytest.raises(RuntimeError, match="has ended"), parallel.start(2, 1, False, 1, make_trainer) as group:
        try:
            parallel.take_turn(group)
        finally:
            for _, process in group:
                process.terminate()


@pytest.mark.parametrize("rows", [1, 4, 5])
def test_processes_that_exchange_nothing_do_the_work_of_all(rows, monkeypatch):
    monkeypatch.setattr(distributed, "call", parallel.skip)
    monkeypatch.setattr(distributed, "world_size", lambda: 3)
    drawn = torch.ones(rows, 5, dtype=torch.long).tril()
    done = []
    for rank in range(3):
        _, y = gather_batch(drawn, drawn)
        assert len(y) == 3 * rows  # a batch as large as that of all
        done += [y[chosen] for chosen, *_ in split_by_length(y, 2, rank=rank, world_size=3)]
    assert sorted(torch.cat(done).sum(1).tolist()) == sorted(drawn.sum(1).tolist() * 3)


def test_questions_are_scored_where_the_document_states_the_answer(tmp_path, monkeypatch, capsys):
    """Of ten people of the second question, two have documents that do not state it. Predictions: the
    places all right, of the years those that the documents do not state and one more.
    """
    people = [(f"Ada{n}", f"Town{n}", str(1800 + n)) for n in range(110)]
    wiki, train, dev, places, years = (tmp_path / name for name in ("wiki", "train", "dev", "places", "years"))
    wiki.write_text("".join(
        f"{name}. born in {place}, since {year if n < 108 else 'long'} a poet\n"
        for n, (name, place, year) in enumerate(people)
    ))  # fmt: skip
    born = [f"Where was {name} born?\t{place}\n" for name, place, _ in people]
    since = [f"When did {name} begin?\t{year}\n" for name, _, year in people]
    train.write_text("".join(born[:100] + since[:100]))
    places.write_text("".join(place + "\n" for _, place, _ in people[100:]))
    years.write_text("x\n" * 7 + "".join(year + "\n" for *_, year in people[107:]))

    def build(kinds, people, folder):
        dev.write_text("".join(born[100:] + since[100:] * (len(kinds) - 1)))
        return [str(wiki), str(train), str(dev)]

    def measure(variant, corpus, train, dev, folder, training, recipe):
        (folder / "predictions").write_text(places.read_text() + years.read_text())
        return 90, 0

    monkeypatch.setattr(questions, "build", build)
    monkeypatch.setattr(questions, "measure", measure)
    questions.main(["--ask", "birth_place", "since"])
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in capsys.readouterr().out.splitlines()[2:]]
    where = ["vanilla", "1.5", "Where was NAME born?", "10", "10", "10", "0", "0", "100.0 %", "100.0 %"]
    when = ["vanilla", "1.5", "When did NAME begin?", "10", "8", "8", "0", "0", "12.5 %", "30.0 %"]
    assert rows == [where, where, when]
    questions.main(["--ask", "birth_place", "since", "--policy"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "| – | – | When did NAME begin? | 10 | 8 | 8 | 0 | 0 | – | – |"


@pytest.fixture
def tiny_pairs(world):
    """Options of the ablation: a corpus and pairs of which 8 are left when 400 are held out."""
    rows = (ROOT / "birth_places_train.tsv").read_text(encoding="utf-8").splitlines()[:8]
    documents = [f"{row.split(' ')[2]}. born in {row.split(chr(9))[1]}." for row in rows]
    (world / "wiki.txt").write_text("\n".join(documents + rows), encoding="utf-8")
    (world / "pairs.tsv").write_text("\n".join(rows * 51), encoding="utf-8")
    return ("--corpus", "wiki.txt", "--pairs", "pairs.tsv")


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*/*.py")), ids=lambda path: path.stem)
def test_each_program_finds_what_it_imports(cli, path):
    needed = {"confidence": "sklearn", "scaling": "scipy"}.get(path.stem)
    if needed:
        pytest.importorskip(needed)
    done = cli(path, "--help")
    assert done.returncode == 0 and "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "program, time, rows",
    [
        ("ablation", ("--minutes", "0.00001"), ROWS),
        ("ideas", ("--epochs", "1"), [TailAverage, Replay, LargerShare, FirstWindow]),
        ("ladder", ("--epochs", "1"), [ladder.Handout, ladder.Title, ladder.Filler]),
    ],
)
def test_ablation_and_ideas_score_each_row_on_held_out_pairs(
    world, small_recipes, tiny_pairs, program, time, rows
):
    names = [row.name for row in rows]
    words = (*tiny_pairs, *time, "--rows", *names)
    # With this process's modules, whose recipes are small.
    done = run_fork(world, lambda: start(ROOT / "benchmarks" / "accuracy" / f"{program}.py", words))
    assert done.returncode == 0, done.stderr
    table = [line.split("|")[1:-1] for line in done.stdout.splitlines()[3:]]
    assert [row[0].strip() for row in table] == names
    columns = 4 + len(rows[0].finetunings)
    assert all(len(row) == columns and int(row[1]) == 1 for row in table)
    assert all(0 <= float(cell.rstrip("% ")) <= 100 for row in table for cell in row[3:])


def test_one_finetuning_of_the_ladder_of_text_replays(corpus):
    for column in ladder.Filler.finetunings:
        dataset = ladder.Filler().make_finetuning_dataset(column, corpus, corpus)
        assert len(dataset) == (2 if column == "finetuned with replay" else 1) * len(corpus)


PAIRS = "Where was Ada born?\tRome\nWhere was Bo born?\tOslo\n"


def make_gpt(corpus, **changes):
    set_seed(0)
    return GPT(GPTConfig(corpus.vocab_size, 64, n_layer=1, n_head=2, n_embd=16, **changes))


@pytest.fixture
def corpus():
    return CharCorruptionDataset("Where was Ada born?\nBo from Oslo, not Rome\nabc", 64)


@pytest.mark.parametrize("attention", ["vanilla", "synthesizer"])
def test_the_row_of_the_moved_title_stores_it_where_questions_have_it(corpus, attention):
    model = make_gpt(corpus, attention=attention)
    for name, parameter in model.named_parameters():
        if name.endswith(("pos_emb", "w2", "b2")):
            torch.nn.init.normal_(parameter)
    x = corpus.vocabulary.encode("Ada")[None]
    before = model.tok_emb(x) + model.pos_emb[:, :3]
    scores = [p.detach().clone() for name, p in model.named_parameters() if name.endswith(("w2", "b2"))]
    corpus.data = ["Ada. a Rome", "Bo. a Oslo"]
    MovedTitle().finish(model, corpus, NameDataset(corpus, PAIRS))
    assert torch.equal(model.tok_emb(x) + model.pos_emb[:, 10:13], before)  # "Where was "
    moved = [p for name, p in model.named_parameters() if name.endswith(("w2", "b2"))]
    assert len(moved) == (2 if attention == "synthesizer" else 0)
    assert all(torch.equal(new[..., 10:], old[..., :-10]) for old, new in zip(scores, moved))


@pytest.mark.parametrize("row, prompt", [(Row(), "Where was Ada born?"), (BareTitle(), "Ada")])
def test_the_row_of_the_bare_title_asks_without_the_question(corpus, tmp_path, row, prompt):
    corpus.data = ["Ada. a Rome", "Bo. a Oslo"]
    (tmp_path / "pairs").write_text(PAIRS)
    pairs = NameDataset(corpus, PAIRS)
    x, _ = row.make_dataset(corpus, pairs, str(tmp_path / "pairs"))[0]
    assert corpus.vocabulary.decode(x).split("⁇")[0] == prompt


@pytest.mark.parametrize("attention", ["vanilla", "synthesizer"])
def test_fewer_matrices_are_muons_and_every_parameter_has_one_optimizer(corpus, attention):
    model = make_gpt(corpus, attention=attention)
    config = TrainerConfig(
        **dict(optimizer="muon", device="cpu", batch_size=2, max_epochs=1),
        **dict(lr_decay=True, warmup_tokens=1, final_tokens=1000),
    )
    trainer = FewerMatrices().make_trainer(model, corpus, config)
    names = {id(p): name for name, p in model.named_parameters()}
    muon, adamw = (
        [names[id(p)] for group in optimizer.param_groups for p in group["params"]]
        for optimizer in trainer.optimizers
    )
    assert {name.split(".")[-2] for name in muon} == {"value", "proj", "0", "2"}
    assert sorted(muon + adamw) == sorted(names.values())
    trainer.train()
    rates = {group["lr"] / group["initial_lr"] for group in trainer.groups}
    assert len(trainer.groups) == 4 and max(rates) == pytest.approx(min(rates)) and max(rates) < 1
    assert trainer.groups[-1]["lr"] == pytest.approx(max(rates) * config.learning_rate)


def test_the_averaging_trainer_ends_with_the_mean_of_the_last_steps(corpus):
    class Recorder(AveragingTrainer):
        seen = ()

        def step(self, x, y):
            loss = super().step(x, y)
            self.seen = [*self.seen, self.model.head.weight.detach().clone()]
            return loss

    config = TrainerConfig(device="cpu", batch_size=1, max_epochs=4)
    trainer = Recorder(make_gpt(corpus), corpus, None, config, start=0.75)
    trainer.train()
    assert len(trainer.seen) == 12
    mean = torch.stack(trainer.seen[-3:]).mean(0)
    torch.testing.assert_close(trainer.model.head.weight.detach(), mean)


def test_documents_without_a_pair_get_half_of_the_others_turns(corpus):
    dataset = SharedOut(corpus, [(0, "a", []), (1, "b", []), (2, "c", [])], paired=[0, 2])
    set_seed(0)
    first = [corpus.vocabulary.decode(dataset[idx][0][:1]) for idx in range(3) for _ in range(400)]
    assert first.count("b") == pytest.approx(800, abs=60)
    assert first.count("a") == pytest.approx(200, abs=45)


def test_every_row_can_be_named_and_makes_a_config_that_exists():
    """The ideas that change a setting only are not run by the tests."""
    rows = [*ROWS, *IDEAS, *ladder.ROWS]
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        trainer_config(row.recipe, "pretrain", 10, 10, **row.training)
        replace(model_config(row.recipe, "vanilla", 10), **row.shape)
        assert row.masking in ("learned", "salient", "random")


def test_the_corpora_that_are_measured_have_the_lines_and_the_size_that_are_asked_for(tmp_path):
    for lines, size in [(3_000, 700_000), (6_001, 1_030_000)]:
        path = corpora.make_corpus(tmp_path / "text", lines, size)
        documents = list(open_documents(path))
        assert len(documents) == lines + 1 and documents[-1] == ""
        assert path.stat().st_size == pytest.approx(size, rel=0.02)
        titles = {split_title(document)[0] for document in documents[:-1]}
        assert len(titles) > 0.99 * lines
