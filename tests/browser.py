"""Drive a page in headless Chromium through a pipe: no port, no driver, nothing else to install."""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
WORDS = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-pipe --disable-background-networking"
SECONDS = 300  # the longest that a browser may run; the machine may be busy


class Page:
    """Hold a tab; `said` has what the console said, `fetched` every address that was asked for."""

    def __init__(self, reading, writing):
        self.reading, self.writing = reading, writing
        self.number, self.buffer, self.session = 0, b"", None
        self.said, self.fetched, self.events = [], [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **words):
        """Return what the browser answers to a call of its protocol."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": words}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def read(self):
        """Return the next message; keep events, what the console said and what was fetched."""
        while b"\0" not in self.buffer:
            part = os.read(self.reading, 2**16)
            assert part, "the browser has ended"
            self.buffer += part
        message, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(message)
        method, words = message.get("method"), message.get("params", {})
        self.events.append(method)
        if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.said.append(words)
        if method == "Log.entryAdded" and words["entry"]["level"] in ("warning", "error"):
            self.said.append(words)
        if method == "Network.requestWillBeSent":
            self.fetched.append(words["request"]["url"])
        return message

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while "Page.loadEventFired" not in self.events:
            self.read()

    def resize(self, width, scheme="light"):
        """Give the window this width, and its page the colours of the scheme."""
        metrics = dict(width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def run(self, script):
        """Return the value of a JavaScript expression."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")


@contextmanager
def open_browser():
    """Yield a Page. Chromium reads its commands from file number 3 and answers to number 4."""
    (their_in, writing), (reading, their_out) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = f'exec "{CHROMIUM}" {WORDS} --user-data-dir="{profile}" 3<&{their_in} 4>&{their_out}'
        process = subprocess.Popen(
            ["timeout", str(SECONDS), "bash", "-c", command],
            pass_fds=(their_in, their_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        try:
            yield Page(reading, writing)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait()
            os.close(reading)
            os.close(writing)
