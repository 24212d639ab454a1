"""The man page holds every command, and `man` has nothing to say against it."""

import shutil
import subprocess
from pathlib import Path

from flowengine.cli import COMMANDS, added
from flowengine.cli.docs import generated


def test_the_man_page_is_whole_and_shows_what_is_written(tmp_path: Path) -> None:
    (page := tmp_path / "flowengine.1").write_text(generated()["flowengine.1"])
    groff = shutil.which("groff")
    assert groff, "groff is not installed: run `./dev setup`"
    command = [groff, "-man", "-Tutf8", "-ww", "-P-cbu", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True)
    assert done.stderr == ""
    shown = done.stdout
    for name in (*COMMANDS, *added()):
        assert f"flowengine {name}" in shown
    assert "--listen HOST:PORT" in shown and "(default 127.0.0.1:8880" in " ".join(shown.split())
