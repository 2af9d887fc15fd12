"""report.html: what stands in it, and, in Chromium if there is one, what it does."""

import json
import re

import pytest
import torch
from browser import CHROMIUM, open_browser
from conftest import PEOPLE, ROOT, make_world, run_forked, run_script, shrink_recipes, snapshot
from gather import read_log
from maps import measure_attention
from reference import weigh
from small import VARIANTS, make_gpt

pytest.importorskip("sklearn", reason="pip install -r requirements-report.txt")
pytest.importorskip("matplotlib", reason="pip install -r requirements-report.txt")


SCRIPT = "page/make_report.py"
HOSTILE = [
    ('<script>alert("1")</script><img src=x onerror=alert(2)>', "Rome"),
    ("</script><!--<script> & 'Quote' \"Double\"", "<b>Oslo</b>"),
    ("\u202eDesrever \u200fYliad\u2067", "$data ${css}"),
    ("Long Word", "Bonn"),
]


def make_models(folder, corpus="wiki.txt"):
    """Make finetuned and pretrained models as reproduce.sh leaves them, of one epoch each."""
    pairs = ("--finetune_corpus_path", "birth_places_train.tsv")
    for variant in VARIANTS:
        pretrained, recipe = f"{variant}.pretrain.params", ("--recipe", "quick", "--max_epochs", "1")
        for words in (
            ("finetune", variant, corpus, *pairs, *recipe, "--writing_params_path", f"{variant}.model.params"),
            ("pretrain", variant, corpus, *pairs, *recipe, "--writing_params_path", pretrained),
            ("finetune", variant, corpus, *pairs, *recipe, "--writing_params_path", f"{variant}.finetune.params",
             "--reading_params_path", pretrained),
        ):  # fmt: skip
            done = run_forked(folder, words)
            assert done.returncode == 0, done.stderr


