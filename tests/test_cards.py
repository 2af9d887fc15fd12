"""The model card beside a parameter file: what it says, and what it saves its user from."""

import hashlib
import json
import platform
import shutil
import subprocess

import pytest
import torch
from conftest import make_world, refuse, run_forked

from runs import model_card as cards

PAIRS = ("--finetune_corpus_path", "birth_places_train.tsv")
SHORT = ("--recipe", "quick", "--max_epochs", "1")
WORDS = ("vanilla", "wiki.txt", *PAIRS, "--writing_params_path")
PRETRAIN = ("pretrain", *WORDS, "made", "--seed", "3")
FINETUNE = ("finetune", *WORDS, "tuned")
START = ("--reading_params_path", "made")
EVALUATE = (
    *("evaluate", "vanilla", "wiki.txt", "--reading_params_path", "made"),
    *("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", "answers"),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the folder of the world with a model, `made`, and its card."""
    folder = make_world(tmp_path_factory.mktemp("trained"))
    done = run_forked(folder, (*PRETRAIN, *SHORT))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def made(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "folder")


def read_card(world, name="made.json"):
    return json.loads((world / name).read_text(encoding="utf-8"))


def hash_file(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def test_a_card_tells_how_the_model_was_made(made):
    card = read_card(made)
    assert (card["function"], card["variant"], card["recipe"]) == ("pretrain", "vanilla", "quick")
    assert card["parameters"] == hash_file(made / "made")
    for name, file in [("corpus_path", "wiki.txt"), (PAIRS[0][2:], PAIRS[1])]:
        assert card["inputs"][name] == {"path": file, "fingerprint": hash_file(made / file)}
    text = (made / "wiki.txt").read_text(encoding="utf-8")
    assert card["vocabulary"] == "□⁇" + "".join(sorted(set(text)))
    state = torch.load(made / "made", weights_only=True)
    shape = (card["model"]["vocab_size"], card["model"]["n_embd"])
    assert shape == state["tok_emb.weight"].shape
    assert card["settings"]["seed"] == 3
    assert card["versions"]["torch"] == torch.__version__
    assert card["versions"]["python"] == platform.python_version()
    assert len(card["losses"]) == 1 and card["losses"][0] > 0 and card["seconds"] >= 0
    assert "the CPU" in card["device"] and card["dtype"] == "float32"
    assert card["commit"] == cards.find_commit()


def test_the_commit_is_that_of_the_code(tmp_path, monkeypatch):
    def git(*words):
        name = ("-c", "user.name=A", "-c", "user.email=a@b.c")
        return subprocess.run(
            ["git", "-C", tmp_path, *name, *words], check=True, capture_output=True, text=True
        ).stdout

    code = tmp_path / "src" / "runs" / "model_card.py"
    code.parent.mkdir(parents=True)
    code.write_text("")
    monkeypatch.setattr(cards, "__file__", str(code))
    assert cards.find_commit() is None
    git("init")
    assert cards.find_commit() is None  # nothing is committed yet
    git("add", ".")
    git("commit", "-m", "Begin")
    (tmp_path / "vanilla.params").write_text("not a file of the repository")
    commit = git("rev-parse", "HEAD").strip()
    assert cards.find_commit() == commit
    code.write_text("changed")
    assert cards.find_commit() == f"{commit}-dirty"


def test_with_a_card_no_recipe_needs_to_be_named(made):
    done = run_forked(made, (*FINETUNE, *START, "--max_epochs", "1"))
    assert done.returncode == 0 and "recipe quick" in done.stderr, done.stderr
    assert read_card(made, "tuned.json")["recipe"] == "quick"
    done = run_forked(made, EVALUATE)
    assert done.returncode == 0 and "recipe quick" in done.stderr and "note" not in done.stderr


def test_without_a_card_the_recipe_has_to_be_named_as_ever(made):
    (made / "made.json").unlink()
    refuse(made, EVALUATE, "made", "the --recipe that it was trained with")
    assert run_forked(made, (*EVALUATE, "--recipe", "quick")).returncode == 0


def test_a_corpus_of_as_many_but_other_characters_is_refused(made):
    text = (made / "wiki.txt").read_text(encoding="utf-8")
    assert "Z" not in text and text.count("P") > 0
    (made / "wiki.txt").write_text(text.replace("P", "Z"), encoding="utf-8")
    refuse(made, EVALUATE, "wiki.txt: has different characters", "name the corpus")
    refuse(made, (*FINETUNE, *START), "wiki.txt: has different characters")


def test_another_corpus_of_the_same_characters_is_used_with_a_note(made):
    lines = (made / "wiki.txt").read_text(encoding="utf-8").splitlines()
    (made / "wiki.txt").write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    done = run_forked(made, EVALUATE)
    assert done.returncode == 0 and "note: wiki.txt: not the file" in done.stderr


def test_another_variant_recipe_or_a_recipe_of_the_past_is_refused_by_name(made):
    words = [word if word != "vanilla" else "synthesizer" for word in EVALUATE]
    refuse(made, words, "another attention variant", "vanilla")
    words = (*EVALUATE, "--recipe", "fast")
    refuse(made, words, "--recipe fast", "trained with 'quick'", "leave --recipe out")
    card = json.dumps({**read_card(made), "recipe": "stew"})
    (made / "made.json").write_text(card, encoding="utf-8")
    refuse(made, EVALUATE, "made.json: unknown recipe 'stew'")


def test_a_card_of_another_file_is_ignored_with_a_note(made):
    state = torch.load(made / "made", weights_only=True)
    torch.save({**state, "pos_emb": state["pos_emb"] + 1}, made / "made")
    done = run_forked(made, (*EVALUATE, "--recipe", "quick"))
    assert done.returncode == 0 and "note: made.json: ignored" in done.stderr


def test_what_is_not_a_card_or_may_not_be_read_is_refused_in_one_line(made):
    said = "made.json: can't be read as the card of a model"
    for content in ("", "{", "[]", "null", "{}"):
        (made / "made.json").write_text(content, encoding="utf-8")
        refuse(made, EVALUATE, said, "remove it")
    (made / "made.json").unlink()
    (made / "made.json").mkdir()
    refuse(made, EVALUATE, said)
