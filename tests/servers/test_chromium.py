"""The Chromium fixture is a browser that renders a page."""

import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.browser]


def test_chromium_runs_the_script_of_a_page(chromium: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p id=x></p><script>document.getElementById('x').textContent = 6 * 7</script>")
    command = [
        str(chromium),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}/profile",
        "--dump-dom",
    ]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=150, check=True)
    assert '<p id="x">42</p>' in done.stdout