def make_hostile(folder):
    """Add documents and pairs about people with names that no page should trust."""
    documents = [f"{name}. {name} was born in {place} and {'x' * 10_000}." for name, place in HOSTILE]
    rows = [f"Where was {name} born?\t{place}" for name, place in HOSTILE]
    with open(folder / "wiki.txt", "a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in documents)
    for name in ("birth_places_train.tsv", "birth_dev.tsv"):
        with open(folder / name, "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in rows)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return the folder of a report about the tiny world, made hostile."""
    folder = make_world(tmp_path_factory.mktemp("page"))
    make_hostile(folder)
    with pytest.MonkeyPatch.context() as patch:
        shrink_recipes(patch)
        make_models(folder)
    done = run_script(folder, ROOT / SCRIPT, "--folder", ".")
    assert done.returncode == 0 and done.stdout == "Wrote report.html: open it in a browser\n", done.stderr
    return folder


def read_data(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    return html, json.loads(text)


def test_the_page_holds_every_question_with_its_document_and_each_models_answer(page):
    html, data = read_data(page)
    asked = [(f"Where was {name} born?", place) for name, place in [*PEOPLE[4:], *HOSTILE]]
    assert data["questions"] == [list(each) for each in asked]
    names = [f"{variant}, {how} pretraining" for variant in VARIANTS[::-1] for how in ("without", "with")]
    assert [run["name"] for run in data["runs"]] == names
    assert all(len(run["answers"]) == len(asked) for run in data["runs"])
    assert all(0 <= confidence <= 1 and 0 <= support <= 1 for run in data["runs"] for _, confidence, support, _ in run["answers"])
    line, text, body = data["documents"][0]
    assert (line, text[:body]) == (5, "Emmy Noether. ")
    assert "vanilla: no reference runs: recipe quick, variant vanilla." in html
    assert all(len(document[1]) <= 10_002 for document in data["documents"] if document)


def test_nothing_of_a_hostile_corpus_is_markup(page):
    html, data = read_data(page)
    assert html.count("<script") == html.count("</script>") == 2
    assert "<img" not in html and "<b>" not in html and "\u202e" not in html and "onerror=alert" in html
    assert "default-src 'none'" in html and " style=" not in html and "http-equiv" in html
    assert data["questions"][-2][1] == "$data ${css}"  # and no place of the template was filled with it


def test_a_mistake_is_one_line_and_leaves_the_last_page(page, tmp_path):
    before = snapshot(page)
    for words, part in [
        (("--folder", str(tmp_path)), "no vanilla.finetune.params"),
        (("--folder", ".", "--out", "wiki.txt"), "wiki.txt: is also another file"),
    ]:
        done = run_script(page, ROOT / SCRIPT, *words)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and part in done.stderr, done.stderr
    assert snapshot(page) == before


@torch.no_grad()
@pytest.mark.parametrize("variant", VARIANTS)
def test_attention_maps_are_the_weights_that_the_formula_gives(variant):
    model = make_gpt(variant, std=0.5).eval()
    ids = torch.tensor([3, 1, 4, 1, 5, 9, 2])
    weights = measure_attention(model, ids)  # (layers, heads, 7, 7)
    assert weights.shape == (2, 2, 7, 7)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 7))
    positions = 0 if model.pos_emb is None else model.pos_emb[0, :7]
    x = model.blocks[0].ln1(model.tok_emb(ids) + positions).double()
    expected = weigh(model.blocks[0].attn.double().state_dict(), "", x[None], n_head=2)[0]
    torch.testing.assert_close(weights[0].double(), expected, atol=1e-5, rtol=0)


def test_the_log_of_a_killed_training_counts_each_epoch_once(tmp_path):
    log = tmp_path / "log"
    rows = [(1, 9.0, 9), (2, 8.0, 9), (1, 3.0, 1), (2, 2.5, 2), (2, 2.0, 3), (3, 1.0, 4)]
    log.write_text("".join(json.dumps(dict(zip(("epoch", "loss", "seconds"), row))) + "\n" for row in rows))
    assert read_log(log) == [(1, 3.0), (3, 2.0), (4, 1.0)]
    log.write_text('{"epoch": "x"}\n')
    assert read_log(log) == [] == read_log(tmp_path / "missing")


# In a browser

browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium: apt-get install chromium")
ROWS = "Array.from(document.querySelectorAll('#answers tbody tr'), (row) => Array.from(row.cells, (cell) => cell.textContent))"
SEARCH = "(() => {{ const it = document.getElementById('{}'); it.value = {}; it.dispatchEvent(new Event('{}', {{bubbles: true}})); }})()"

# The number of the table's headings that reach into the next one.
OVERLAPS = """
(() => {
    const boxes = Array.from(document.querySelectorAll('#answers thead button'), (each) => each.getBoundingClientRect());
    return boxes.filter((box, i) => i && box.top < boxes[i - 1].bottom && box.left < boxes[i - 1].right).length;
})()
"""


def put(tab, name, value, event="input"):
    tab.run(SEARCH.format(name, json.dumps(value), event))


@browser
def test_a_reader_sorts_searches_and_chooses_another_question(page):
    with open_browser() as tab:
        tab.open(page / "report.html")
        assert len(tab.run(ROWS)) == 8
        sort = "document.querySelectorAll('#answers thead button')[1].click()"
        tab.run(sort)
        places = [row[1] for row in tab.run(ROWS)]
        plain = [place for place in places if place.isalpha()]
        tab.run(sort)
        assert plain == sorted(plain) and [row[1] for row in tab.run(ROWS)] == places[::-1]
        put(tab, "search", "POINCARÉ")
        assert [row[0] for row in tab.run(ROWS)] == ["Where was Henri Poincaré born?"]
        put(tab, "search", "<b>oslo")
        assert [row[1] for row in tab.run(ROWS)] == ["<b>Oslo</b>"]
        put(tab, "search", "")
        put(tab, "least", "1")
        assert {row[2] for row in tab.run(ROWS)} == {"unknown"}
        drawn = "Array.from(document.querySelectorAll('.large'), (canvas) => canvas.toDataURL())"
        before = tab.run(drawn)
        put(tab, "question", "1", "change")
        after = tab.run(drawn)
        assert len(before) == len(VARIANTS) and all(a != b for a, b in zip(before, after))
        tab.run("document.querySelectorAll('.heads button')[1].click()")
        assert tab.run("document.querySelector('#maps h3').textContent").endswith("layer 1, head 2")
        assert tab.said == [] and set(tab.fetched) <= {(page / "report.html").as_uri()}


@browser
@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_the_hostile_page_fits_its_window_and_runs_nothing(page, width, scheme):
    with open_browser() as tab:
        tab.resize(width, scheme)
        tab.open(page / "report.html")
        tab.run("document.querySelectorAll('.document button').forEach((button) => button.click())")
        assert tab.run("document.documentElement.scrollWidth") <= width
        assert tab.run(OVERLAPS) == 0
        assert tab.run("Array.from(document.querySelectorAll('.scroll'), (box) => box.scrollWidth - box.clientWidth)") == [0] * 4
        assert tab.run("document.querySelectorAll('script, img, b').length") == 2
        light = tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert light == (scheme == "light")
        assert tab.said == [] and set(tab.fetched) <= {(page / "report.html").as_uri()}


def test_the_figure_shows_every_curve_of_the_table(tmp_path):
    import plot_table

    recorded = ROOT / "docs" / "curve.csv"
    for name in ("one.svg", "two.svg"):
        plot_table.main([str(recorded), str(tmp_path / name)])
    figure = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert figure == (tmp_path / "two.svg").read_text(encoding="utf-8")
    shipped = (ROOT / "docs" / "accuracy.svg").read_text(encoding="utf-8")
    for variant in ("vanilla", "synthesizer"):
        for pretraining in ("with", "without"):
            assert f"{variant}, {pretraining} pretraining" in figure
            assert f"{variant}, {pretraining} pretraining" in shipped
