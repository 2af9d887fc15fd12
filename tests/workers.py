"""Start groups of processes by torchrun's own agent, as copies of this process."""

import ctypes
import faulthandler
import logging
import multiprocessing
import os
import subprocess
import sys
from contextlib import contextmanager

from forks import fork
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

import run

LINK = "veth0"


class Group:
    """Hold the exit codes of a group's agents and, by rank, its workers' codes and output.

    A worker that was started again has several codes, one that was killed has none.
    """

    def __init__(self, folder, size, agents):
        self.agents = agents
        self.codes, self.out, self.err = (
            [take(folder / f"{name}.{rank}") for rank in range(size)]
            for name in ("code", "out", "err")
        )
        self.codes = [[int(code) for code in codes.split()] for codes in self.codes]


def take(path):
    """Return the text of a file and remove it; "" without one."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def run_group(folder, size, words, before=None, max_restarts=0, hosts=(None,)):
    """Run `torchrun --nproc_per_node=SIZE ... src/run.py WORDS` in the folder; return a Group.

    before: called in each worker first, with its rank and how often it was started before. hosts:
    of connect_hosts; on each there is an agent.
    """
    # The agent serves the workers' store in a thread, which looks up the name of who connects, and
    # a worker that is forked meanwhile would wait for glibc's lock on names for ever.
    all_forked = multiprocessing.get_context("fork").Barrier(size * len(hosts))

    def launch(number):
        logging.disable()  # the agent's
        config = dict(nproc_per_node=size, max_restarts=max_restarts, rdzv_endpoint="localhost:0")
        if hosts[number]:
            enter(hosts[number])
            os.environ["GLOO_SOCKET_IFNAME"] = LINK
            config |= dict(rdzv_endpoint=f"{address(0)}:29400", local_addr=address(number))
            config |= dict(rdzv_configs={"is_host": number == 0})
        nodes = len(hosts)
        config |= dict(run_id="test", rdzv_backend="c10d")
        config |= dict(monitor_interval=0.05, start_method="fork")
        try:
            start = elastic_launch(LaunchConfig(nodes, nodes, **config), work)
            start(folder, words, before, all_forked)
        except ChildFailedError:
            return 1

    with open(os.devnull, "r+b") as nothing:
        files = [nothing.fileno()] * 2 + [2]
        agents = [fork(folder, lambda n=n: launch(n), files) for n in range(len(hosts))]
        codes = [os.waitstatus_to_exitcode(os.waitpid(agent, 0)[1]) for agent in agents]
    return Group(folder, size * len(hosts), codes)


def work(folder, words, before, all_forked):
    """Do a worker's work; end it, and say where, if it waits for the others for ever."""
    rank = os.environ["RANK"]
    for number, name in [(1, "out"), (2, "err")]:
        stream = open(folder / f"{name}.{rank}", "a", encoding="utf-8")
        os.dup2(stream.fileno(), number)
        setattr(sys, f"std{name}", stream)
    faulthandler.dump_traceback_later(150, exit=True, file=sys.stderr)
    all_forked.wait()
    if before:
        before(int(rank), int(os.environ["TORCHELASTIC_RESTART_COUNT"]))
    try:
        code = run.main(list(map(str, words)))
    except SystemExit as ended:
        code = ended.code
    with open(folder / f"code.{rank}", "a") as file:
        file.write(f"{code} ")
    sys.exit(code)


@contextmanager
def connect_hosts():
    """Yield the names of two network namespaces that are connected to each other only.

    Raises OSError or subprocess.CalledProcessError where they can't be made.
    """
    hosts = [f"host{number}-{os.getpid()}" for number in (0, 1)]
    try:
        for host in hosts:
            ip("netns", "add", host)
        ends = (["name", LINK, "netns", host] for host in hosts)
        ip("link", "add", *next(ends), "type", "veth", "peer", *next(ends))
        for number, host in enumerate(hosts):
            ip("-n", host, "address", "add", f"{address(number)}/24", "dev", LINK)
            for device in (LINK, "lo"):
                ip("-n", host, "link", "set", device, "up")
        yield hosts
    finally:
        for host in hosts:
            subprocess.run(["ip", "netns", "delete", host], capture_output=True)


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def address(number):
    return f"10.77.0.{number + 1}"


def enter(host):
    """Move this process into a network namespace."""
    with open(f"/run/netns/{host}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0):
            raise OSError(ctypes.get_errno(), f"setns {host}")
