"""`status`: state, rate and errors of every node, rate and fill of every wire, of one flow that runs."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic
from web_editor.problems import Fault


class Status(Topic):
    """Rows that changed since this client's last frame; clients that are in step share the encoded rows."""

    def start(self) -> None:
        if not self.filter.flow:
            raise Fault("bad-request", "status is of one flow", field="filter.flow")
        self._version = -1
        self._generation: object = None

    def news(self) -> Iterable[Part]:
        ticker, flow = self.ticker, self.filter.flow
        board = ticker.board(flow)
        generation = (board, board.generation) if board else "off"
        if generation != self._generation:
            self._generation = generation
            self._version = board.version if board else -1
            return [("snapshot", ticker.once_per_tick(("status", flow), self._snapshot))]
        if board is None or board.version == self._version:
            return ()
        since, self._version = self._version, board.version
        return [("delta", ticker.once_per_tick(("status", flow, since), lambda: self._delta(since)))]

    def _snapshot(self) -> bytes:
        board = self.ticker.board(self.filter.flow)
        if board is None:
            return self.encoded({"nodes": [], "wires": [], "n": [], "w": []})
        nodes, wires = board.all()
        return self.encoded({"nodes": board.nodes, "wires": board.wires, "n": nodes, "w": wires})

    def _delta(self, since: int) -> bytes:
        board = self.ticker.board(self.filter.flow)
        nodes, wires = board.since(since) if board else ([], [])
        return self.encoded({key: rows for key, rows in (("n", nodes), ("w", wires)) if rows})
