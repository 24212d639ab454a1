"""`sparkplug_out`: a Sparkplug B edge node that tells metrics of itself and of its devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from flowengine.counts import count_of
from flowengine.expression import TemplateError, TopicTemplate
from nodes.clients import extras
from nodes.clients.mqtt import Disconnected, MqttError
from nodes.connections.mqtt import Mqtt

if TYPE_CHECKING:
    from nodes.clients.sparkplug import EdgeSession

_NAME = r"^[^/+#]+$"


class SparkplugOutConfig(Config):
    """Settings of `sparkplug_out`."""

    connection: str = connection("mqtt")
    """The broker. The edge node has a session of its own there, with its death as the will."""

    group: str = Field(pattern=_NAME)
    """Group that it belongs to."""

    edge: str = Field(pattern=_NAME)
    """Its name; no two edge nodes of a group have the same."""

    device: TopicTemplate | None = None
    """Device that the metrics belong to, such as `{device}`; without it they are those of the edge node itself."""

    metric: TopicTemplate | None = None
    """Name of the metric of a payload `{value}`, such as `{sensor}`; without it payloads are maps of metrics."""

    primary_host: str = Field(default="", pattern=r"^[^/+#]*$")
    """Host application without which nothing is told: while its STATE does not say that it is there, messages wait."""


class SparkplugOut(Sink):
    """Tell metrics as they come; births come by themselves: at each connect, for what is new, and when a host asks.

    Whole numbers are Int64, others Double; a metric that was whole and is not any more is born again. Needs the extra
    `sparkplug`.
    """

    config: SparkplugOutConfig
    examples = (
        Example("Each device of a hall", "{connection: broker, group: plant1, edge: hall2, device: '{device}', "
                "metric: '{sensor}'}"),
    )  # fmt: skip

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.SPARKPLUG.lacks()

    @classmethod
    def confirms(cls, config: Config) -> bool:
        """Data is QoS 0 (6.4.18)."""
        return False

    async def open(self) -> None:
        from nodes.clients.sparkplug import EdgeSession

        config, context = self.config, self.context
        settings = context.connection(config.connection, Mqtt).client.settings
        own = replace(settings, client_id=f"{settings.client_id}-{config.group}-{config.edge}"[-120:])
        file = context.data_dir / "sparkplug" / f"{context.node}.bdseq"
        self._session: EdgeSession = EdgeSession(
            own, config.group, config.edge, file, lambda: context.clock.time_ns() // 1_000_000, context.log,
            config.primary_host,
        )  # fmt: skip
        await self._session.open()

    async def close(self) -> None:
        await self._session.close()

    async def write(self, messages: Messages) -> None:
        bad: dict[int, str] = {}
        for row, message in enumerate(messages):
            try:
                device, values = self._metrics(message)
                await self._session.tell(device, values, message.time_ns // 1_000_000)
            except (ValueError, TemplateError) as fault:
                bad[row] = str(fault)
            except Disconnected as away:
                raise Unavailable(str(away), retry_after_s=0.1) from away
            except MqttError as fault:
                raise Unavailable(str(fault)) from fault
        if bad:
            raise Rejected(count_of(len(bad), "message is no metric", "messages are no metrics"), bad)

    def _metrics(self, message: Message) -> tuple[str, Mapping[str, Any]]:
        config, payload = self.config, message.payload
        device = config.device.fill(message) if config.device is not None else ""
        if config.device is not None and (not device or "/" in device):
            raise ValueError(f"{device!r} is no name of a device")
        if not isinstance(payload, dict) or not payload:
            raise ValueError("payload is no map of metrics")
        if config.metric is None:
            return device, payload
        if "value" not in payload:
            raise ValueError("payload has no `value`")
        return device, {config.metric.fill(message): payload["value"]}
