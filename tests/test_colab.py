"""colab.ipynb runs top to bottom, from the files to the zip."""

import os
import zipfile
from html import unescape

import nbformat
import pytest
from conftest import ROOT, make_clone
from nbclient import NotebookClient

VARIANT = "rope"
NAMES = ("vanilla.nopretrain", "vanilla.pretrain", f"{VARIANT}.pretrain")


def set_parameters(notebook, **values):
    """Change lines `NAME = ...` of the notebook's first code cell."""
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    lines = cell.source.splitlines()
    names = [line.split(" = ")[0] for line in lines]
    for name, value in values.items():
        lines[names.index(name)] = f"{name} = {value!r}"
    cell.source = "\n".join(lines)


def read_output(notebook, source):
    """Return the text and the HTML that the cell with `source` shows."""
    (cell,) = (each for each in notebook.cells if source in each.source)
    texts = [output.get("text", "") for output in cell.outputs]
    pages = [output["data"].get("text/html", "") for output in cell.outputs if "data" in output]
    return "".join(texts), "".join(pages)


@pytest.mark.slow
def test_it_goes_from_the_files_to_the_zip(world, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tests run side by side, one a core
    notebook = nbformat.read(ROOT / "colab.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    # The course's files lie elsewhere and replace the shipped ones.
    course, store, clone = world / "course's files", world / "store", world / "clone"
    for folder in (course, clone):
        folder.mkdir()
    for path in world.glob("*.t*"):
        path.rename(course / path.name)
    budget = dict(RECIPE="quick", OPTIONS="--max_epochs 1")
    set_parameters(notebook, VARIANT=VARIANT, FILES=str(course), STORE=str(store), **budget)
    with make_clone(clone):
        where = {"metadata": {"path": clone}}
        NotebookClient(notebook, timeout=300, resources=where).execute()

    assert "GPU: False" in read_output(notebook, "torch.cuda.is_available")[0]
    for name in NAMES:
        for split, questions in (("dev", "birth_dev.tsv"), ("test", "birth_test_inputs.tsv")):
            predictions = (clone / f"{name}.{split}.predictions").read_bytes()
            assert predictions.count(b"\n") == (course / questions).read_bytes().count(b"\n")
            assert (store / "quick" / f"{name}.{split}.predictions").read_bytes() == predictions
    text, _ = read_output(notebook, "read_lines(")
    assert text.count("Where was ") == text.count(f"{VARIANT}: ") == 4
    text, _ = read_output(notebook, "run.py ask")
    assert "Where was Hank Aaron born?\t" in text
    _, page = read_output(notebook, "srcdoc")
    assert (clone / "report.html").read_text(encoding="utf-8") in unescape(page)
    _, link = read_output(notebook, "collect_submission.sh")
    assert "assignment5.zip" in link
    with zipfile.ZipFile(clone / "assignment5.zip") as archive:
        names = archive.namelist()
    assert {"src/run.py", "vanilla.model.params", f"{VARIANT}.finetune.params"} <= set(names)
    assert os.path.getsize(clone / "assignment5.zip") > 1e6
