"""Who may come in and do what: every role against every route, Host, Origin, CSRF, throttling, first start."""

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import pytest

from flowengine.proxies import Proxies
from flowengine.store.accounts import ROLES
from tests.web_editor.conftest import PASSWORD, House
from web_editor.auth.throttle import BURST
from web_editor.http.editor_routes import ROUTES
from web_editor.routing import Route

PARTS = {"flow": "plant", "node": "keep", "revision": "999", "alarm": "nobody", "letter": "x", "page": "hall",
         "widget": "temp", "name": "nobody", "token": "nobody", "connection": "nobody", "recipe": "nobody",
         "worker": "nobody"}  # fmt: skip
FORM = {"X-Requested-With": "flowengine"}
OURS = [route for route in ROUTES if route.role not in ("none", "any")]
NAMES = [f"{route.method} {route.path}" for route in OURS]


def path_of(route: Route) -> str:
    return route.path.format(**PARTS)


def with_cookie(house: House, secret: str) -> dict[str, str]:
    return {"Cookie": f"flowengine_session={secret}"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", OURS, ids=NAMES)
async def test_a_route_serves_its_role_and_those_above_and_no_other(house: House, route: Route, role: str) -> None:
    least = "integrator" if route.role == "draft" else route.role
    enough = ROLES.index(role) >= ROLES.index(least)  # type: ignore[arg-type]
    found = await house.call(route.method, path_of(route), role=role, raw=b"" if route.method != "GET" else None)
    refused = found.status == 403 and found.problem == "forbidden"
    assert refused != enough, found.raw
    assert found.status != 401 and found.status < 500


@pytest.mark.parametrize("route", [r for r in ROUTES if r.role != "none"], ids=lambda r: f"{r.method} {r.path}")
async def test_nobody_gets_in_without_a_session(house: House, route: Route) -> None:
    found = await house.call(route.method, path_of(route), role=None, X_Requested_With="flowengine")
    assert (found.status, found.problem) == (401, "not-logged-in")


async def test_a_token_that_does_not_hold_is_refused(house: House) -> None:
    for given in ("Bearer wrong", "Bearer ", "Basic YTpi", "Bearer " + "x" * 5_000):
        found = await house.call("GET", "flows", role=None, Authorization=given)
        assert found.status in (400, 401), given
    house.services.access.tokens.remove("viewer")
    assert (await house.call("GET", "flows", role="viewer")).problem == "not-logged-in"


async def test_a_token_that_drafts_for_a_person_writes_drafts_and_does_nothing_else(house: House) -> None:
    house.services.access.accounts.add_user("ann", PASSWORD, "integrator")
    _, house.tokens["robot"] = house.services.access.tokens.add("robot", "viewer", drafts_for="ann")
    etag = (await house.call("GET", "flows/plant", role="robot")).headers["ETag"]
    for route in OURS:
        if route.role not in ("viewer", "draft"):
            found = await house.call(route.method, path_of(route), {}, "robot", If_Match=etag)
            assert (found.status, found.problem) == (403, "forbidden"), route.path
    first, second = {"text": "flow: plant\nnodes: {}\n"}, {"text": "flow: plant\nnodes: {}\n# 2\n"}
    made = await house.call("PUT", "flows/plant", first, "robot", If_Match=etag)
    assert made.json["author"] == "token:robot for ann" and made.json["dirty"] and made.json["running"]
    again = await house.call("PUT", "flows/plant", second, "robot", If_Match=made.json["etag"])
    assert again.status == 200
    lines = [(line["action"], line["subject"], line["detail"]) for line in await house.done_by("robot")]
    assert lines == [("propose", "plant", "for ann")] * 2
    new = await house.call("PUT", "flows/more", {"text": "flow: more\nnodes: {}\n"}, "robot", If_None_Match="*")
    assert (new.status, new.json["author"]) == (201, "token:robot for ann")


async def test_a_persons_draft_is_not_replaced_by_a_token_that_drafts(house: House) -> None:
    _, house.tokens["robot"] = house.services.access.tokens.add("robot", "viewer", drafts_for="anna")
    _, etag = await house.text()
    mine = await house.call("PUT", "flows/plant", {"text": "flow: plant\nnodes: {}\n"}, "integrator", If_Match=etag)
    other = {"text": "flow: plant\n"}
    found = await house.call("PUT", "flows/plant", other, "robot", If_Match=mine.json["etag"])
    assert (found.status, found.problem) == (422, "refused") and "token:integrator has a draft" in found.json["detail"]


async def test_a_token_drafts_for_those_alone_who_may_write_flows(house: House) -> None:
    accounts, tokens = house.services.access.accounts, house.services.access.tokens
    accounts.add_user("op", PASSWORD, "operator")
    for nobody in ("op", "nobody"):
        with pytest.raises(ValueError, match="no user with the role integrator"):
            tokens.add("robot", "viewer", drafts_for=nobody)
    accounts.add_user("ann", PASSWORD, "integrator")
    _, house.tokens["robot"] = tokens.add("robot", "viewer", drafts_for="ann")
    accounts.change_user("ann", role="operator")
    found = await house.call("PUT", "flows/new", {"text": "flow: new\n"}, "robot", If_None_Match="*")
    assert (found.status, found.problem) == (403, "forbidden")


async def test_an_expired_token_is_refused(house: House) -> None:
    _, secret = house.services.access.tokens.add("old", "admin", expires_ns=1)
    house.tokens["old"] = secret
    assert (await house.call("GET", "flows", role="old")).problem == "not-logged-in"


async def test_logging_in_gives_a_cookie_that_no_script_can_read(house: House) -> None:
    found = await house.call(
        "POST", "session", {"name": "anna", "password": PASSWORD}, None, X_Requested_With="flowengine"
    )
    assert found.status == 200 and found.json["user"] == {"name": "anna", "role": "admin"}
    cookie = found.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie and "Secure" not in cookie
    secret = cookie.split("=")[1].split(";")[0]
    shown = await house.call("GET", "session", role=None, **with_cookie(house, secret))
    assert shown.json["user"]["name"] == "anna"
    out = await house.call("DELETE", "session", None, None, X_Requested_With="flowengine", **with_cookie(house, secret))
    assert out.status == 204
    assert (await house.call("GET", "flows", role=None, **with_cookie(house, secret))).status == 401


async def test_a_wrong_name_and_a_wrong_password_are_not_told_apart(house: House) -> None:
    answers = [
        await house.call("POST", "session", {"name": name, "password": password}, None, X_Requested_With="flowengine")
        for name, password in (("anna", "wrong password"), ("nobody", PASSWORD))
    ]
    assert answers[0].status == 401 and answers[0].problem == "wrong-password"
    assert answers[0].raw == answers[1].raw


async def test_log_ins_are_throttled(house: House) -> None:
    body = {"name": "anna", "password": "wrong password"}
    answers = [await house.call("POST", "session", body, None, X_Requested_With="flowengine") for _ in range(BURST + 1)]
    assert [a.problem for a in answers] == ["wrong-password"] * BURST + ["throttled"]
    assert int(answers[-1].headers["Retry-After"]) > 0 and answers[-1].json["retry_after_s"] > 0
    right = await house.call("POST", "session", {**body, "password": PASSWORD}, None, X_Requested_With="flowengine")
    assert right.problem == "throttled"
    house.services.access.accounts.add_user("otto", PASSWORD, "viewer")
    neighbour = {"name": "otto", "password": PASSWORD}  # behind the same proxy
    assert (await house.call("POST", "session", neighbour, None, X_Requested_With="flowengine")).status == 200


async def test_who_came_in_and_who_did_not_is_in_the_audit_with_the_address(house: House) -> None:
    form, name = {"X_Requested_With": "flowengine"}, {"name": "anna"}
    found = await house.call("POST", "session", {**name, "password": PASSWORD}, None, **form)
    cookie = with_cookie(house, found.headers["Set-Cookie"].split("=")[1].split(";")[0])
    await house.call("DELETE", "session", None, None, **form, **cookie)
    for _ in range(BURST + 1):
        await house.call("POST", "session", {**name, "password": "wrong password"}, None, **form)
    await house.call("GET", "flows", role=None, Authorization="Bearer wrong")
    for _ in range(3):
        await house.call("GET", "flows")
    seen = Counter((line.user, line.action, line.detail) for line in house.services.audit.lines(99))
    here = "from 127.0.0.1"
    assert seen == {
        ("anna", "log in", here): 1, ("anna", "log out", here): 1, ("anna", "log in refused", here): BURST,
        ("anna", "log in throttled", here): 1, ("(nobody)", "token refused", here): 1,
        ("token:admin", "use token", here): 1,
    }  # fmt: skip


async def test_where_a_log_in_came_from_is_what_a_trusted_proxy_says(house: House) -> None:
    form, body = {"X_Requested_With": "flowengine"}, {"name": "anna", "password": PASSWORD}
    await house.call("POST", "session", body, None, X_Forwarded_For="198.51.100.1", **form)
    house.server._proxies = Proxies(["127.0.0.1"])
    await house.call("POST", "session", body, None, X_Forwarded_For="203.0.113.9, 198.51.100.1", **form)
    lines = [line.detail for line in house.services.audit.lines(9) if line.action == "log in"]
    assert lines == ["from 198.51.100.1", "from 127.0.0.1"]


async def test_a_change_with_a_cookie_needs_the_header_and_the_origin(house: House) -> None:
    secret = house.services.access.accounts.log_in("anna", PASSWORD)
    assert secret
    cookie, body = with_cookie(house, secret), {"text": "flow: x\n"}
    check = "flows/plant/check"
    assert (await house.call("POST", check, body, None, **cookie)).problem == "csrf"
    assert (await house.call("POST", check, body, None, **cookie, **FORM)).status == 200
    ours = {**cookie, **FORM, "Origin": house.base}
    assert (await house.call("POST", check, body, None, **ours)).status == 200
    for origin in ("http://evil.example", "null", house.base + ".evil.example", house.base.replace("http", "https")):
        assert (await house.call("POST", check, body, None, **{**ours, "Origin": origin})).problem == "csrf"
    assert (await house.call("POST", check, body, "viewer", Origin="http://evil.example")).status == 200


async def test_logging_in_from_another_site_is_refused(house: House) -> None:
    body = {"name": "anna", "password": PASSWORD}
    assert (await house.call("POST", "session", body, None)).problem == "csrf"
    other = {**FORM, "Origin": "http://evil.example"}
    assert (await house.call("POST", "session", body, None, **other)).problem == "csrf"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost", ""]
)
async def test_a_name_that_is_not_ours_is_refused(house: House, host: str) -> None:
    for path in ("api/v1/session", "api/v1/flows", "", "assets/app-1.js"):
        found = await house.call("GET", f"{house.base}/{path}", Host=host)
        assert found.status in (400, 403), path


