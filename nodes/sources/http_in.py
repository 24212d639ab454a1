"""`http_in`: take messages from HTTP requests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, PositiveInt

from flowengine import Config, Context, Duration, Example, Message, Outlet, ServedPath, Size, Source
from flowengine.http_body import BadBody, BodyTooLarge, read_body
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.servers.http.described import BadRequest, Described, Judge, description_faults, operation
from nodes.servers.http.exchange import EXCHANGES, META, Reply
from nodes.servers.http.guard import Guard, Guarded, open_by_oversight
from nodes.servers.http.session import SessionRule, session_fault, session_of
from nodes.servers.http.signature import Signature, is_signed

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
SHOWN_HEADERS = frozenset(("content-type", "user-agent", "x-request-id", "x-forwarded-for", "idempotency-key", "date"))
"""Headers that travel in meta; those that carry secrets (Authorization, Cookie) never do."""
SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization"))
DONE = {
    "delivered": {"204": "everything that came of it is stored or sent"},
    "accepted": {"202": "taken"},
    "flow": {"200": "the answer"},
}
CONTENT = {"json": "application/json", "text": "text/plain"}
ENTERING = 16
"""So many messages that the flow does not take at once show that it is full."""


class HttpInConfig(Guarded, Described):
    """Settings of `http_in`."""

    path: ServedPath
    """Path to serve; `{name}` takes one segment and fills `meta.name`, `{name*}` takes the rest."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """Method to serve."""

    format: Format | list[Format] = "auto"
    """How bodies are read, or several in the order they are tried. A request without a body is its query."""

    respond: Literal["delivered", "accepted", "flow"] = "delivered"
    """When to answer: once everything that came of the message is delivered (204, or what an `http_response` said, as
    on an error wire), at once (202), or as soon as the flow's `http_response` does."""

    timeout: Duration = 30.0
    """Longest time until the answer; then 504."""

    max_bytes: Size = MAX_BYTES
    """Larger bodies are refused with 413."""

    max_waiting: PositiveInt = 1000
    """Requests that may wait for the flow at a time; more are refused with 503."""

    topic: str = ""
    """Topic of the messages; the request's path by default."""

    headers: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]] = Field(default=[])
    """Further headers that travel in `meta.headers` (names in lower case), such as `X-Event`."""

    signature: Signature | None = None
    """Take only requests whose body is signed, such as `{header: X-Hub-Signature-256, secret: "${secret:hook}"}`;
    others are refused with 401 before the flow hears of them."""

    session: SessionRule | None = None
    """Take only requests of a session, which a log-in has signed (a JSON Web Token as `Authorization: Bearer …`), such
    as `{secret: "${secret:session}", roles: [teacher]}`; who asks is in `meta.session`: `sub`, `role` and the rest."""

    tell: bool = False
    """Tell each answer at port `answered`: a payload with `status` and `took_ms`."""


