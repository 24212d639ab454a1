"""The management API alone: what it serves, and that nothing of the editor is loaded for it."""

import asyncio
import subprocess
import sys
from pathlib import Path

from flowengine.cli.control import Engine as Client
from flowengine.cli.control import Refused
from flowengine.engine import Engine, Settings
from web_editor.http.back_end import management

ALONE = """
import sys, tempfile, pathlib
from flowengine.engine import Engine, Settings
from web_editor.http.back_end import management
management(Engine(Settings(pathlib.Path(tempfile.mkdtemp()))))
print(*(name for name in sys.modules if name.startswith("web_editor.")))
"""


def test_nothing_of_the_editor_is_loaded() -> None:
    said = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True).stdout
    rooms = {name.split(".")[1] for name in said.split()}
    assert "monitor" in rooms
    assert not rooms & {"editing", "workspace", "palette", "live"}


async def test_it_serves_the_engine_and_no_flow_texts(tmp_path: Path) -> None:
    engine = Engine(Settings(tmp_path))
    back_end = management(engine)
    await engine.start()
    await back_end.start()

    def ask() -> tuple[dict[str, object], str]:
        client = Client(tmp_path)
        try:
            client.get("flows")
        except Refused as refused:
            return client.get("engine"), str(refused)
        return {}, "served"

    report, refused = await asyncio.to_thread(ask)
    await back_end.stop()
    await engine.stop(0)
    assert report["flows"] == [] and "no such path" in refused
    assert not list(tmp_path.glob("*revisions*")) and not list(tmp_path.glob("*trend*"))
