"""The notebook runs top to bottom, and what it saved is what it prints."""

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

NOTEBOOK = ROOT / "mingpt-demo" / "play_char.ipynb"


def read_losses(notebook):
    """The losses that the training cell printed, one an epoch."""
    printed = "".join(
        output.get("text", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )
    lines = [line for line in printed.splitlines() if line.startswith("epoch ")]
    return [float(line.split("loss ")[1].split()[0]) for line in lines]


def test_it_has_no_second_copy_of_the_model():
    files = {path.name for path in NOTEBOOK.parent.iterdir() if not path.name.startswith(".")}
    assert files == {"play_char.ipynb", "README.md"}
    source = "".join(cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells)
    assert "from model import GPT" in source and "nn.Module" not in source


def test_saved_outputs_are_of_one_run_from_top_to_bottom():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    losses = read_losses(notebook)
    assert len(losses) == 4 and losses[-1] < losses[0]


@pytest.mark.slow
def test_it_runs_and_learns(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tests run side by side, one a core
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    saved = read_losses(notebook)
    NotebookClient(notebook, timeout=900, resources={"metadata": {"path": NOTEBOOK.parent}}).execute()
    losses = read_losses(notebook)
    # Another machine rounds differently; the curve stays.
    assert losses == pytest.approx(saved, abs=0.1)
    assert losses[-1] < 0.7 * losses[0]
