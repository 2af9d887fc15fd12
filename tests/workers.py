"""Groups of processes for the tests: torchrun's own agent starts them, as copies of this process."""

import logging
import os
import sys
from pathlib import Path

from forks import run_fork
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

import run
from parallel import join


class Group:
    """What has become of a group: the exit code of its agent, and of each worker, by rank, the exit codes
    and what they have printed; a worker that was started again has several.
    """

    def __init__(self, folder, size, returncode):
        self.returncode = returncode
        self.codes, self.out, self.err = (
            [read(folder / f"{name}.{rank}") for rank in range(size)] for name in ("code", "out", "err")
        )
        self.codes = [[int(code) for code in codes.split()] for codes in self.codes]


def read(path):
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def run_group(folder, size, words, before=None, max_restarts=0):
    """`torchrun --nproc_per_node=SIZE src/run.py WORDS` in the folder; returns a Group.

    before: called in each worker first, with its rank and how often it was started before.
    """
    folder = Path(folder)

    def work():
        rank = os.environ["RANK"]
        for number, name in [(1, "out"), (2, "err")]:
            stream = open(folder / f"{name}.{rank}", "a", encoding="utf-8")
            os.dup2(stream.fileno(), number)
            setattr(sys, f"std{name}", stream)
        join.cache_clear()
        if before:
            before(int(rank), int(os.environ["TORCHELASTIC_RESTART_COUNT"]))
        try:
            code = run.main(list(map(str, words)))
        except SystemExit as ended:
            code = ended.code
        with open(folder / f"code.{rank}", "a") as file:
            file.write(f"{code} ")
        sys.exit(code)

    def launch():
        logging.disable()
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=size, max_restarts=max_restarts,
            rdzv_backend="c10d", rdzv_endpoint="localhost:0", monitor_interval=0.05, start_method="fork",
        )  # fmt: skip
        try:
            elastic_launch(config, work)()
        except ChildFailedError:
            return 1

    done = run_fork(folder, launch)
    return Group(folder, size, done.returncode)
