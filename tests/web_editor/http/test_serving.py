"""The editor's pages stand behind what flows serve; below /api there is none."""

from __future__ import annotations

import aiohttp
import pytest

from tests.web_editor.conftest import House


@pytest.mark.parametrize(("path", "status"), [("/flows", 200), ("/api/nothing", 404), ("/api/v1/nothing", 404)])
async def test_an_unknown_path_is_a_page_of_the_editor_but_not_below_api(house: House, path: str, status: int) -> None:
    async with aiohttp.ClientSession(house.server.url) as http, http.get(path) as answer:
        assert answer.status == status
        assert ("<title>" in await answer.text()) == (status == 200)
