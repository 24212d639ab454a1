"""A peer by hand: aiomqtt, aiohttp and the standard library, as a Python programmer would write f1 and f2."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.rig import Rig
from bench.toolbox import HERE


class Engine:
    """Starts `bench/peers/by_hand.py`; it has neither checks, nor spool, nor editor."""

    def prepare(self, rig: Rig, scenario: str, params: dict[str, Any]) -> tuple[list[str], dict[str, str], Path]:
        """Command line, environment and folder. Raises `ValueError` for a flow that nobody wrote."""
        if scenario not in ("f1", "f2") or params.get("spool"):
            raise ValueError(f"nobody wrote {scenario} by hand")
        steps = str(params.get("k", 0))
        arguments = [
            scenario,
            str(rig.mqtt_port),
            f"http://127.0.0.1:{rig.sink_port}",
            str(params.get("qos", 0)),
            steps,
        ]
        return [sys.executable, str(HERE / "peers" / "by_hand.py"), *arguments], {}, rig.dir
