"""The laboratory: each statistic by hand, and each program's --quick."""

import csv
import math
import re

import pytest

pytest.importorskip("sklearn", reason="pip install -r requirements-report.txt")
pytest.importorskip("matplotlib", reason="pip install -r requirements-report.txt")

import augmentation  # noqa: E402
import capacity  # noqa: E402
import frame  # noqa: E402
import frequency  # noqa: E402
import knowing  # noqa: E402
import make_page  # noqa: E402
import torch  # noqa: E402
import tracing  # noqa: E402
import unknown  # noqa: E402
from conftest import ROOT  # noqa: E402
from small import make_gpt  # noqa: E402

from answering.answers import Answer, predict  # noqa: E402
from text.formats import PAD_CHAR  # noqa: E402

FINDINGS = sorted(
    path.stem for path in (ROOT / "lab").glob("*.py") if path.stem not in ("frame", "make_page")
)
OSLO = frame.pair("Where?", "Oslo")


def make_random(**shape):
    """Make a model of the lab's vocabulary that says something else everywhere."""
    size = dict(vocab_size=len(frame.VOCABULARY), block_size=frame.BLOCK)
    return make_gpt(std=0.3, **size, **shape).eval()


@pytest.mark.parametrize("name", FINDINGS)
def test_each_finding_writes_its_table_and_plot_in_quick(cli, tmp_path, name):
    for seed in "010":
        done = cli(f"lab/{name}.py", "--quick", "--seed", seed, "--out", tmp_path)
        assert done.returncode == 0, done.stderr
    with open(tmp_path / f"{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    *_, y, _ = rows[0]
    halves = [[list(row.values())[1:4] for row in rows if row["seed"] == seed] for seed in "01"]
    assert halves[0] == halves[1] and len(rows) == 2 * len(halves[0])
    assert len(halves[0]) == done.stdout.count("\n") - 2
    assert all(float(row[y]) >= 0 or name in ("tracing", "knowing") for row in rows)
    assert (tmp_path / f"{name}.svg").read_text(encoding="utf-8").count("<svg") == 1
    assert not make_page.main(["--out", str(tmp_path)])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'src="(.*?)"', page) == [f"{name}.svg"] and f"lab/{name}.py" in page


def test_a_mistake_is_one_line_of_error(cli):
    done = cli("lab/capacity.py", "--nothing")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_only_what_is_learned_is_trained():
    x, y = frame.Texts([OSLO])[0]
    assert frame.VOCABULARY.decode(x).rstrip(PAD_CHAR) == "Where?⁇Oslo⁇"
    assert frame.VOCABULARY.decode(y).strip(PAD_CHAR) == "Oslo⁇" and x[7] == y[6]
    x, y = frame.Texts([("", "Oslo")])[0]
    assert frame.VOCABULARY.decode(y).rstrip(PAD_CHAR) == "slo"
    moved = frame.move("Who?", 10)
    assert len(moved) == 14 and moved.endswith("Who?") and moved[:10] in frame.FILLER


def test_the_loss_of_a_model_without_preferences_is_that_of_chance():
    model = make_random()
    torch.nn.init.zeros_(model.head.weight)
    losses, said = frame.compute_losses(model, [OSLO, frame.pair("Who?", "Bo")])
    per_character = math.log(len(frame.VOCABULARY))
    assert losses.tolist() == pytest.approx([5 * per_character, 3 * per_character])
    assert said.tolist() == [False, False]


def test_what_counts_as_right_is_what_sampling_answers():
    names, places = frame.invent_people(24, 0)
    facts = frame.ask_places(names, places)
    epochs = []
    shape = dict(n_layer=1, n_head=2, n_embd=32, after_epoch=lambda model, n: epochs.append(n))
    model = frame.train(facts, 30, 0, **shape)
    found = predict(model, frame.VOCABULARY, [read[:-1] for read, _ in facts])
    right = [text == place for text, place in zip(found, places)]
    assert 0 < sum(right) < 24 and epochs == list(range(1, 31))
    assert frame.compute_losses(model, facts)[1].tolist() == right
    assert frame.score(model, facts) == pytest.approx(100 * sum(right) / 24)


def test_mentions_follow_the_power_law():
    # 1 + 1/2 + 1/3 = 11/6: of 11 people 6 have one mention, 3 two and 2 three.
    assert frequency.share_mentions(11, 3) == [1] * 6 + [2] * 3 + [3] * 2
    assert frequency.share_mentions(5, 2, exponent=2) == [1] * 4 + [2]


