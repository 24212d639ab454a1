"""Any request to any route is answered in time, below 500, with a problem where it is refused; nothing is left over."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.amounts import amount
from tests.waiting import lasts
from tests.web_editor.conftest import FLOW, House, close_house, open_house, settle_in
from web_editor.http.editor_routes import ROUTES
from web_editor.routing import Route

REQUESTS = amount("API_REQUESTS", 500, 20_000)
ANSWER_S = 60.0
NAMES = ["plant", "keep", "out", "hot", "dead", "hall", "temp", "purge", "set", "anna", "nobody", "1", "0", "-1"]
HOSTILE = [
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "a%00b",
    "%ff",
    "%0d%0aX: y",
    "x" * 300,
    "{}",
    "<script>",
    "'",
    "é",
]
MEANT = [
    *(FLOW, FLOW.replace("8", "9"), "flow: plant\nnodes: {a: {type: log}}", "payload > 1", "2026-01-01T00:00:00Z"),
    *("admin", "expression", "template", "1h", "once", '"x"', 30, 10**20, -1, 0.5, True, {"key": "c1", "value": 3}),
]

words = st.sampled_from(NAMES) | st.sampled_from(HOSTILE).map(lambda text: quote(text, "%")) | st.text().map(quote)
values = st.sampled_from(MEANT) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
)


class Sent(NamedTuple):
    """One request."""

    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]


def fields(kind: type[msgspec.Struct] | None) -> list[str]:
    """What a body or query may have."""
    return [field.encode_name for field in msgspec.structs.fields(kind)] if kind is not None else []


def some(kind: type[msgspec.Struct] | None) -> st.SearchStrategy[dict[str, Any]]:
    """Any of its fields with any values."""
    return st.dictionaries(st.sampled_from(["more", *fields(kind)]), values, max_size=6)


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """Mostly the right route with the right names; what it holds may be anything."""
    route: Route = draw(st.sampled_from([route for route in ROUTES if route.path != "session"]))
    path = "/".join(draw(words) if part.startswith("{") else part for part in route.path.split("/"))
    if draw(st.booleans()):
        path += "?" + urlencode(
            {name: str(value)[:100] for name, value in draw(some(route.query)).items()}, errors="replace"
        )
    bodies = st.none() | some(route.body).map(lambda found: json.dumps(found).encode()) | st.binary(max_size=200)
    tags = st.sampled_from([{}, {"If_Match": "*"}, {"If_Match": '"x"'}, {"If_None_Match": "*"}])
    return Sent(route.method, path, draw(bodies), draw(tags))


async def answered(house: House, sent: Sent) -> int:
    """Status of the answer; what earlier requests took away is there again before."""
    if not (house.flows / "plant.yaml").exists():
        (house.flows / "plant.yaml").write_text(FLOW)
        await house.folder.apply()
    if (await house.call("GET", "session")).status == 401 or (await house.call("GET", "users")).status != 200:
        house.tokens["admin"] = house.services.access.tokens.add("admin", "admin")[1]
    answer = await asyncio.wait_for(house.call(sent.method, sent.path, raw=sent.body, **sent.headers), ANSWER_S)
    assert 200 <= answer.status < 500, (sent, answer.raw[:300])
    if answer.status >= 400:
        assert answer.problem
    return answer.status


@pytest.mark.timeout(100 + REQUESTS // 33)  # the long form within 12 minutes; a request takes about 10 ms
def test_no_request_breaks_the_api(tmp_path: Path) -> None:
    statuses: list[int] = []
    with asyncio.Runner() as runner:
        house = runner.run(open_house(tmp_path))
        settle_in(house)

        @settings(max_examples=REQUESTS)
        @given(requests())
        def attack(sent: Sent) -> None:
            statuses.append(runner.run(answered(house, sent)))

        runner.run(answered(house, Sent("GET", "flows", None, {})))
        before = len(asyncio.all_tasks(runner.get_loop())), len(os.listdir("/proc/self/fd"))
        try:
            attack()
            runner.run(lasts(0.5, "what a request left running"))
            after = len(asyncio.all_tasks(runner.get_loop())), len(os.listdir("/proc/self/fd"))
            faults = list(house.engine.faults())
        finally:
            runner.run(close_house(house))
    assert not faults
    assert after[0] <= before[0] + 5 and after[1] <= before[1] + 20, (before, after)
    taken = sum(status < 300 for status in statuses)
    assert 0 < taken < len(statuses)
    print(f"{len(statuses)} requests: {taken} taken, the others refused; tasks and descriptors {before} -> {after}")
