"""An engine's management API on its control socket, and what else was mounted with it. Knows no area from inside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from flowengine.engine import Engine
from web_editor.http.control import Control
from web_editor.http.openapi import with_document
from web_editor.http.others import Others
from web_editor.http.route_table import MANAGEMENT, QUESTIONS
from web_editor.routing import Route
from web_editor.services import Services


class Started(Protocol):
    """What runs beside the services."""

    def start(self) -> None:
        """Begin; the services have begun."""

    async def stop(self) -> None:
        """End; the services are still there."""


class BackEnd:
    """Services and who serves them. Start it once the engine runs."""

    def __init__(self, services: Services, routes: Iterable[Route], *beside: Started):
        self.services = services
        self._beside = beside
        if services.engine.cluster is not None:
            services.engine.cluster.answer = Others(services, [*routes, *QUESTIONS]).answer
        self._control = Control(services, routes, services.engine.settings.data_dir)

    @property
    def started(self) -> bool:
        """Whether it serves."""
        return self.services.open

    @property
    def setup_token(self) -> str | None:
        """What the first user needs to set his password; None when there are users."""
        return self.services.sessions.setup_token

    async def start(self) -> None:
        """Watch, and serve commands on the control socket."""
        await self.services.start()
        for each in self._beside:
            each.start()
        await self._control.start()

    async def stop(self) -> None:
        """Say good-bye to clients and let files go."""
        self.services.open = False
        await self._control.stop()
        for each in self._beside:
            await each.stop()
        await self.services.stop()


def management(engine: Engine) -> BackEnd:
    """The management API alone, for the control socket: nothing of the editor is loaded. Blocking."""
    return BackEnd(Services(engine), with_document(MANAGEMENT))
