"""reproduce.sh on eight people, in a copy of the repository that shares this environment."""

import os
import subprocess

import pytest
from conftest import make_clone
from part import take_part

TABLES = ("--train", "birth_places_train.tsv", "--dev", "birth_dev.tsv")
TABLES += ("--test", "birth_test_inputs.tsv")


@pytest.fixture
def clone(world):
    with make_clone(world):
        yield world


def reproduce(folder, *options, script="reproduce.sh"):
    """Run reproduce.sh in the folder, one epoch of a small model for each training."""
    return subprocess.run(
        ["bash", script, "--recipe", "quick", "--max_epochs", "1", *options],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


STUB = """import sys
from pathlib import Path

print(*sys.argv[1:], file=sys.stderr)
print("Correct: 75.0 out of 80.0: 93.75%")
for option, path in zip(sys.argv, sys.argv[1:]):
    if option in ("--writing_params_path", "--outputs_path"):
        Path(path).write_text("made")
        if "--keep_every=1" in sys.argv:
            Path(path + ".epochs").mkdir(exist_ok=True)
"""


@pytest.fixture
def stub(clone):
    """Call reproduce.sh with a run.py that only writes its files; return its calls' words."""
    (clone / "src" / "run.py").write_text(STUB)
    (clone / "page" / "make_report.py").write_text("import sys\nsys.exit('error: no room')")

    def call(*options):
        done = reproduce(clone, *options)
        assert done.returncode == 0, done.stderr
        *lines, failed, reason = done.stderr.splitlines()  # a report that fails ends nothing
        assert (failed, reason) == ("error: no room", "No report, for the reason above")
        rows = [line.split() for line in done.stdout.splitlines()]
        assert ["vanilla", "93.8", "%", "93.8", "%"] in rows
        return [line.split() for line in lines if not line.startswith("[")]

    return call


@pytest.mark.parametrize("recipe, reads_pairs", [("handout", 0), ("fast", 1)])
def test_the_commands_are_those_of_the_assignment(stub, recipe, reads_pairs):
    calls = iter(stub("--recipe", recipe, "--seed", "3"))
    pairs = {"--finetune_corpus_path": "birth_places_train.tsv"}

    def expect(function, variant, **options):
        """Assert that the next call has exactly these words and options."""
        words = next(calls)
        assert words[:3] == [function, variant, "wiki.txt"]
        assert dict(zip(words[3::2], words[4::2])) == options

    def train(function, variant, out, **options):
        always = {"--writing_params_path": out, "--recipe": recipe, "--max_epochs": "1"}
        always |= {"--seed": "3", "--log_path": f".reproduce/{out}.jsonl"}
        expect(function, variant, **always, **options)

    def evaluate(variant, model, name):
        for table, questions in [("dev", "birth_dev.tsv"), ("test", "birth_test_inputs.tsv")]:
            files = {"--reading_params_path": model, "--eval_corpus_path": questions}
            output = f"{variant}.{name}.{table}.predictions"
            expect("evaluate", variant, **files, **{"--outputs_path": output})

    for variant in ("vanilla", "synthesizer"):
        model, pretrained, tuned = (
            f"{variant}.{s}.params" for s in ("model", "pretrain", "finetune")
        )
        train("finetune", variant, model, **pairs)
        evaluate(variant, model, "nopretrain")
        train("pretrain", variant, pretrained, **(pairs if reads_pairs else {}))
        train("finetune", variant, tuned, **pairs, **{"--reading_params_path": pretrained})
        evaluate(variant, tuned, "pretrain")
    assert list(calls) == []


def test_what_is_done_and_unchanged_is_skipped(stub, clone):
    first = stub()
    trainings = [call for call in first if call[0] != "evaluate"]
    assert (len(first), len(trainings)) == (14, 6) and stub() == []
    assert stub("--keep") == [[*call, "--keep_every=1"] for call in trainings]
    assert stub("--keep") == []
    (clone / "vanilla.model.params").write_text("another")
    (clone / "vanilla.nopretrain.test.predictions").unlink()
    (clone / "birth_dev.tsv").write_text("Where was Ada Lovelace born?\tLondon\n")
    lost = ["vanilla.model.params", "vanilla.nopretrain.test.predictions"]
    assert stub() == [
        call for call in first if "birth_dev.tsv" in call or call[4] in lost or call[8] in lost
    ]
    assert len(stub("--fresh")) == 14


@pytest.mark.slow
def test_quick_runs_the_assignment_on_a_part_of_the_corpus_in_a_folder_of_its_own(clone):
    (clone / "vanilla.model.params").write_text("20 hours of work")
    done = reproduce(clone, "--quick", "--keep")
    assert done.returncode == 0, done.stderr
    assert "8 documents of " in done.stderr
    assert sum(line.startswith("[") for line in done.stderr.splitlines()) == 14
    heading = "Accuracy on quick/birth_dev.tsv, recipe quick, 8 people\n"
    table = done.stdout.split(heading)[1].splitlines()
    assert table[0].split() == "variant without pretraining with pretraining".split()
    assert [row.split()[0] for row in table[1:4]] == ["vanilla", "synthesizer", "all"]
    assert [row.count(" %") for row in table[1:4]] == [2, 2, 1]
    assert (clone / "vanilla.model.params").read_text() == "20 hours of work"
    quick = clone / "quick"
    assert (quick / "report.html").exists() and not (clone / "report.html").exists()
    assert (quick / "vanilla.pretrain.test.predictions").read_text().count("\n") == 8
    log = quick / ".reproduce" / "vanilla.pretrain.params.jsonl"
    assert len(log.read_text().splitlines()) == 1
    assert (quick / "vanilla.pretrain.params.epochs" / "1").exists()


def test_paths_are_those_of_the_callers_folder_and_a_failed_step_says_how_to_continue(clone):
    elsewhere = clone / "else where"
    elsewhere.mkdir()
    (elsewhere / "train.tsv").write_text("no tab\n")
    done = reproduce(elsewhere, "--train", "train.tsv", script="../reproduce.sh")
    assert done.returncode == 2 and "else where/train.tsv, line 1" in done.stderr
    assert "Stopped: the same command continues" in done.stderr.splitlines()[-1]
    assert not list(clone.glob("*.params"))


@pytest.mark.parametrize(
    "options",
    [
        ["--corpus", "nowhere.txt"],
        ["--seed"],
        ["--dev", "birth_test_inputs.tsv"],
        ["--recipe", "quikc"],
        ["--variant", "synthesiser"],
    ],
)
def test_mistaken_options_replace_nothing(clone, options):
    (clone / "vanilla.model.params").write_text("20 hours of work")
    done = reproduce(clone, *options)
    assert done.returncode == 2 and done.stdout == "" and "error: " in done.stderr
    assert (clone / "vanilla.model.params").read_text() == "20 hours of work"


def test_a_part_has_the_first_people_of_each_table_and_their_documents(cli, world):
    people = ("--people", 2, 1, 1, "--out_dir", "part")
    done = cli("corpus/part.py", "--corpus", "wiki.txt", *TABLES, *people)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3 documents of wiki.txt, in part\n"
    documents = (world / "wiki.txt").read_text(encoding="utf-8").splitlines()
    part = (world / "part" / "wiki.txt").read_text(encoding="utf-8").splitlines()
    assert part == [documents[0], documents[1], documents[4]]  # Ada and Émilie; Emmy; Ada again
    for name, how_many in zip(TABLES[1::2], (2, 1, 1)):
        rows = (world / name).read_text(encoding="utf-8").splitlines()
        kept = (world / "part" / name).read_text(encoding="utf-8").splitlines()
        assert kept == rows[:how_many]


def test_an_answer_is_never_a_favourite_of_a_part():
    names = [f"{a}{b} Moe" for a in "BCDFGHKL" for b in "aeiou"]
    documents = [f"{name}. Of a place." for name in names]
    rows = [(name, "London" if n % 2 else f"Place {n}") for n, name in enumerate(names)]
    asked = [(name, None) for name in names]
    kept, (part, questions) = take_part(documents, [rows, asked], [20, 40])
    assert sum(answer == "London" for _, answer in part) == 1 and len(part) == 20
    assert [name for name, _ in part] == [names[0], names[1], *names[2:38:2]]
    assert len(questions) == 40 and kept == documents


@pytest.mark.parametrize(
    "corpus, folder, said",
    [
        ("wiki.txt", ".", "is also another file of this run"),
        ("other.txt", "part", "birth_places_train.tsv: no question holds"),
    ],
)
def test_a_mistaken_part_touches_no_file(cli, world, corpus, folder, said):
    (world / "other.txt").write_text("Nobody. Nobody was born.\n")
    before = {path.name: path.read_bytes() for path in world.iterdir()}
    done = cli("corpus/part.py", "--corpus", corpus, *TABLES, "--out_dir", folder)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and said in done.stderr
    assert {path.name: path.read_bytes() for path in world.iterdir()} == before
