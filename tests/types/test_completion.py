"""What an editor offers while a test is typed: asked of pyright's language server, as editors do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.fake.script import Selectors
from pytest_sesfake.fake.settings import Given
from pytest_sesfake.reading import matching

if TYPE_CHECKING:
    from collections.abc import Iterator

VERBS = {"one", "all", "first", "last", "none", "count", "wait", "wait_async"}
LOGS = {
    "outbox": matching.MessageMatchers,
    "events": matching.EventMatchers,
    "calls": matching.CallMatchers,
    "system_mail": matching.SystemMailMatchers,
    "notifications": matching.NotificationMatchers,
}
STEPS = {
    *("deliver", "bounce", "soft_bounce", "delay", "suppress", "reject", "complain", "auto_reply"),
    *("open", "click", "unsubscribe", "apply"),
    *("accept", "throttle", "fail", "timeout", "disconnect", "slow"),
}
HEAD = "from pytest_sesfake import Bounce, SesFake\n\n\ndef test_it(sesfake: SesFake) -> None:\n    "


class Editor:
    """A client of a language server: it opens files, and asks what could be typed at their end."""

    def __init__(self, server: subprocess.Popen[bytes], root: Path) -> None:
        self._server = server
        self._root = root
        self._sent = 0
        self._ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": {}})
        self._send({"method": "initialized", "params": {}})

    def offers(self, typed: str) -> set[str]:
        """Return what is offered after some code in a test."""
        text = HEAD + typed
        self._sent += 1
        uri = (self._root / f"test_{self._sent}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        *before, last = text.split("\n")
        place = {"line": len(before), "character": len(last)}
        answer = self._ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
        return {item["label"] for item in answer["items"]}

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._sent += 1
        number = self._sent
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == number and "method" not in message:
                return message["result"]
            if message.get("method") == "workspace/configuration":
                self._send({"id": message["id"], "result": [None for _ in message["params"]["items"]]})
            elif "id" in message and "method" in message:
                self._send({"id": message["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._server.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        length = 0
        while line := self._server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server went away"
        message: dict[str, Any] = json.loads(self._server.stdout.read(length))
        return message


@contextmanager
def editing(root: Path) -> Iterator[Editor]:
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    path = shutil.which("pyright-langserver", path=beside)
    if path is None:
        pytest.skip("pyright is not installed")
    (root / "pyrightconfig.json").write_text(json.dumps({"pythonVersion": "3.10"}), encoding="utf-8")
    command = [path, "--stdio"]
    environment = {**os.environ, "PATH": beside}  # it looks for packages where the first `python` has them
    with subprocess.Popen(
        command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield Editor(server, root)
        finally:
            server.kill()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with editing(tmp_path_factory.mktemp("editor")) as editor:
        yield editor


@pytest.mark.parametrize("log", LOGS)
def test_every_verb_and_matcher_of_a_log_is_offered(editor: Editor, log: str) -> None:
    assert editor.offers(f"sesfake.{log}.") >= VERBS
    matchers = {f"{name}=" for name in LOGS[log].__annotations__}
    for verb in sorted(VERBS - {"count"}):
        assert editor.offers(f"sesfake.{log}.{verb}(") >= matchers, verb
    assert editor.offers(f"sesfake.{log}.count(") >= matchers
    assert editor.offers(f"sesfake.{log}.wait(") >= {"count=", "timeout="}


def test_every_selector_and_step_of_a_script_is_offered(editor: Editor) -> None:
    assert editor.offers("sesfake.on(") >= {f"{name}=" for name in ("optional", *Selectors.__annotations__)}
    assert editor.offers('sesfake.on(recipient="ada@example.com").') >= STEPS
    after = editor.offers('sesfake.on(recipient="ada@example.com").bounce().')
    assert {"complain", "then"} <= after
    assert "throttle" not in after


def test_every_setting_and_what_is_read_is_offered(editor: Editor) -> None:
    assert editor.offers("SesFake(") >= {f"{name}=" for name in Given.__annotations__}
    assert editor.offers("sesfake.expect(") >= {"sent=", "events=", "calls="}
    assert editor.offers("sesfake.outbox.one().") >= {"subject", "links", "attachments", "status", "preview"}
    assert editor.offers("Bounce(") >= {"type=", "subtype=", "diagnostic=", "after="}