async def test_addresses_and_listed_names_are_ours(house: House) -> None:
    port = house.server.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "[::1]", "192.168.7.7"):
        assert (await house.call("GET", "session", role=None, Host=host)).status == 200


async def test_the_first_password_is_set_once_with_the_printed_link(bare: House) -> None:
    assert (await bare.call("GET", "session", role=None)).json["setup_required"]
    assert (await bare.call("GET", "flows", role=None)).problem == "setup-required"
    new = {"name": "boss", "password": PASSWORD}
    wrong = await bare.call("POST", "session/setup", {**new, "token": "guess"}, None, **FORM)
    assert wrong.problem == "forbidden"
    token = bare.services.sessions.setup_token
    short = await bare.call("POST", "session/setup", {**new, "password": "short", "token": token}, None, **FORM)
    assert short.problem == "bad-request"
    answers = await asyncio.gather(
        *(
            bare.call("POST", "session/setup", {**new, "name": f"boss{n}", "token": token}, None, **FORM)
            for n in range(3)
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 403, 403]
    assert len(bare.services.access.accounts.users()) == 1
    assert (await bare.call("POST", "session/setup", {**new, "token": token}, None, **FORM)).problem == "forbidden"


async def test_a_changed_password_ends_every_other_session(house: House) -> None:
    accounts = house.services.access.accounts
    one, two = accounts.log_in("anna", PASSWORD), accounts.log_in("anna", PASSWORD)
    assert one and two
    body = {"old": PASSWORD, "new": "a new passphrase"}
    done = await house.call("PUT", "session/password", body, None, **FORM, **with_cookie(house, one))
    assert done.status == 204
    assert (await house.call("GET", "flows", role=None, **with_cookie(house, two))).status == 401
    fresh = done.headers["Set-Cookie"].split("=")[1].split(";")[0]
    assert (await house.call("GET", "flows", role=None, **with_cookie(house, fresh))).status == 200


async def test_the_last_admin_cannot_be_removed_or_lowered(house: House) -> None:
    assert (await house.call("DELETE", "users/anna")).status == 409
    for change in ({"role": "viewer"}, {"disabled": True}):
        assert (await house.call("PATCH", "users/anna", change)).status == 409
    assert house.services.access.accounts.users()[0].role == "admin"


async def test_a_changed_user_is_logged_out(house: House) -> None:
    made = await house.call("POST", "users", {"name": "bob", "password": PASSWORD, "role": "operator"})
    assert made.status == 201 and "password" not in made.json
    assert (
        await house.call("POST", "users", {"name": "bob", "password": PASSWORD, "role": "viewer"})
    ).problem == "exists"
    secret = house.services.access.accounts.log_in("bob", PASSWORD)
    assert secret and (await house.call("GET", "flows", role=None, **with_cookie(house, secret))).status == 200
    assert (await house.call("PATCH", "users/bob", {"disabled": True})).json["disabled"]
    assert (await house.call("GET", "flows", role=None, **with_cookie(house, secret))).status == 401
    assert house.services.access.accounts.log_in("bob", PASSWORD) is None


async def test_a_token_is_shown_once(house: House) -> None:
    made = (await house.call("POST", "tokens", {"name": "ci", "role": "viewer"})).json
    house.tokens["ci"] = made["token"]
    assert (await house.call("GET", "flows", role="ci")).status == 200
    assert made["token"].encode() not in (await house.call("GET", "tokens")).raw
    assert (await house.call("DELETE", f"tokens/{made['id']}")).status == 204
    assert (await house.call("GET", "flows", role="ci")).status == 401


@pytest.mark.parametrize(
    "flow", ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a%00b", "<script>", "x" * 200, "a.b", "%ff"]
)
async def test_hostile_flow_names_do_nothing(house: House, flow: str) -> None:
    before = sorted(path for path in house.flows.parent.rglob("*") if path.suffix in (".yaml", ".yml"))
    for method, path, body in (
        ("GET", "", None), ("PUT", "", {"text": "flow: a\n"}), ("POST", "/check", {"text": ""}),
        ("POST", "/deploy", {}),
    ):  # fmt: skip
        found = await house.call(method, f"flows/{flow}{path}", body, If_None_Match="*", If_Match='"x"')
        assert 400 <= found.status < 500, (method, path)
        assert b"<script>" not in found.raw
    assert before == sorted(path for path in house.flows.parent.rglob("*") if path.suffix in (".yaml", ".yml"))


BODIES: list[Any] = [b"{", b"[]", b"null", b'"x"', b'{"text": 1}', b'{"text": "", "more": 1}', b"\xff", b"[" * 100_000,
                     b"{}", b'{"text": "\\ud800"}']  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_a_wrong_body_is_a_problem_with_its_place(house: House, body: bytes) -> None:
    found = await house.call("POST", "flows/plant/check", raw=body)
    if found.status != 200:
        assert found.problem == "bad-request"
    assert found.status in (200, 400)


async def test_a_body_above_the_limit_is_too_large(house: House) -> None:
    found = await house.call("POST", "flows/plant/check", {"text": "x" * (3 * 2**20)})
    assert found.status == 413 and found.problem == "too-large"
    found = await house.call("POST", "expressions/check", {"source": "x" * 2**20, "kind": "expression"})
    assert found.problem == "too-large"
    text = "#" * (2**20 - 20) + "\nflow: x\n"
    assert (await house.call("POST", "flows/plant/check", {"text": text})).status == 200


async def test_only_json_is_taken(house: House) -> None:
    found = await house.call("POST", "flows/plant/check", {"text": ""}, Content_Type="text/plain")
    assert found.problem == "bad-request"


async def test_every_answer_carries_the_security_headers(house: House) -> None:
    for path in ("/", "/api/v1/session", "/api/v1/nothing", "/assets/app-1.js", "/flows/plant"):
        headers = (await house.call("GET", house.base + path)).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self';")
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_the_editors_files_are_served_compressed_and_with_tags(house: House) -> None:
    found = await house.call("GET", f"{house.base}/assets/app-1.js", Accept_Encoding="gzip")
    assert found.headers["Content-Encoding"] == "gzip" and "immutable" in found.headers["Cache-Control"]
    assert found.headers["Content-Type"].startswith("text/javascript")
    again = await house.call("GET", f"{house.base}/assets/app-1.js", If_None_Match=found.headers["ETag"])
    assert again.status == 304
    page = await house.call("GET", f"{house.base}/flows/plant/deep/link")
    assert page.status == 200 and b"<title>flowengine" in page.raw and page.headers["Cache-Control"] == "no-cache"
    for path in ("nothing.js", "assets/../../flows/plant.yaml", "assets/%2e%2e/%2e%2e/flows/plant.yaml", ".stamp"):
        assert (await house.call("GET", f"{house.base}/{path}")).status == 404


async def test_unknown_paths_and_methods_of_the_api_are_problems(house: House) -> None:
    assert (await house.call("GET", "nothing")).problem == "not-found"
    assert (await house.call("PUT", "session", {})).problem == "not-found"
    assert (await house.call("GET", "flows/plant?x=1")).problem == "bad-request"
    assert (await house.call("GET", "flows/%0d%0aX:y/pages/")).problem == "not-found"  # a line break in it, too


async def test_a_stopped_editor_is_unavailable(house: House) -> None:
    house.services.open = False
    found = await house.call("GET", "flows")
    assert found.problem == "unavailable" and found.headers["Retry-After"]
    house.services.open = True


async def test_tls_makes_the_cookie_secure_and_the_answer_strict(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp.web.BaseRequest, "secure", True)
    body = {"name": "anna", "password": PASSWORD}
    found = await house.call("POST", "session", body, None, **FORM)
    assert "Secure" in found.headers["Set-Cookie"] and found.headers["Strict-Transport-Security"]
    other = await house.call("POST", "session", body, None, **FORM, Origin=house.base)
    assert other.problem == "csrf"
