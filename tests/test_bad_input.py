"""Every mistake in the input: one line that says what, where and what to do; nothing is written."""

import os
import shutil

import pytest
import torch
from conftest import few_examples, make_world, refuse, run_forked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import run
from answering.answers import Answer
from runs import evaluation, experiment

QUICK = ("--recipe", "quick", "--max_epochs", "1")
TRAIN = "birth_places_train.tsv"


def pretrain(corpus="wiki.txt", writing="out", words=QUICK):
    return ("pretrain", "vanilla", corpus, "--writing_params_path", writing, *words)


def finetune(pairs=TRAIN, writing="out", corpus="wiki.txt", words=QUICK):
    paths = ("--finetune_corpus_path", pairs, "--writing_params_path", writing)
    return ("finetune", "vanilla", corpus, *paths, *words)


def evaluate(
    pairs="birth_dev.tsv", reading="good.params", variant="vanilla", corpus="wiki.txt", out="out"
):
    paths = ("--reading_params_path", reading, "--eval_corpus_path", pairs, "--outputs_path", out)
    return ("evaluate", variant, corpus, *paths, "--recipe", "quick")


@pytest.fixture(scope="session")
def good_params(tmp_path_factory):
    """Return the path of the parameters of a model for the world's corpus."""
    folder = make_world(tmp_path_factory.mktemp("trained"))
    assert run_forked(folder, finetune(writing="good.params")).returncode == 0
    return folder / "good.params"


@pytest.fixture
def place(world, good_params):
    """Return `world` with a trained model in good.params and an output of before in out."""
    shutil.copy(good_params, world)
    (world / "out").write_text("before")
    return world


# Ways to break a text file, and what is said of it.
BROKEN_TEXTS = {
    "missing": (None, ["No such file", "readable file"]),
    "a directory": ("directory", ["Is a directory", "readable file"]),
    "not UTF-8": (b"one\ntwo \xff\n", ["line 2", "0xff", "save the file as UTF-8"]),
    "NUL bytes": (b"one\ntwo\n\0\0\n", ["line 3", "NUL", "text file"]),
}


@pytest.mark.parametrize("how", list(BROKEN_TEXTS))
@pytest.mark.parametrize(
    "command",
    [
        pretrain(corpus="bad"),
        finetune(pairs="bad"),
        evaluate(pairs="bad"),
        (*pretrain(words=("--recipe", "fast")), "--finetune_corpus_path", "bad"),
    ],
    ids=lambda words: f"{words[0]} {words[words.index('bad') - 1]}",
)
def test_files_that_are_no_text_are_refused(place, how, command):
    content, parts = BROKEN_TEXTS[how]
    if content == "directory":
        (place / "bad").mkdir()
    elif content is not None:
        (place / "bad").write_bytes(content)
    refuse(place, command, "bad", *parts)


@pytest.mark.parametrize(
    "content, parts",
    [
        ("", ["no text", "one document a line"]),
        ("\n \n\t\n", ["no text", "one document a line"]),
        ("one\ntwo ⁇\n", ["bad, line 2", "⁇", "remove it"]),
        ("one\ntwo\n□\n", ["bad, line 3", "□", "remove it"]),
    ],
)
def test_a_corpus_without_text_or_with_special_characters_is_refused(place, content, parts):
    (place / "bad").write_text(content, encoding="utf-8")
    refuse(place, pretrain(corpus="bad"), "bad", *parts)


@pytest.mark.parametrize(
    "row, parts",
    [
        ("Where was Ada born?", ["no answer", "add a tab"]),
        ("Where was Ada born?\tLondon\tParis", ["2 tabs", "one tab"]),
        ("\tLondon", ["no question before the tab", "fill it in"]),
        ("Where was Ada born?\t ", ["no answer", "add a tab"]),
        ("Where was Ada born?\t" + "London " * 20, ["at most 126 fit"]),
        ("Where was " + "Ada " * 40 + "born?\tLondon", ["at most 126 fit"]),
    ],
)
def test_rows_that_are_no_pair_are_refused_by_line(place, row, parts):
    (place / "bad").write_text(f"Where was Niels Abel born?\tFinnøy\n{row}\n", encoding="utf-8")
    refuse(place, finetune("bad"), "bad, line 2", *parts)


