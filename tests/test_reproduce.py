"""reproduce.sh on eight people, in a copy of the repository that shares this environment."""

import os
import subprocess
import zipfile

import pytest
from conftest import make_clone
from part import take_part


@pytest.fixture
def clone(tmp_path):
    with make_clone(tmp_path):
        yield tmp_path


def reproduce(clone, *options):
    """bash reproduce.sh in the clone, one pass of a small model for each training."""
    return subprocess.run(
        ["bash", "reproduce.sh", "--recipe", "quick", "--max_epochs", "1", *options],
        cwd=clone,
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
        Path(path).unlink(missing_ok=True)  # a file is replaced, never written to
        Path(path).write_text("made by two passes")
        if "--keep_every=1" in sys.argv:
            Path(path + ".epochs").mkdir(exist_ok=True)
            Path(path + ".epochs/1").write_text("made by one epoch")
            Path(path + ".epochs/2").write_text("made by two passes")
"""


REPLACE = "Path(path).resolve().unlink(missing_ok=True)"  # what a link leads to is replaced, not the link


@pytest.fixture
def stub(clone, world):
    """Calls reproduce.sh with a run.py that only writes its files. Returns what each call of that was, and
    what reproduce.sh says itself of mistakes.
    """
    (clone / "src" / "run.py").write_text(STUB)
    (clone / "page" / "make_report.py").write_text("")

    def call(*options):
        done = subprocess.run(
            ["bash", "reproduce.sh", *options], cwd=clone, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
        call.results = done.stdout.splitlines()
        return [line for line in done.stderr.splitlines() if not line.startswith("[")]

    return call


def test_keep_redoes_the_trainings_that_have_not_kept_their_parameters(stub, clone):
    calls = stub("--recipe", "quick")
    assert len(calls) == 14
    keeping = [f"{call} --keep_every=1" for call in calls if not call.startswith("evaluate")]
    assert stub("--recipe", "quick", "--keep") == keeping
    assert stub("--recipe", "quick", "--keep") == []
    (clone / "vanilla.model.params.epochs" / "1").unlink()
    (clone / "vanilla.pretrain.params.epochs" / "2").write_text("kept by another run")
    assert stub("--recipe", "quick") == []
    assert stub("--recipe", "quick", "--keep") == keeping[:2]


def test_a_report_that_fails_ends_nothing(stub, clone):
    (clone / "page" / "make_report.py").write_text("import sys\nsys.exit('error: no room')")
    assert stub("--recipe", "quick")[14:] == ["error: no room", "No report, for the reason above"]


def list_commands(recipe, pairs=()):
    """What run.py must be called with for the whole assignment, with seed 3, line by line."""

    def train(function, variant, out, *words):
        words = ("--writing_params_path", out, *words, "--seed", "3", "--log_path", f".reproduce/{out}.jsonl")
        return [function, variant, "wiki.txt", *words]

    def finetune(variant, out, *start):
        [function, variant, corpus, *words] = train(
            "finetune", variant, out, "--finetune_corpus_path", "birth_places_train.tsv", "--recipe", recipe
        )
        return [function, variant, corpus, *start, *words]

    def evaluate(variant, model, name):
        for table, questions in [("dev", "birth_dev.tsv"), ("test", "birth_test_inputs.tsv")]:
            words = ("--eval_corpus_path", questions, "--outputs_path", f"{variant}.{name}.{table}.predictions")
            yield ["evaluate", variant, "wiki.txt", "--reading_params_path", model, *words]

    commands = []
    for variant in ("vanilla", "synthesizer"):
        model, pretrained, tuned = (f"{variant}.{stage}.params" for stage in ("model", "pretrain", "finetune"))
        commands += [finetune(variant, model), *evaluate(variant, model, "nopretrain")]
        commands += [train("pretrain", variant, pretrained, "--recipe", recipe, *pairs)]
        commands += [finetune(variant, tuned, "--reading_params_path", pretrained)]
        commands += evaluate(variant, tuned, "pretrain")
    return [" ".join(command) for command in commands]


@pytest.mark.parametrize(
    "recipe, pairs",
    [("handout", ()), ("text", ()), ("fast", ("--finetune_corpus_path", "birth_places_train.tsv"))],
)
def test_the_commands_are_those_of_the_assignment(stub, recipe, pairs):
    assert stub("--recipe", recipe, "--seed", "3") == list_commands(recipe, pairs)


def test_accuracies_are_rounded(stub):
    stub("--recipe", "quick")
    assert [line.split() for line in stub.results if line.startswith("vanilla ")] == [
        ["vanilla", "93.8", "%", "93.8", "%"]
    ]


def test_without_a_gpu_the_recipe_is_text(stub):
    trainings = [call for call in stub("--device", "cpu") if not call.startswith("evaluate")]
    assert len(trainings) == 6 and all("--recipe text" in call for call in trainings)


@pytest.mark.slow
def test_it_runs_the_assignment_once_and_then_only_what_changed(clone, world):
    done = reproduce(clone)
    assert done.returncode == 0, done.stderr
    steps = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert len(steps) == 14 and not any("done before" in step for step in steps)
    table = done.stdout.split("Accuracy on birth_dev.tsv, recipe quick\n")[1].splitlines()
    assert table[0].split() == "variant without pretraining with pretraining".split()
    assert [row.split()[0] for row in table[1:4]] == ["vanilla", "synthesizer", "all"]
    assert [row.count(" %") for row in table[1:4]] == [2, 2, 1]
    assert "Wrote report.html: open it in a browser\n" in done.stdout and (clone / "report.html").exists()
    assert len((clone / ".reproduce" / "vanilla.pretrain.params.jsonl").read_text().splitlines()) == 1

    zipped = subprocess.run(["bash", "collect_submission.sh"], cwd=clone, capture_output=True)
    assert zipped.returncode == 0
    with zipfile.ZipFile(clone / "assignment5.zip") as archive:
        assert archive.read("vanilla.pretrain.test.predictions").count(b"\n") == 8

    (clone / "vanilla.nopretrain.dev.predictions").unlink()
    (clone / "synthesizer.finetune.params").write_bytes(b"overwritten")
    again = reproduce(clone)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("done before") == 12
    assert again.stdout.split("Accuracy")[1] == done.stdout.split("Accuracy")[1]
    assert reproduce(clone).stderr.count("done before") == 14
    with open(clone / "src" / "model.py", "a") as file:
        file.write("# changed\n")
    assert "done before" not in reproduce(clone).stderr
    assert not (clone / "vanilla.pretrain.params.epochs").exists()
    assert reproduce(clone, "--fresh", "--keep").returncode == 0
    for training in ("model", "pretrain", "finetune"):
        assert (clone / f"vanilla.{training}.params.epochs" / "1").exists()


@pytest.mark.slow
def test_quick_shows_a_part_of_the_corpus_in_a_folder_of_its_own(clone, world):
    (clone / "vanilla.model.params").write_text("20 hours of work")
    done = reproduce(clone, "--quick")
    assert done.returncode == 0, done.stderr
    assert "8 documents of " in done.stderr
    assert "Accuracy on quick/birth_dev.tsv, recipe quick, 8 people\n" in done.stdout
    assert (clone / "vanilla.model.params").read_text() == "20 hours of work"
    made = {path.name for path in (clone / "quick").iterdir()}
    assert "report.html" in made and not (clone / "report.html").exists()
    for variant in ("vanilla", "synthesizer"):
        assert {f"{variant}.finetune.params", f"{variant}.pretrain.test.predictions"} <= made
    assert reproduce(clone, "--quick").stderr.count("done before") == 14


def test_a_part_has_the_first_people_of_each_table_and_their_documents(cli, world):
    files = ("--train", "birth_places_train.tsv", "--dev", "birth_dev.tsv", "--test", "birth_test_inputs.tsv")
    people = ("--people", 2, 1, 1, "--out_dir", "part")
    done = cli("corpus/part.py", "--corpus", "wiki.txt", *files, *people)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3 documents of wiki.txt, in part\n"
    documents = (world / "wiki.txt").read_text(encoding="utf-8").splitlines()
    part = (world / "part" / "wiki.txt").read_text(encoding="utf-8").splitlines()
    assert part == [documents[0], documents[1], documents[4]]  # Ada and Émilie; Emmy; Ada again
    for name, how_many in [(files[1], 2), (files[3], 1), (files[5], 1)]:
        rows = (world / name).read_text(encoding="utf-8").splitlines()
        assert (world / "part" / name).read_text(encoding="utf-8").splitlines() == rows[:how_many]


def test_no_answer_is_a_favourite_of_a_part():
    names = [f"{a}{b} Moe" for a in "BCDFGHKL" for b in "aeiou"]
    documents = [f"{name}. Of a place." for name in names]
    rows = [(name, "London" if number % 2 else f"Place {number}") for number, name in enumerate(names)]
    kept, (part, asked) = take_part(documents, [rows, [(name, None) for name in names]], [20, 40])
    assert sum(answer == "London" for _, answer in part) == 1 and len(part) == 20
    assert [name for name, _ in part] == [names[0], names[1], *names[2:38:2]]
    assert len(asked) == 40 and kept == documents
    _, (part,) = take_part(documents, [rows], [80])
    assert sum(answer == "London" for _, answer in part) == 2 and len(part) == 22


def test_a_part_never_replaces_what_it_is_taken_from(cli, world):
    before = {path.name: path.read_bytes() for path in world.iterdir()}
    done = cli("corpus/part.py", *("--corpus", "wiki.txt", "--people", 2, 1, 1, "--out_dir", "."),
               *("--train", "birth_places_train.tsv", "--dev", "birth_dev.tsv", "--test", "birth_test_inputs.tsv"))
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "is also another file of this run" in done.stderr
    assert {path.name: path.read_bytes() for path in world.iterdir()} == before


def test_a_part_of_files_that_do_not_belong_together_is_refused(cli, world):
    (world / "other.txt").write_text("Nobody. Nobody was born.\n")
    files = ("--train", "birth_places_train.tsv", "--dev", "birth_dev.tsv", "--test", "birth_test_inputs.tsv")
    done = cli("corpus/part.py", "--corpus", "other.txt", *files, "--out_dir", "part")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "birth_places_train.tsv: no question holds" in done.stderr and not (world / "part").exists()


def test_paths_are_those_of_the_callers_folder_and_results_of_another_run_are_kept(clone, world):
    elsewhere = clone / "else where"
    elsewhere.mkdir()
    (elsewhere / "dev.tsv").write_text("Where was Ada Lovelace born?\tLondon\nno answer\n")
    (clone / "vanilla.model.params").write_text("20 hours of work")
    done = subprocess.run(
        ["bash", "../reproduce.sh", "--recipe", "quick", "--dev", "dev.tsv"],
        cwd=elsewhere,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 2 and "else where/dev.tsv, line 2" in done.stderr
    assert (clone / "vanilla.model.params.previous").read_text() == "20 hours of work"


def test_what_stood_at_the_end_of_a_link_is_kept_too(stub, clone):
    (clone / "store").mkdir()
    (clone / "store" / "v").write_text("20 hours of work")
    (clone / "vanilla.model.params").symlink_to("store/v")
    (clone / "src" / "run.py").write_text(STUB.replace("Path(path).unlink(missing_ok=True)", REPLACE))
    stub("--recipe", "quick")
    assert (clone / "store" / "v").read_text() == "made by two passes"
    assert (clone / "vanilla.model.params.previous").read_text() == "20 hours of work"


def test_a_refused_option_costs_no_result_and_no_record(clone, world):
    (clone / "vanilla.model.params").write_text("20 hours of work")
    (clone / ".reproduce").mkdir()
    (clone / ".reproduce" / "vanilla.model.params.made").write_text("by this command")
    (clone / "vanilla.model.params.previous").write_text("10 hours of work")
    for mistake in [("--seed", "no number"), ("--recipe", "quikc"), ("--device", "abacus")]:
        done = reproduce(clone, "--fresh", *mistake)
        assert done.returncode == 2 and mistake[1] in done.stderr.splitlines()[-1], done.stderr
    (clone / "birth_places_train.tsv").write_text("no tab\n")
    assert "birth_places_train.tsv, line 1" in reproduce(clone).stderr
    assert (clone / "vanilla.model.params").read_text() == "20 hours of work"
    assert (clone / "vanilla.model.params.previous").read_text() == "10 hours of work"
    assert (clone / ".reproduce" / "vanilla.model.params.made").read_text() == "by this command"


def test_a_failed_step_stops_with_its_error_and_says_how_to_continue(clone, world):
    (clone / "birth_places_train.tsv").write_text("no tab\n")
    done = reproduce(clone)
    assert done.returncode == 2
    assert "birth_places_train.tsv, line 1" in done.stderr and "Stopped at vanilla.model.params" in done.stderr
    assert not list(clone.glob("*.params"))


@pytest.mark.parametrize(
    "options",
    [
        ["--corpus", "nowhere.txt"],
        ["--nonsense"],
        ["--seed"],
        ["--dev", "nowhere.tsv"],
        ["--dev", "birth_test_inputs.tsv"],
        ["--recipe"],
        ["--budget", "1", "--max_epochs", "2"],
    ],
)
def test_mistaken_options_end_at_once(clone, world, options):
    done = reproduce(clone, *options)
    assert done.returncode == 2 and done.stdout == ""
    assert "error: " in done.stderr
    assert not (clone / ".reproduce").exists()
