"""Run Python programs in copies of this process, which has torch: importing it takes seconds."""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LAUNCHER = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1].startswith("-") and sys.argv[1] != "-c":
    os.execv({real!r}, [{real!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [json.dumps([os.getcwd(), sys.argv[1:]]).encode()], [0, 1, 2])
    sys.exit(int(server.recv(9) or b"1"))
"""


def run_fork(folder, call):
    """Run `call()` in the folder, in a copy of this process; return a subprocess.CompletedProcess.

    The exit code is what `call` returns or exits with.
    """
    with open(os.devnull, "rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        _, status = os.waitpid(fork(folder, call, [file.fileno() for file in (nothing, out, err)]), 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(call, os.waitstatus_to_exitcode(status), *texts)


def fork(folder, call, files):
    """Start `call()` in a copy of this process; return its pid. files: stdin, stdout and stderr."""
    importlib.import_module("torch._dynamo")  # else the first step in each copy does so, for a second
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        gc.freeze()  # else a collection would copy all that this process shares with its parent
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts with & ignores it
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(300)  # as the test that waits for it
        os.chdir(folder)
        for number, file in enumerate(files):
            os.dup2(file, number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
        code = call()
    except SystemExit as ended:
        code = ended.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream:  # a test may have closed it
                stream.flush()
        os._exit(code or 0)


def run_program(modules, script, *words):
    """Run `python SCRIPT WORDS` here, without these modules and the repository's paths."""
    for name in modules:
        sys.modules.pop(name, None)
    own = "" if script == "-c" else str(Path(script).resolve().parent)
    sys.path[:] = [own, *(path for path in sys.path if not is_ours(path))]
    start(script, words)


def find_modules():
    """Return the names of the repository's modules.

    A copy of this process that looked for them would copy the memory of all modules.
    """
    modules = list(sys.modules.items())
    return [name for name, each in modules if is_ours(getattr(each, "__file__", None) or "/")]


def start(script, words):
    """Run the script with the modules that are there."""
    sys.argv = [str(script), *map(str, words)]
    if script == "-c":
        code = sys.argv.pop(1)
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
    else:
        runpy.run_path(str(script), run_name="__main__")


def is_ours(path):
    """Return whether the path is in the repository, but not in its environment."""
    path = os.path.abspath(path)
    return path.startswith(str(ROOT)) and not path.startswith(sys.prefix)


@contextmanager
def stand_in(path):
    """Make `path` a program that does what this Python does, scripts by `run_program`."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        for name in ("torch._dynamo", "matplotlib", "sklearn"):  # for all of the server's copies
            with suppress(ImportError):
                importlib.import_module(name)
        address = str(Path(folder) / "socket")  # short, as it must be
        python = Path(sys.base_prefix) / "bin" / "python3"
        Path(path).write_text(LAUNCHER.format(python=python, real=sys.executable, address=address))
        Path(path).chmod(0o755)
        listener.bind(address)
        listener.listen()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                serve(listener, parent)
            finally:
                os._exit(1)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def serve(listener, parent):
    """Run what the launcher asks for, until the parent has ended."""
    listener.settimeout(10)
    modules = find_modules()
    while os.getppid() == parent:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection:
            message, files, *_ = socket.recv_fds(connection, 2**16, 3)
            folder, words = json.loads(message)
            call = partial(run_program, modules, *words)
            _, status = os.waitpid(fork(folder, call, files), 0)
            for file in files:
                os.close(file)
            code = os.waitstatus_to_exitcode(status)
            connection.send(str(code if code >= 0 else 128 - code).encode())
