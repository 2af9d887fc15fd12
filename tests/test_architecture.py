"""The folders show the architecture, imports go one way: down; and tests end."""

import re
import signal

from conftest import ROOT, SECONDS

FLOORS = [  # from the ground up; an import may go to its own floor or to a lower one
    {"text"},
    {"training"},
    {"dataset", "attention", "model", "models", "trainer", "recipes"},
    {"objectives"},
    {"answering"},
    {"utils"},
    {"runs"},
    {"run"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
IMPORT = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)


def test_no_import_goes_up():
    src = ROOT / "src"
    for path in src.rglob("*.py"):
        room = path.relative_to(src).parts[0].removesuffix(".py")
        for name in IMPORT.findall(path.read_text(encoding="utf-8")):
            assert FLOOR.get(name, 0) <= FLOOR[room], f"{path} imports {name}"


def test_each_test_has_a_time_limit():
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= SECONDS