class HttpIn(Source):
    """Serve a path; each request becomes a message with its captures, query and some headers in meta."""

    config: HttpInConfig
    outputs = ("out", "answered")
    acknowledges = True
    examples = (
        Example("Readings, answered when stored", "{path: '/readings/{device}', format: json}"),
        Example(
            "A webhook that is signed",
            "{path: /hooks/github, format: json, headers: [X-GitHub-Event],"
            " signature: {header: X-Hub-Signature-256, secret: '${secret:hook}', prefix: 'sha256='}}",
        ),
        Example("A question that the flow answers", "{path: '/state/{device}', method: GET, respond: flow}"),
        Example(
            "A setpoint within its limits",
            "{path: '/api/setpoint/{room}', method: PUT, format: json, summary: 'Set the temperature of a room',"
            " schema: {type: object, required: [value], properties: {value: {type: number, minimum: 5, maximum: 25}}}}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, HttpInConfig)
        secrets = [name for name in config.headers if name.lower() in SECRET_HEADERS]
        faults = [("headers", f"{name} carries a secret, which never travels in meta") for name in secrets]
        faults += [("session", fault)] if (fault := session_fault(config.session)) else []
        return [*open_by_oversight(config), *faults, *description_faults(config)]

    @classmethod
    def captures(cls, config: Config) -> Sequence[str]:
        assert isinstance(config, HttpInConfig)
        return re.findall(r"\{(\w+)\*?\}", config.path)

    def start(self) -> None:
        self._decode = decoder(self.config.format, self.config.max_bytes, count=self.context.count)
        self._guard = Guard(self.config)
        self._judge = Judge(self.config, self.captures(self.config))
        self._shown = SHOWN_HEADERS | {name.lower() for name in self.config.headers}
        self._waiting = self._entering = 0

    async def run(self, emit: Outlet) -> None:
        path, http = self.config.path, self.context.http
        doors = [http.add(self.config.method, path, lambda request: self._serve(request, emit), self._about())]
        if self.config.origins:
            doors.append(http.add("OPTIONS", path, self._preflight))
        try:
            await asyncio.Event().wait()
        finally:
            # Requests under way go on: what they brought is settled while the flow drains.
            for close in doors:
                close()

    def received(self, message: Message) -> Message:
        """As a request of that payload and meta; of one without a body the payload is its query."""
        payload = self._decode(message.payload) if isinstance(message.payload, bytes) else message.payload
        if self.config.method == "GET" and isinstance(payload, dict):
            payload = self._judge.query(payload)
        self._judge.payload(payload)
        return message.with_payload(payload).with_meta(**self._judge.captured(message.meta))

    async def _serve(self, request: web.Request, emit: Outlet) -> web.Response:
        self._guard.check(request)
        session = self.config.session
        who = {} if session is None else {"session": session_of(session, request, self.context.clock.time_ns() / 1e9)}
        if self._waiting >= self.config.max_waiting or self._entering >= ENTERING:
            self.context.count("requests refused, flow is full")
            return self._response(request, Reply(503, b"busy\n", {"Retry-After": "1"}))
        self._waiting += 1
        came_s = self.context.clock.now_s()
        try:
            reply = await self._answer(request, emit, who)
        except TimeoutError:
            self.context.count("requests timed out")
            reply = Reply(504, b"the flow took too long\n")
        finally:
            self._waiting -= 1
        if self.config.tell:
            self._tell(request, reply, self.context.clock.now_s() - came_s)
        return self._response(request, reply)

    async def _answer(self, request: web.Request, emit: Outlet, who: dict[str, Any]) -> Reply:
        body = await self._body(request)
        if self.config.signature is not None and not is_signed(self.config.signature, request.headers, body):
            self.context.count("requests refused, wrong signature")
            return Reply(401, b"the signature does not fit\n")
        meta, topic = {**self._meta(request), **who}, self.config.topic or request.path.strip("/")
        try:
            meta |= self._judge.captured(request.match_info)
            meta["query"] = self._judge.query(meta["query"])
            payload = self._decode(body) if body else meta["query"]
            self._judge.payload(payload)
        except BadPayload as fault:
            self.context.reject([_unread(self.context, body, topic, meta)], f"payload {fault}")
            return Reply(400, f"payload {fault.reason}\n".encode())
        except BadRequest as fault:
            self.context.reject([_unread(self.context, body, topic, meta)], str(fault))
            return Reply(422, f"{fault}\n".encode())
        message = Message(payload, topic, meta=meta)
        if self.config.respond != "accepted":
            return await self._ask(message, emit, len(body))
        async with asyncio.timeout(self.config.timeout):
            await self._enter(message, emit, None, len(body))
        return Reply(202)

    async def _enter(self, message: Message, emit: Outlet, ack: Callable[[], None] | None, size_bytes: int) -> None:
        self._entering += 1
        try:
            await emit(message, ack, size_bytes)
        finally:
            self._entering -= 1

    async def _ask(self, message: Message, emit: Outlet, size_bytes: int) -> Reply:
        token = EXCHANGES.begin()
        settled = asyncio.Event()
        try:
            async with asyncio.timeout(self.config.timeout):
                await self._enter(message.with_meta(**{META: token}), emit, settled.set, size_bytes)
                if self.config.respond == "delivered":
                    await settled.wait()
                    EXCHANGES.answer(token, Reply(204))  # the flow's own answer came first, if there is one
                return await EXCHANGES.reply(token, self.config.timeout)
        finally:
            EXCHANGES.end(token)

    async def _body(self, request: web.Request) -> bytes:
        try:
            return await read_body(request, self.config.max_bytes, self.config.timeout)
        except BodyTooLarge as fault:
            self.context.count("requests refused, too large")
            raise web.HTTPRequestEntityTooLarge(self.config.max_bytes, fault.size_bytes) from None
        except BadBody as fault:
            raise web.HTTPUnsupportedMediaType(text=f"{fault}\n") from None

    def _about(self) -> dict[str, Any]:
        config, context = self.config, self.context
        body = "" if config.method in ("GET", "DELETE") else CONTENT.get(str(config.format), "*/*")
        about = operation(config, self.captures(config), DONE[config.respond], body)
        guards = [
            name for name, secret in (("basic", config.password), ("token", config.token or config.session)) if secret
        ]
        if guards:
            about["security"] = [{name: []} for name in guards]
            about["responses"].setdefault("401", {"description": "name and password, or the token, are wrong"})
        return {**about, "tags": [context.flow], "operationId": f"{context.flow}.{context.node}"}

    def _meta(self, request: web.Request) -> dict[str, Any]:
        query = {name: _one_or_all(request.query.getall(name)) for name in request.query if name != "token"}
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() in self._shown}
        seen = {"method": request.method, "path": request.path, "query": query, "headers": headers}
        return {**request.match_info, **seen, "peer": request.remote or ""}

    def _tell(self, request: web.Request, reply: Reply, took_s: float) -> None:
        context, now_ns = self.context, self.context.clock.time_ns()
        told = {"status": reply.status, "took_ms": took_s * 1000}
        meta = {**request.match_info, "method": request.method, "path": request.path, "peer": request.remote or ""}
        topic = self.config.topic or request.path.strip("/")
        context.emit((Message(told, topic, now_ns, meta, now_ns, context.next_id()),), "answered")

    def _response(self, request: web.Request, reply: Reply) -> web.Response:
        headers = {**reply.headers, **self._guard.cors(request), "X-Content-Type-Options": "nosniff"}
        if reply.body and "Content-Type" not in headers:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        return web.Response(status=reply.status, body=reply.body or None, headers=headers)

    async def _preflight(self, request: web.Request) -> web.Response:
        allowed = self._guard.cors(request)
        if not allowed:
            raise web.HTTPForbidden(text="pages of this origin may not use this path\n")
        allowed["Access-Control-Allow-Methods"] = self.config.method
        allowed["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        allowed["Access-Control-Max-Age"] = "600"
        return web.Response(status=204, headers=allowed)


def _one_or_all(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _unread(context: Context, body: bytes, topic: str, meta: Mapping[str, Any]) -> Message:
    """A request that never came into the flow, which gives the others their time and id."""
    now_ns = context.clock.time_ns()
    return Message(body[:4096], topic, now_ns, meta, now_ns, context.next_id())
