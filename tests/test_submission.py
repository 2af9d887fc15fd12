import shutil
import subprocess
import zipfile

import pytest
from conftest import ROOT

PREDICTIONS = ["vanilla.nopretrain", "vanilla.pretrain", "synthesizer.pretrain"]
FILES = [
    *["vanilla.model.params", "vanilla.finetune.params", "synthesizer.finetune.params"],
    *[f"{name}.{split}.predictions" for name in PREDICTIONS for split in ("dev", "test")],
]


@pytest.fixture(params=["plain", "-a folder with spaces"])
def assignment(request, tmp_path):
    """Make a folder with the code, the script and the nine files of the handout."""
    folder = tmp_path / request.param
    folder.mkdir()
    shutil.copytree(ROOT / "src", folder / "src")
    shutil.copy(ROOT / "collect_submission.sh", folder)
    for name in FILES:
        (folder / name).write_text(name)
    return folder


def collect(folder, *words):
    return subprocess.run(
        ["bash", "collect_submission.sh", *words], cwd=folder, capture_output=True, encoding="utf-8"
    )


def test_the_zip_holds_the_code_and_the_nine_files(assignment):
    done = collect(assignment)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(assignment / "assignment5.zip") as archive:
        names = archive.namelist()
        assert all(archive.read(name).decode() == name for name in FILES)
    sources = [str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.py")]
    assert sorted(names) == sorted([*FILES, *sources])
    assert all(name in done.stdout for name in names)


def test_another_variant_takes_the_synthesizers_place(assignment):
    for name in FILES:
        path = assignment / name
        path.rename(assignment / name.replace("synthesizer", "rope"))
    assert "missing: synthesizer.finetune.params" in collect(assignment).stderr
    done = collect(assignment, "rope")
    assert done.returncode == 0 and "rope.pretrain.dev.predictions" in done.stdout
    for word in ("vanilla", "--help"):
        done = collect(assignment, word)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("usage: ")


def test_each_missing_file_is_named_and_no_zip_made(assignment):
    gone = ["vanilla.pretrain.test.predictions", "synthesizer.finetune.params"]
    for name in gone:
        (assignment / name).unlink()
    (assignment / "vanilla.model.params").write_text("")
    done = collect(assignment)
    assert done.returncode == 1
    for name in FILES:
        reported = f"missing: {name}\n" in done.stderr
        assert reported == (name in [*gone, "vanilla.model.params"])
    assert not (assignment / "assignment5.zip").exists()
