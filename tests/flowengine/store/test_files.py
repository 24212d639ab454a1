"""flowengine/store/files.py: nobody else on the machine reads what the engine keeps."""

from pathlib import Path

from flowengine.engine import Engine, Settings

FLOW = """
flow: kept
nodes:
  in: {type: inject, payload: {value: 9}, to: [latest, hot, hold]}
  latest: {type: rtdb_write, key: a}
  hot: {type: alert, when: payload.value > 8, to: bad}
  hold: {type: buffer, count: 100, every: 1h, durable: true, to: out}
  out: {type: log, level: debug}
  bad: {type: dead_letter}
"""


async def test_every_file_of_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    engine = Engine(Settings(tmp_path))
    await engine.start()
    await engine.deploy(engine.load(FLOW, "kept.yaml"))
    await engine.stop(5)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"state.msgpack", "rtdb.journal", "epoch"} <= {file.name for file in files}
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []
