"""check_losses.py: where a pretraining leaves the band of public runs."""

import csv
import json
from types import SimpleNamespace

import check_losses
import make_bands
import numpy
import pytest
from check_losses import BANDS, DOCUMENTS, WIKI, compare_card, describe

from dataset import load_corpus
from recipes import trainer_config
from training.optim import lr_multiplier

BAND = dict(epoch=range(1, 21), runs=[9] * 20, median=numpy.full(20, 2.1))
BAND.update(lowest=numpy.full(20, 2.0), highest=numpy.full(20, 2.2))
# The band is 10 % wide: widened by this and 3 %, it goes from 2.0 / 1.133 to 2.2 * 1.133.
WITHIN = "within the range of all 9 reference runs, or near it, in"
HIGHER, LOWER = (f"the loss is {how} than in all 9 reference runs" for how in ("higher", "lower"))
ALONE = "within the range of the only reference run, or near it, in"


@pytest.mark.parametrize("losses, line", [
    ([2.1] * 12, f"{WITHIN} 12 of 12 epochs (epoch 12: 2.100"),
    ([2.1] * 6 + [2.49] * 6, f"{WITHIN} 12 of 12 epochs (epoch 12: 2.490"),
    ([2.1] * 6 + [2.5] * 4, f"{WITHIN} 6 of 10 epochs (epoch 10: 2.500"),
    ([2.1] * 6 + [2.5] * 5 + [2.1], f"{WITHIN} 7 of 12 epochs (epoch 12: 2.100"),
    # Since epoch 8 it is above the band, and in the last five epochs far above.
    ([3.0, *[2.1] * 6, 2.3, *[2.5] * 5], f"from epoch 8 on {HIGHER} (epoch 13: 2.500"),
    ([1.7] * 5, f"from epoch 1 on {LOWER}: a leak, or another task? (epoch 5: 1.700"),
    ([2.1] * 30, f"{WITHIN} 20 of 20 epochs (epoch 20: 2.100"),  # the public runs have 20 epochs
])  # fmt: skip
def test_a_run_has_left_the_band_if_its_last_epochs_are_all_far_outside(losses, line):
    assert describe(losses, BAND) == f"{line}, theirs 2.000 to 2.200)"


def test_beside_a_single_run_thirty_percent_are_near():
    one = dict(epoch=range(1, 11), runs=[1] * 10, lowest=[2.0] * 10, highest=[2.0] * 10)
    near, far = (describe([2.1] * 5 + [loss] * 5, one) for loss in (2.59, 2.61))
    assert near == f"{ALONE} 10 of 10 epochs (epoch 10: 2.590, theirs 2.000)"
    higher = "from epoch 6 on the loss is higher than in the only reference run"
    assert far == f"{higher} (epoch 10: 2.610, theirs 2.000)"


def test_the_plan_is_that_of_a_file_of_2937_lines(tmp_path):
    for end, documents in (("\n", DOCUMENTS), ("", DOCUMENTS - 1)):
        (tmp_path / "wiki.txt").write_text("\n".join(["Ada."] * 2937) + end)
        assert len(load_corpus(str(tmp_path / "wiki.txt"))) == documents
        config = trainer_config("handout", "pretrain", documents, documents)
        assert "in 20 of 20 epochs" in compare_card(make_card(read_public_run(), config))[1]


def write_log(path, losses, **changes):
    """Write a log of handout on the course's corpus. changes: arguments of trainer_config."""
    config = trainer_config("handout", "pretrain", DOCUMENTS, DOCUMENTS, **changes)
    with open(path, "w") as file:
        for epoch, loss in enumerate(losses, 1):
            tokens = epoch * DOCUMENTS * 127
            ends = (config.warmup_tokens, config.final_tokens)
            rate = config.learning_rate * lr_multiplier("cosine", tokens, *ends)
            record = dict(epoch=epoch, loss=loss, learning_rate=rate, tokens=tokens, seconds=9.0)
            file.write(json.dumps(record) + "\n")
    return str(path)


def read_public_run():
    """Return the losses of the only public run of handout at epochs 1 to 20."""
    with open(BANDS, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["recipe"] == "handout"]
    assert {(row["variant"], row["runs"]) for row in rows} == {("vanilla", "1")}
    return [float(row["median"]) for row in rows[:20]]


def test_a_log_is_compared_unless_its_learning_rate_is_of_another_schedule(tmp_path, capsys):
    losses, log = read_public_run(), tmp_path / "log"
    names = ("--recipe", "handout", "--variant", "vanilla")
    for changes, words in [
        ({}, f"{ALONE} 20 of 20 epochs"),
        (dict(max_epochs=20), "in 20 of 20 epochs"),
        (dict(budget=0.5), "no reference runs: the learning rate is"),
        (dict(learning_rate=1e-3), "no reference runs: the learning rate is"),
    ]:
        assert check_losses.main([write_log(log, losses, **changes), *names]) is None
        line = capsys.readouterr().out
        assert words in line and line.count("\n") == 1
    write_log(log, [loss / 2 for loss in losses])
    assert check_losses.main([str(log), *names]) is None
    assert capsys.readouterr().out.startswith("from epoch 1 on the loss is lower than in the only")
    assert check_losses.main([str(log), *names, "--variant", "synthesizer"]) is None
    assert capsys.readouterr().out == "no reference runs: recipe handout, variant synthesizer\n"
    assert check_losses.main([str(log), "--recipe", "handout"]) == 2  # the variant may be any
    assert "give --recipe and --variant" in capsys.readouterr().err


