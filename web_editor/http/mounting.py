"""Puts the editor onto an engine's HTTP server."""

from __future__ import annotations

from aiohttp import web

from flowengine.deployer import Deployer
from flowengine.engine import Engine
from flowengine.server import Server
from web_editor.editing import Editing
from web_editor.http.back_end import BackEnd
from web_editor.http.editor_routes import ROUTES
from web_editor.http.files import Files
from web_editor.http.serving import Serving
from web_editor.live.ticker import TICKER, Ticker
from web_editor.options import Options
from web_editor.services import Services


def mount(application: web.Application, engine: Engine, folder: Deployer, options: Options | None = None) -> BackEnd:
    """The editor, whose API and files `application` serves from now on. Start it once the engine runs. Blocking."""
    options = options or Options()
    services = Services(engine, options, Editing(engine, folder, options.dist))
    ticker = application[TICKER] = Ticker(services)
    Serving(services, ROUTES).mount(application, Files(options.dist))
    return BackEnd(services, ROUTES, ticker)


def serve(server: Server, folder: Deployer, host_names: tuple[str, ...] = (), behind_proxy: bool = False) -> BackEnd:
    """The editor on this server, as `flowengine run` asks for it by entry point. Blocking."""
    return mount(server.application, server.engine, folder, Options(host_names, behind_proxy))
