"""What an assistant may ask: each a plain call of what the commands and the API do. Knows nothing of the protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flowengine.catalog import installed
from flowengine.catalog.compact import grammar
from flowengine.cli.check import promises
from flowengine.cli.nodes import described
from flowengine.cli.top import read, table
from flowengine.engine import Engine, Settings
from flowengine.flow.host_files import HostFiles
from flowengine.flow.load import Loaded
from flowengine.flow.model import Flow
from flowengine.flow.problem import nearest
from flowengine.runtime.plan import plan

SUFFIXES = (".yaml", ".yml", ".csv")
MOST_BYTES = 2**20
MOST_ANSWER_BYTES = 16 * 2**20
TEST_S, ANSWER_S, BETWEEN_S = 60.0, 30.0, 1.0


class Refused(Exception):
    """Why there is no answer, for the assistant."""


class Tools:
    """Answers of this installation, and of the engine at `url` to the holder of `token`."""

    def __init__(self, folder: Path, url: str, token: str, nodes: Sequence[Path] = ()):
        self._folder, self._url, self._token, self._nodes = folder, url.rstrip("/"), token, nodes
        if not self._url.startswith(("http://", "https://")):
            raise SystemExit("flowengine: --url begins with http:// or https://")

    def node_types(self) -> dict[str, str]:
        """Every node type with its summary; `node_type` describes one."""
        catalog = installed()
        return {name: described(catalog, name, False)["summary"] for name in catalog.node_types()}

    def connection_types(self) -> dict[str, str]:
        """Every type of connection with its summary; `node_type` with `connection` describes one."""
        catalog = installed()
        return {name: described(catalog, name, True)["summary"] for name in catalog.connection_types()}

    def node_type(self, type: str, connection: bool = False) -> dict[str, Any]:
        """One type of node (or of `connection`): help, ports, JSON Schema of its options, examples."""
        catalog = installed()
        known = catalog.connection_types() if connection else catalog.node_types()
        if type not in known:
            near = nearest(type, known)
            raise Refused(f"there is no type {type!r}" + (f"; did you mean {near}?" if near else ""))
        return described(catalog, type, connection)

    def grammar(self) -> str:
        """The format of flow files and every node type with its options, on one page."""
        return grammar(installed())

    def check(self, text: str) -> list[dict[str, Any]]:
        """Every problem of a flow's text with line, column and the nearest right word; empty when it is right."""
        return [asdict(problem) for problem in self._loaded(text).problems]

    def guarantees(self, text: str) -> str:
        """What each path of a flow promises, and where it can lose what."""
        return "\n".join(promises(self._right(text), installed()))

    def test(self, text: str) -> str:
        """How the flow's `tests:` end, in virtual time and without the outside world; `fault:` makes parts fail."""
        with self._copied(text) as file:
            command = [sys.executable, "-m", "flowengine", "test", str(file), "--data", str(file.parent / ".data")]
            for folder in self._nodes:
                command += ["--nodes", str(folder.resolve())]
            try:
                done = subprocess.run(  # noqa: S603 - ourselves
                    command,
                    capture_output=True,
                    text=True,
                    timeout=TEST_S,
                    env={"PYTHONUTF8": "1"},
                    cwd=file.parent,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise Refused(f"the tests took more than {TEST_S:.0f} s") from None
        return done.stdout + done.stderr

    def plan(self, text: str, flow: str = "", old: str = "") -> str:
        """What deploying the text would do to what runs as `flow`, or to the text `old`."""
        if flow:
            old = self._get("flows", flow, "diff")["from"]
        new = self._right(text)
        return "\n".join(plan(self._right(old) if old else Flow(new.name), new).lines())

    def flows(self) -> Any:
        """The engine's flows: whether each runs, has a draft, errors, and how many nodes."""
        return self._get("flows", limit=1000)["items"]

    def flow(self, flow: str) -> Any:
        """A flow's text, its `etag` (which `propose_draft` wants), author and problems."""
        found = self._get("flows", flow)
        return {key: found.get(key) for key in ("text", "etag", "author", "dirty", "running", "diagnostics")}

    def rates(self, flow: str = "") -> str:
        """Messages a second of each node, measured over a second: a table."""
        try:
            first = read(self._url)
            time.sleep(BETWEEN_S)
            return "\n".join(table(first, read(self._url), flow or None, colours=False))
        except (OSError, ValueError) as fault:
            raise Refused(f"{self._url} does not answer: {fault}") from None

    def values(self, search: str = "", flow: str = "") -> Any:
        """The latest values with unit, quality and age, at most 200; `search` is part of a key."""
        return self._get("values", search=search, flow=flow, limit=200)

    def alarms(self, flow: str = "") -> Any:
        """The alarms that are not at rest, the most urgent first, at most 200."""
        return self._get("alarms", flow=flow, limit=200)

    def propose_draft(self, flow: str, text: str, etag: str = "") -> Any:
        """Put a text before people as the draft of a flow, marked as the assistant's; they look at it and deploy it.

        `etag` is what `flow` said; without it the flow must be new. A person's own draft is not replaced.
        """
        tag = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        found = self._ask("PUT", ("flows", flow), {}, {"text": text}, tag)
        return {key: found.get(key) for key in ("etag", "author", "dirty", "diagnostics")}

    def _loaded(self, text: str) -> Loaded:
        engine = Engine(Settings(files=HostFiles(self._folder / ".flowengine", [self._folder], [])), installed())
        return engine.load(text, "flow.yaml", self._folder, resolved=False)

    def _right(self, text: str) -> Flow:
        loaded = self._loaded(text)
        if not loaded.ok:
            raise Refused("\n".join(map(str, loaded.problems)))
        return loaded.flow

    @contextmanager
    def _copied(self, text: str) -> Iterator[Path]:
        """The text as a file, with copies of what lies beside flows."""
        with tempfile.TemporaryDirectory(prefix="flowengine-") as made:
            for source in (self._folder, self._folder / "subflows"):
                for path in sorted(source.glob("*")):
                    if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size <= MOST_BYTES:
                        target = Path(made, path.relative_to(self._folder))
                        target.parent.mkdir(exist_ok=True)
                        shutil.copy(path, target)
            file = Path(made, "proposed-flow.yaml")
            file.write_text(text, encoding="utf-8")
            yield file

    def _get(self, *path: str, **query: Any) -> Any:
        return self._ask("GET", path, query, None, {})

    def _ask(
        self, method: str, path: tuple[str, ...], query: dict[str, Any], body: Any, headers: dict[str, str]
    ) -> Any:
        given = urlencode({name: value for name, value in query.items() if value != ""})
        url = f"{self._url}/api/v1/{'/'.join(quote(part, safe='') for part in path)}" + (f"?{given}" if given else "")
        headers = headers | {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
                return json.loads(answer.read(MOST_ANSWER_BYTES))
        except urllib.error.HTTPError as refusal:
            raise Refused(_reason(refusal)) from None
        except (OSError, ValueError) as fault:
            raise Refused(f"{self._url} does not answer: {fault}") from None


def _reason(refusal: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(refusal.read(MOST_BYTES))
        return str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, AttributeError):
        return f"the engine answers {refusal.code}"
