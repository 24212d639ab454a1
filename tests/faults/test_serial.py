"""A serial line unplugged and back as another terminal, with noise and cut frames: good frames after it all arrive."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path
from statistics import median

import pytest

from nodes.codecs.crc.check import crc
from nodes.codecs.framing.frames import encode
from tests.faults.amounts import amount, crowding
from tests.faults.engine_process import EngineProcess
from tests.faults.ledger import stored
from tests.servers.pty_pair import PtyPair
from tests.waiting import until

PLUGS = amount("PLUGS", 5, 100)
REOPENED_S = 2.0
"""On a machine that does nothing else, as a rule."""

CHECK = "crc-16/ibm-3740"
FLOW = """
flow: serial
connections:
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  line: {{type: serial_in, port: "{port}", to: frames}}
  frames: {{type: frame_decode, framing: cobs, crc: {check}, format: json, on_error: bad, to: store}}
  store: {{type: sql_out, connection: db, table: received, create: true, columns: {{n: payload.n}}}}
  bad: {{type: dead_letter}}
"""


def frame(number: int) -> bytes:
    """One message on the wire."""
    payload = json.dumps({"n": number}).encode()
    return encode("cobs", crc(CHECK).append(payload))


def noise(rng: random.Random) -> bytes:
    """Anything, ended so that the next frame begins afresh."""
    return rng.randbytes(rng.randint(1, 200)) + b"\0"


async def plugged_in(pair: PtyPair, db: Path, number: int) -> float:
    """Seconds from the device's return until a frame comes through; it repeats itself like a sensor."""
    began_s = time.monotonic()
    while number not in stored(db):
        await asyncio.to_thread(pair.write, frame(number))
        await asyncio.sleep(0.02)
    return time.monotonic() - began_s


@pytest.mark.faults
async def test_every_good_frame_after_a_plug_in_arrives(tmp_path: Path, pty_pair: PtyPair) -> None:
    rng, db, sent, back_s = random.Random(9), tmp_path / "store.db", set[int](), list[float]()
    flow = FLOW.format(db=db, port=pty_pair.device, check=CHECK)
    async with EngineProcess(tmp_path, flow) as engine:
        for plug in range(PLUGS):
            back_s.append(await plugged_in(pty_pair, db, -plug - 1))
            for number in range(plug * 1000, plug * 1000 + 200):
                data = (noise(rng) if rng.random() < 0.2 else b"") + frame(number)
                await asyncio.to_thread(pty_pair.write, data)
                sent.add(number)
            await until(lambda: sent <= set(stored(db)))
            await asyncio.to_thread(pty_pair.write, frame(-9999)[:5])  # cut by the plug
            pty_pair.unplug()
            await asyncio.sleep(0.3)
            pty_pair.plug_in()  # the same link, as by-id names are, to another terminal
        await plugged_in(pty_pair, db, -10_000)
        assert -9999 not in stored(db)
        assert await engine.metric("unaccounted_messages") == 0
        bad = await engine.metric("errored_messages_total", node="frames")
    assert bad > 0 and median(back_s) < REOPENED_S * crowding(), back_s
    print(f"{len(sent)} frames over {PLUGS} plugs, 0 missing; {bad:.0f} bad ones rejected; back in {max(back_s):.2f} s")
