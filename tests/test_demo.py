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
def test_it_runs_and_learns_in_its_first_epoch_what_it_says(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tests run side by side, one a core
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    saved = read_losses(notebook)
    # Only one of its epochs, with the same schedule.
    (cell,) = (cell for cell in notebook.cells if "max_epochs=epochs" in cell.source)
    cell.source = cell.source.replace("max_epochs=epochs", "max_epochs=1")
    where = {"metadata": {"path": NOTEBOOK.parent}}
    NotebookClient(notebook, timeout=900, resources=where).execute()
    # Another machine rounds differently; the curve stays.
    assert read_losses(notebook) == pytest.approx(saved[:1], abs=0.1)
