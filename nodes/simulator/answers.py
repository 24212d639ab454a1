"""What the gateway answers to commands: acknowledgements with their faults, pings, settings, the time. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nodes.simulator.pairing import Pairing

if TYPE_CHECKING:
    from nodes.simulator.gateway import Gateway

MAC = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
LATE_S = 14.0
"""After the last try of a host that tries three times (3 s each, 2 s between) has timed out."""
REBOOT_S = 0.25
MOST_SKEW_MS = 2000


class Answers:
    """Takes the host's messages; whatever it says goes out through the gateway, at its time."""

    def __init__(self, gateway: Gateway):
        self._gateway = gateway
        self._pairing = Pairing(gateway, self._say)
        self._without_relays: set[str] = set()
        self._kinds: dict[str, Callable[[dict[str, Any]], None]] = {
            "cmd": self._command,
            "ping": self._command,
            "feature": self._command,
            "cfg": self._configure,
            "time_sync": self._set_time,
            "list_peers": self._list_peers,
            "pair_begin": self._pairing.begin,
            "pair_end": self._pairing.end,
        }

    def take(self, message: Any) -> None:
        """Answer one message, whatever it is."""
        self._gateway.ledger.enter("command", message=message)
        kind = message.get("type") if isinstance(message, dict) else None
        answer = self._kinds.get(kind) if isinstance(kind, str) else None
        if answer is None:
            self._say({"type": "event", "event": "error", "message": "host_unknown_type"}, "event")
        else:
            answer(message)

    def _happens(self, fault: str) -> bool:
        return self._gateway.switches.happens(fault, self._gateway.agenda.now_s)

    def _command(self, message: dict[str, Any]) -> None:
        if self._happens("lost_command"):
            return
        random = self._gateway.switches.random
        answer = self._answer(message)
        delay_s = LATE_S if self._happens("late_ack") else random.uniform(0.005, 0.3)
        if not self._happens("lost_ack"):
            self._later(delay_s, answer)
        if self._happens("double_ack"):
            self._later(delay_s + 0.1, answer)
        if self._happens("unknown_ack"):
            self._later(delay_s, {**answer, "correlation_id": f"nobody-{random.randrange(10**6)}"})

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        asset_id = message.get("asset_id")
        found = [asset for asset in self._gateway.assets if asset.asset_id == asset_id]
        known = bool(found) and not self._happens("asset_not_found")
        done = self._done(message, str(asset_id)) if known else "asset_not_found"
        answer = {
            "type": "ack",
            "asset_id": asset_id,
            "correlation_id": message.get("correlation_id"),
            "ok": done in ("pong", "applied", "ignored"),
            "message": done,
        }
        if found:
            mac = found[0].mac
            answer["mac"] = mac.lower() if self._happens("lowercase_mac") else mac
        return answer

    def _done(self, message: dict[str, Any], asset_id: str) -> str:
        """What a device that is there makes of it."""
        if message["type"] == "ping":
            return "pong"
        if message["type"] == "feature":
            return self._switch(message.get("feature"), asset_id)
        if "relays" in message:  # of older hosts; the firmware knows `relay` only and does nothing with the other
            return "ignored"
        return "relays_off" if asset_id in self._without_relays else "applied"

    def _switch(self, wanted: Any, asset_id: str) -> str:
        """Switch sensors or relays of a device on or off."""
        off = {"sensors": self._gateway.silent, "relays": self._without_relays}
        if not isinstance(wanted, dict) or not wanted or not wanted.keys() <= off.keys():
            return "unknown_feature"
        for name, on in wanted.items():
            (off[name].discard if on else off[name].add)(asset_id)
        return "applied"

    def _configure(self, message: dict[str, Any]) -> None:
        mac = message.get("mac")
        if message.get("op") != "set_mac" or not isinstance(mac, str) or not MAC.fullmatch(mac):
            self._say({"type": "event", "event": "error", "message": "bad_cfg"}, "event")
            return
        done = {"event": "set_mac", "mac": mac, "persist": bool(message.get("persist")), "reboot": True}
        self._say({"type": "event", **done}, "event")
        away_s = self._gateway.switches.random.uniform(0.5, 3.0)
        self._gateway.agenda.after(REBOOT_S, lambda: self._gateway.leave(away_s, "mac_loaded"))

    def _set_time(self, message: dict[str, Any]) -> None:
        epoch_ms = message.get("epoch_ms")
        if isinstance(epoch_ms, int) and not isinstance(epoch_ms, bool) and 0 <= epoch_ms < 4_102_444_800_000:
            now_s = self._gateway.agenda.now_s
            skew_ms = round(self._gateway.clock.now(now_s).timestamp() * 1000) - epoch_ms
            self._gateway.clock.set(epoch_ms, now_s)
            event = "time_skew" if abs(skew_ms) > MOST_SKEW_MS else "time_synced"
            self._say({"type": "event", "event": event, "skew_ms": skew_ms}, "event")

    def _list_peers(self, message: dict[str, Any]) -> None:
        for asset in self._gateway.assets:
            self._say({"type": "peer", "asset_id": asset.asset_id, "mac": asset.mac}, "peer")

    def _later(self, delay_s: float, answer: dict[str, Any]) -> None:
        self._gateway.agenda.after(delay_s, lambda: self._say(answer, "ack"))

    def _say(self, message: dict[str, Any], kind: str) -> None:
        self._gateway.send({**message, "ts": self._gateway.stamp()}, kind)