def make_card(losses, config=None, **changes):
    settings = vars(config or trainer_config("handout", "pretrain", DOCUMENTS, DOCUMENTS))
    card = dict(function="pretrain", recipe="handout", variant="vanilla", losses=losses)
    inputs = {"corpus_path": {"fingerprint": WIKI[0]}}
    return {**card, "settings": settings, "inputs": inputs, **changes}


def test_a_card_of_another_schedule_corpus_recipe_or_function_has_no_band(tmp_path, capsys):
    losses = read_public_run()
    card = make_card(losses)
    band, line = compare_card(card)
    assert "in 20 of 20 epochs" in line
    assert band["median"][:20].tolist() == losses and len(band["median"]) == 650
    for change, words in [
        (dict(settings={**card["settings"], "batch_size": 64}), "batch_size is 64, not 128"),
        (dict(settings={**card["settings"], "final_tokens": 9}), "final_tokens is 9, not 75212800"),
        (dict(inputs={"corpus_path": {"fingerprint": "0"}}), "is not the course's wiki.txt"),
        (dict(recipe="text"), "recipe text, variant vanilla"),
        (dict(recipe="older"), "recipe older"),
        (dict(function="finetune"), "function is finetune, not pretrain"),
    ]:
        band, line = compare_card(make_card(losses, **change))
        assert band is None and line.startswith("no reference runs: ") and line.endswith(words)
        (tmp_path / "out.json").write_text(json.dumps(make_card(losses, **change)))
        assert check_losses.main([str(tmp_path / "out.json")]) is None
        assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize("content, problem", [
    (None, "No such file"), ("", "no epochs"), ("no log\n", "no epochs"), ("[]", "no epochs"),
    ('{"epoch": 1}\n', "no epochs"), ("\0", "NUL byte"),
])  # fmt: skip
def test_a_file_without_epochs_is_one_line_and_exit_code_2(content, problem, tmp_path, capsys):
    if content is not None:
        (tmp_path / "log").write_text(content)
    assert check_losses.main([str(tmp_path / "log")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert said.err.startswith(f"error: {tmp_path}/log") and problem in said.err


def test_the_page_draws_the_losses_on_the_band_with_our_recorded_run(monkeypatch):
    pytest.importorskip("sklearn", reason="pip install -r requirements-report.txt")
    pytest.importorskip("matplotlib", reason="pip install -r requirements-report.txt")
    import contents

    losses = read_public_run()
    runs = [SimpleNamespace(variant="vanilla", pretraining=how) for how in ("without", "with")]
    lines = {"handout": f"{ALONE} 20 of 20", "text": "no reference runs: recipe text"}
    for recipe, line in lines.items():
        card = make_card(losses, recipe=recipe)
        monkeypatch.setattr(contents, "read_card", lambda path, card=card: (card, None))
        html = contents.show_losses("folder", runs)
        assert html.count("<figcaption>") == 1 and f"<figcaption>vanilla: {line}" in html
        for drawn in ("<svg", "public runs", "our recorded run", "this run"):
            assert html.count(drawn) == (recipe == "handout")


def test_each_run_is_compared_with_the_band_of_the_others(tmp_path, capsys):
    head = "variant,schedule_ends_after_epoch,run,epoch,loss"
    lines = [head, "perceiver,650,e,1,1.0", "vanilla,200,f,1,3.0"]
    for run, loss, epochs in [("a", 2.0, 25), ("b", 2.1, 30), ("c", 2.2, 30), ("far", 9.0, 30)]:
        lines += [f"vanilla,650,{run},{epoch},{loss}" for epoch in range(1, epochs + 1)]
    (tmp_path / "losses.csv").write_text("\n".join(lines) + "\n")
    assert make_bands.main([str(tmp_path / "losses.csv")]) is None
    said = capsys.readouterr()
    whole = [f"handout2024,vanilla,{epoch},4,2.0,2.15,9.0" for epoch in (*range(1, 21), 25)]
    rows = [*whole, "handout2024,vanilla,30,3,2.1,2.2,9.0"]
    assert said.out.splitlines()[1:] == ["handout,vanilla,1,1,3.0,3.0,3.0", *rows]
    alarms = said.err.splitlines()
    higher = "run far: from epoch 1 on the loss is higher than in all"
    assert len(alarms) == 26 and all(line.startswith(higher) for line in alarms)
    assert make_bands.main([str(tmp_path / "missing.csv")]) == 2