def test_bits_are_those_of_the_codes_without_those_that_are_lacking():
    # 6 letters of 16: 24 bits. Known; 8 bits are lacking; the model is worse than chance.
    lacking = [0.0, 8 * math.log(2), 30 * math.log(2)]
    assert capacity.CODE_BITS == 24 and capacity.count_bits(lacking) == pytest.approx(24 + 16)
    read, learned = capacity.invent_codes(3, 0)[0]
    assert len(learned) == 7 and set(learned[:-1]) <= set("abcdefghijklmnop")


def test_the_rank_is_the_place_among_the_logits():
    logits = torch.tensor([0.5, 3.0, 1.0, 3.0])
    assert [tracing.rank(logits, target) for target in range(4)] == [4, 1, 3, 1]


def test_the_share_that_is_recovered():
    assert tracing.recover(clean=0.9, spoilt=0.1, restored=0.5) == pytest.approx(0.5)
    assert tracing.find_parts("Was Bo Li born?⁇", "Bo Li") == {
        "first name": slice(4, 6), "last name": slice(6, 9), "words after": slice(9, 15),
        "end mark": slice(15, 16),
    }  # fmt: skip


@pytest.mark.parametrize("variant", ["vanilla", "synthesizer"])
def test_putting_the_last_output_back_recovers_all_and_elsewhere_nothing(variant):
    model, read = make_random(variant=variant), "Was Bo Li born?⁇"
    noise = torch.randn(4, len(read), 16)
    with torch.no_grad():
        found = tracing.trace(model, read, "Bo Li", 5, noise)
        clean = model(frame.VOCABULARY.encode(read)[None])[0][0, -1]
        whole = tracing.trace(model, read, "Bo Li", 5, 0 * noise)
    assert found["clean"] == pytest.approx(clean.softmax(-1)[5].item())
    assert found["clean"] != pytest.approx(found["spoilt"], rel=1e-3)
    assert found["end mark", 2] == pytest.approx(found["clean"])
    assert found["words after", 2] == pytest.approx(found["spoilt"])
    assert found["end mark", 0] == pytest.approx(found["spoilt"])  # the noise is at the name
    assert found["first name", 0] != pytest.approx(found["spoilt"], rel=1e-3)
    assert found[2] == tracing.rank(clean, 5)
    probs = [found for key, found in whole.items() if key not in range(3)]
    assert probs == pytest.approx([whole["clean"]] * len(probs))


def test_texts_differ_in_what_the_condition_allows():
    facts, write = ("Rome", "Acme", "law"), augmentation.write_text
    one = [("Bo Li was born in ", "Rome"), ("Bo Li was born in Rome. This one serves ", "Acme")]
    assert write("Bo Li", facts, (0, 2, 0), (0, 1), full_name=False) == one
    last = "Bo Li studied law. Bo Li comes from "
    assert write("Bo Li", facts, (1, 0, 0), (2, 0), full_name=True)[-1] == (last, "Rome")
    # The longest text that there can be fits into an example.
    longest = [max(words, key=len) for words in (augmentation.FIRMS.split(), frame.PLACES)]
    name = f"{max(frame.FIRST, key=len)} {max(frame.LAST, key=len)}"
    subject = max(augmentation.SUBJECTS.split(), key=len)
    choices = [each.index(max(each, key=len)) for each in augmentation.WORDINGS]
    before, fact = write(name, (longest[1], longest[0], subject), choices, range(3), True)[-1]
    assert len(before + fact + ".⁇") <= frame.BLOCK


def test_a_share_of_the_finetuning_is_unknown():
    assert unknown.mix(list("abcd"), list("xyz"), 0.25, 4) == ["x", "a", "b", "c"]
    assert unknown.mix(list("abcd"), list("xyz"), 0, 2) == ["a", "b"]


def test_the_product_is_that_of_confidence_and_support():
    answers = [Answer("Rome", 0.5, 0.5), Answer("Oslo", 0.8, 0.8)]
    scores = knowing.collect_scores(answers, [0.5, 1.0])
    assert scores["product"] == [0.25, 0.8] and scores["confidence"] == [0.5, 0.8]


def test_the_script_runs_every_finding():
    script = (ROOT / "lab" / "run.sh").read_text(encoding="utf-8")
    assert sorted(re.search(r'findings="(.*)"', script)[1].split()) == FINDINGS