def test_an_empty_file_of_pairs_or_questions_is_refused(place):
    (place / "bad").write_text("")
    refuse(place, finetune("bad"), "bad", "no rows")
    refuse(place, evaluate("bad"), "bad", "no questions")


def test_characters_that_the_vocabulary_lacks_are_named_and_counted(place):
    (place / "bad").write_text("Where was Żaneta Żak born?\tŁódź\n", encoding="utf-8")
    refuse(place, finetune("bad"), "bad", "2 'Ż', 1 'Ł'", "use a corpus that has them")


def test_questions_with_unknown_characters_are_answered_with_one_note(place):
    (place / "odd.tsv").write_text("Where was Żaneta Żak born?\nHow?\n", encoding="utf-8")
    done = run_forked(place, evaluate("odd.tsv"))
    assert done.returncode == 0
    (note,) = [line for line in done.stderr.splitlines() if "lacks" in line]
    assert note.startswith("note: odd.tsv") and "2 'Ż'" in note
    assert len((place / "out").read_text(encoding="utf-8").splitlines()) == 2


def test_questions_and_answers_that_are_cut_are_counted(place):
    def prepare():
        def answer(model, vocabulary, questions):
            return [Answer("cut", 0.5, 0.5, False) for _ in questions]

        evaluation.answer_questions = answer

    long = "Where was Ada Lovelace" + " really" * 20 + " born?"
    (place / "long.txt").write_text(f"Where was Ada Lovelace born?\n{long}\n")
    err = run_forked(place, evaluate("long.txt"), prepare).stderr
    assert f"note: 1 questions lose their beginning, such as {long!r}\n" in err
    assert "note: 2 answers are cut by the end of the block\n" in err


def test_byte_order_mark_and_carriage_returns_make_no_difference(place):
    for name in ("wiki.txt", TRAIN, "birth_dev.tsv"):
        text = (place / name).read_text(encoding="utf-8")
        (place / f"odd-{name}").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    odd = finetune(f"odd-{TRAIN}", "odd.params", "odd-wiki.txt")
    assert run_forked(place, odd).returncode == 0
    assert (place / "odd.params").read_bytes() == (place / "good.params").read_bytes()
    usual = run_forked(place, evaluate())
    words = evaluate("odd-birth_dev.tsv", "odd.params", corpus="odd-wiki.txt", out="odd")
    odd = run_forked(place, words)
    assert usual.returncode == odd.returncode == 0 and usual.stdout == odd.stdout
    assert (place / "odd").read_bytes() == (place / "out").read_bytes()


class Malicious:
    def __reduce__(self):
        return os.system, ("touch stolen",)


def write_changed(path, change):
    state = torch.load(path, weights_only=True)
    change(state)
    torch.save(state, path)


BAD_PARAMETERS = {
    "missing": (lambda path: path.unlink(), ["No such file"]),
    "a text": (lambda path: path.write_text("hello\n"), ["not a parameter file"]),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-500]), ["cut short"]),
    "of another corpus": (
        lambda path: write_changed(
            path, lambda s: s.update({"tok_emb.weight": torch.zeros(9, 128)})
        ),
        ["size mismatch for tok_emb.weight", "[9, 128]", "corpus"],
    ),
    "a list": (lambda path: torch.save([1, 2], path), ["of another model", "list"]),
    "with NaN": (
        lambda path: write_changed(path, lambda s: s["ln_f.bias"].fill_(float("nan"))),
        ["ln_f.bias", "not finite"],
    ),
    "a program": (lambda path: torch.save({"x": Malicious()}, path), ["not a parameter file"]),
}


