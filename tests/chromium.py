"""Chromium by its devtools protocol, over two pipes: waits for states of a page, not for time."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium")
LIMIT = 60
"""Seconds without a word after which a browser is given up: a state may never come."""
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, end in enumerate(ends, 3):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
_UNTIL = """new Promise((done) => {
  const look = () => { if (CONDITION) { seen.disconnect(); done(true); } };
  const seen = new MutationObserver(look);
  seen.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  look();
})"""


class Browser:
    """A Chromium that is spoken to by NUL-terminated JSON."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._rest, self._count = b"", 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **params: Any) -> Any:
        """The result of a command; events before it are left aside."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        named = {"sessionId": session} if session else {}
        os.write(self._to, json.dumps({**message, **named}).encode() + b"\0")
        answer = next(each for each in self._messages() if each.get("id") == self._count)
        assert "error" not in answer, answer
        return answer["result"]

    def wait(self, event: str) -> None:
        """Until the next event of a name."""
        next(each for each in self._messages() if each.get("method") == event)

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" not in self._rest:
                assert select.select([self._back], [], [], LIMIT)[0], f"no answer in {LIMIT} s"
                part = os.read(self._back, 1 << 20)
                assert part, "Chromium has ended"
                self._rest += part
            one, _, self._rest = self._rest.partition(b"\0")
            message = json.loads(one)
            if "method" in message:
                self.events.append(message)
            yield message

    @contextmanager
    def page(
        self, path: Path, *, width: int = 1280, before: str = "", fragment: str = ""
    ) -> Iterator[Page]:
        """A tab that has loaded a file; `before` is a script that runs in it first."""
        self.events.clear()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        found = self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, found["sessionId"])
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        page.call("Emulation.setDeviceMetricsOverride", **metrics)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setFocusEmulationEnabled", enabled=True)  # keys need a focus
        page.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        page.call("Page.navigate", url=path.as_uri() + fragment)
        self.wait("Page.loadEventFired")
        yield page
        self.call("Target.closeTarget", targetId=target)


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> Any:
        """The result of a command for this tab."""
        return self._browser.call(method, self._session, **params)

    def run(self, script: str) -> Any:
        """The value of an expression, awaited."""
        options = {"awaitPromise": True, "returnByValue": True}
        found = self.call("Runtime.evaluate", expression=script, **options)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until the document is so."""
        self.run(_UNTIL.replace("CONDITION", condition))

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39, "ArrowDown": 40}
        codes |= {"Escape": 27, "/": 191, "?": 191, "n": 78, "m": 77}
        for key in keys:
            code = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
            text = {"Enter": {"text": "\r"}}.get(key, {"text": key} if len(key) == 1 else {})
            self.call("Input.dispatchKeyEvent", type="keyDown", **code, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def requests(self) -> list[str]:
        """The addresses that anything asked for since the tab was opened, the file's own first."""
        sent = (
            each for each in self._browser.events if each["method"].endswith("requestWillBeSent")
        )
        return [each["params"]["request"]["url"] for each in sent]

    def complaints(self) -> list[dict[str, Any]]:
        """Errors, exceptions and refused loads that the console would show."""
        self.run("0")  # what was sent before this answer has been read now
        kinds = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [each["params"] for each in self._browser.events if each["method"] in kinds]

    def names(self) -> set[tuple[str, str]]:
        """Role and name of all that a screen reader meets."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return {
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node["ignored"]
        }


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A Chromium of one's own, with its profile in `folder`."""
    (read, to), (back, write) = os.pipe(), os.pipe()
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    own = (f"--user-data-dir={folder}", "--remote-debugging-pipe")
    command = [sys.executable, "-c", _START, str(read), str(write), str(CHROMIUM), *options, *own]
    with subprocess.Popen(command, pass_fds=(read, write), stderr=subprocess.DEVNULL) as process:
        os.close(read)
        os.close(write)
        browser = Browser(to, back)
        try:
            yield browser
            browser.call("Browser.close")
        finally:
            process.kill()
            os.close(to)
            os.close(back)
