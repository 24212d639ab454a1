"""Who asks, and whether he may: Host, Origin, session or token, role. Knows nothing of what is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from flowengine.served import HostNames
from flowengine.store.accounts import ROLES, Accounts, Role
from flowengine.store.passwords import token_hash
from flowengine.store.tokens import Tokens
from web_editor.auth.session_cookie import COOKIE
from web_editor.problems import Fault

REQUESTED_WITH = "flowengine"
MinimumRole = Role | Literal["none", "any", "draft"]
"""`draft`: integrators, and tokens that may write drafts for one."""

SAFE = ("GET", "HEAD")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `key` is the hash of his session or token."""

    name: str
    role: Role
    kind: Literal["session", "token"]
    key: str
    drafts_for: str | None = None
    """The person for whom a token may write drafts."""

    def may(self, minimum: MinimumRole) -> bool:
        """Whether his role is enough."""
        if minimum == "draft":
            return self.drafts_for is not None or self.may("integrator")
        return minimum in ("none", "any") or ROLES.index(self.role) >= ROLES.index(minimum)


@dataclass
class Access:
    """Lets people and machines in."""

    accounts: Accounts
    tokens: Tokens
    hosts: Collection[str] = ()
    """Host names that this server answers to; addresses always are, since no DNS server can lend them."""

    behind_proxy: bool = False
    """Whether TLS ends before this server, so that an https origin is ours too."""

    _names: HostNames = field(init=False)

    def __post_init__(self) -> None:
        self._names = HostNames(self.hosts)

    def check_host(self, request: web.Request) -> None:
        """Raises `Fault` for a Host that is not ours: a page elsewhere has pointed its own name at this machine."""
        if not self._names.mean_us(request):
            raise Fault("forbidden", "this server does not go by that name; start it with --host-name to add one")

    def check_origin(self, request: web.Request) -> None:
        """Raises `Fault` when a browser sends the request for another site's page."""
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins(request):
            raise Fault("csrf", "the Origin is not this host")

    def check_form(self, request: web.Request, caller: Caller | None) -> None:
        """Raises `Fault` for a change that came with a cookie and without the editor's own header."""
        if request.method in SAFE or (caller is not None and caller.kind == "token"):
            return
        if request.headers.get("X-Requested-With") != REQUESTED_WITH:
            raise Fault("csrf", f"X-Requested-With: {REQUESTED_WITH} is missing")
        self.check_origin(request)

    async def caller(self, request: web.Request) -> Caller | None:
        """Who asks, None for nobody. Raises `Fault` for a token that does not hold."""
        bearer = request.headers.get("Authorization")
        if bearer is not None:
            scheme, _, secret = bearer.partition(" ")
            if scheme.lower() != "bearer" or not 0 < len(secret.strip()) <= LONGEST:
                raise Fault("not-logged-in", "Authorization is `Bearer TOKEN`")
            found = await self.still(Caller("", "viewer", "token", token_hash(secret.strip())))
            if found is None:
                raise Fault("not-logged-in", "the token is unknown, revoked or expired")
            return found
        secret = request.cookies.get(COOKIE, "")
        if not 0 < len(secret) <= LONGEST:
            return None
        return await self.of_session(secret)

    async def still(self, caller: Caller) -> Caller | None:
        """The caller as he is now: another role, or None when his session or token has ended."""
        if caller.kind == "token":
            token = await asyncio.to_thread(self.tokens.find, caller.key)
            if token is None:
                return None
            return Caller(f"token:{token.name}", token.role, "token", caller.key, token.drafts_for)
        user = await asyncio.to_thread(self.accounts.session, caller.key)
        return Caller(user.name, user.role, "session", caller.key) if user else None

    async def of_session(self, secret: str) -> Caller | None:
        """Whose session this is."""
        return await self.still(Caller("", "viewer", "session", token_hash(secret)))

    def check_socket(self, request: web.Request) -> None:
        """Raises `Fault`, before any upgrade, unless the origin is this host or a bearer token is shown instead."""
        if "Origin" in request.headers:
            self.check_origin(request)
        elif "Authorization" not in request.headers:
            raise Fault("csrf", "without an Origin only a bearer token is taken")

    def _origins(self, request: web.Request) -> Iterable[str]:
        host = request.host.lower()
        schemes = ("https",) if request.secure else ("http", "https") if self.behind_proxy else ("http",)
        return [f"{scheme}://{host}" for scheme in schemes]


def check_role(caller: Caller | None, minimum: MinimumRole, empty: bool) -> None:
    """Raises `Fault` unless the caller may; `empty` is whether no user exists yet."""
    if minimum == "none":
        return
    if caller is None:
        raise Fault("setup-required" if empty else "not-logged-in")
    if not caller.may(minimum):
        raise Fault("forbidden", f"this needs the role {'integrator' if minimum == 'draft' else minimum}")