@pytest.mark.parametrize("how", list(BAD_PARAMETERS))
def test_files_that_are_not_this_models_parameters_are_refused_and_nothing_runs(place, how):
    spoil, parts = BAD_PARAMETERS[how]
    spoil(place / "good.params")
    refuse(place, evaluate(), "good.params", *parts)
    refuse(place, (*finetune(), "--reading_params_path", "good.params"), "good.params", *parts)
    assert not (place / "stolen").exists()


def test_another_variants_parameters_are_refused(place):
    words = ("of another model", "blocks.0.attn.key.weight", "use the variant")
    refuse(place, evaluate(variant="synthesizer"), "good.params", *words)


@pytest.mark.parametrize(
    "out, parts",
    [
        ("no/folder/out", ["does not exist", "create it"]),
        ("/proc/out", ["can't be written", "another path"]),
        ("wiki.txt", ["also another file", "another path"]),
        (".", ["not a regular file"]),
        ("a" * 300, ["File name too long"]),
    ],
)
@pytest.mark.parametrize("function", [pretrain, finetune, evaluate])
def test_outputs_that_can_not_be_written_are_found_before_training(place, out, parts, function):
    words = {"out": out} if function is evaluate else {"writing": out}
    refuse(place, function(**words), out, *parts, before=forbid_training)


def forbid_training():
    experiment.open_model = evaluation.answer_questions = None


def test_a_log_that_can_not_be_written_is_found_before_training(place):
    also = "also another file"
    for path, part in [("no/log", "create it"), ("wiki.txt", also), ("out", also)]:
        refuse(place, (*pretrain(), "--log_path", path), path, part, before=forbid_training)


@pytest.mark.parametrize(
    "option, value, part",
    [
        ("--max_epochs", "0", "above 0"),
        ("--max_epochs", "many", "above 0"),
        ("--budget", "nan", "above 0"),
        ("--budget", "1e307", "a million at most"),
        ("--seed", "4294967296", "whole number"),
        ("--checkpoint_minutes", "-1", "0 or above"),
        ("--recipe", "stew", "invalid choice"),
        ("--device", "nonsense", "invalid choice"),
        ("--nonsense", "1", "unrecognized"),
    ],
)
def test_nonsense_on_the_command_line_is_refused(place, option, value, part):
    refuse(place, (*pretrain(words=()), option, value), option.strip("-"), part)


@pytest.mark.parametrize("words, part", [
    ((), "FUNCTION"), (("train",), "FUNCTION"), (("pretrain", "flash", "wiki.txt"), "variant"),
    (("pretrain", "vanilla"), "CORPUS"), (("pretrain", "vanilla", "wiki.txt"), "--writing_params_path"),
    (("finetune", *pretrain()[1:]), "--finetune_corpus_path"),
    (("evaluate", "vanilla", "wiki.txt"), "--reading_params_path"),
])  # fmt: skip
def test_a_command_line_that_lacks_something_is_refused(place, words, part):
    refuse(place, words, part, "--help")


@settings(few_examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode), which=st.integers(0, 2))
def test_arbitrary_bytes_end_well_or_in_one_line(place, capsys, monkeypatch, data, which):
    """As corpus, as pairs and as questions: answered, or refused, never a traceback."""
    monkeypatch.chdir(place)
    (place / "any").write_bytes(data)
    command = [pretrain(corpus="any"), finetune("any"), evaluate("any")][which]
    (place / "out").write_text("before")
    capsys.readouterr()
    code = run.main(list(command))
    printed = capsys.readouterr()
    assert code in (0, 2)
    if code == 2:
        assert printed.err.count("\n") == 1 and printed.err.startswith("error: any")
        assert (place / "out").read_text() == "before"
    elif which == 2:
        lines = (place / "out").read_bytes().split(b"\n")
        rows = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        assert len(lines) - 1 == len(rows) - (rows[-1] == "")
