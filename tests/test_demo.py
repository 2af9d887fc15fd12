"""The notebook runs top to bottom, and what it saved is what it prints."""

import nbformat
import pytest
from conftest import ROOT
from forks import run_fork

NOTEBOOK = ROOT / "mingpt-demo" / "play_char.ipynb"


def read_code():
    """Return the notebook's cells of code."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def read_losses(printed):
    """Return the losses that the training cell printed, one an epoch."""
    lines = [line for line in printed.splitlines() if line.startswith("epoch ")]
    return [float(line.split("loss ")[1].split()[0]) for line in lines]


def test_it_has_no_second_copy_of_the_model():
    files = {path.name for path in NOTEBOOK.parent.iterdir() if not path.name.startswith(".")}
    assert files == {"play_char.ipynb", "README.md"}
    source = "".join(cell.source for cell in read_code())
    assert "from model import GPT" in source and "nn.Module" not in source


@pytest.mark.slow
def test_it_runs_and_learns_in_its_first_epoch_what_it_says():
    cells = read_code()
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    texts = [output.get("text", "") for cell in cells for output in cell.outputs]
    saved = read_losses("".join(texts))
    assert len(saved) == 4 and saved[-1] < saved[0]
    # Only one of its epochs, with the same schedule.
    code = "\n".join(cell.source for cell in cells)
    assert "max_epochs=epochs" in code
    code = code.replace("max_epochs=epochs", "max_epochs=1")
    done = run_fork(NOTEBOOK.parent, lambda: exec(code, {"__name__": "__main__"}))
    assert done.returncode == 0, done.stderr
    # Another machine rounds differently; the curve stays.
    assert read_losses(done.stdout) == pytest.approx(saved[:1], abs=0.1)
