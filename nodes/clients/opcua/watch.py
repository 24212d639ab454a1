"""Points of an OPC UA server: subscribed in batches, or read again and again. Never here: messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.subscription import DataChangeEvent, StatusChangeEvent
from asyncua.ua.attribute_ids import AttributeIds

from flowengine.ending import end
from nodes.clients.opcua.portions import TOO_MANY, Portions
from nodes.clients.opcua.session import FAULTS, words
from nodes.clients.opcua.values import BAD, Reading, reading

NEVER_S = 10.0
"""A point of which nothing came for so long after the begin is told as bad."""

END_S = 2.0
Take = Callable[[Mapping[str, Reading]], None]


class Watch:
    """`addresses` by name. `take` gets what changed, or with `poll` all of them at each cycle."""

    def __init__(self, addresses: Mapping[str, str], every_s: float, deadband: float, poll: bool, take: Take):
        self._addresses, self._every_s, self._deadband, self._poll, self._take = (
            dict(addresses), every_s, deadband, poll, self._noting(take)
        )  # fmt: skip
        self.bad: dict[str, str] = {}
        """Why points bring nothing, by name."""

        self.readings = 0
        self._portions = Portions()
        self._tasks: list[asyncio.Task[None]] = []
        self._subscription: Any = None
        self._reason: str | None = None

    async def begin(self, client: Client) -> None:
        """As `Attached` says."""
        await self.end()
        self._reason = None
        if self._poll:
            reading_all = _or_anew(client, partial(self._read_for_ever, client))
            self._tasks = [asyncio.create_task(reading_all, name="opcua poll")]
            return
        first = await self._first(client)
        subscription = await client.create_subscription(self._every_s * 1000, queue_maxsize=100_000)
        self._subscription = subscription
        silent = self._addresses.keys() - first.keys()
        names = dict(enumerate(self._addresses, 1))  # by the handle that their changes have
        self._tasks = [
            asyncio.create_task(_or_anew(client, work), name="opcua subscription")
            for work in (
                partial(self._read_events, client, subscription, names, dict(first), silent),
                partial(self._say_what_never_came, silent),
            )
        ]
        wanted = [(handle, name, self._deadband_of(first.get(name))) for handle, name in names.items()]
        await self._portions.ask(wanted, partial(self._subscribe, client, subscription, silent))

    @property
    def points(self) -> int:
        """How many it watches."""
        return len(self._addresses)

    def place(self, name: str) -> str:
        """A point as people look for it."""
        return f"{name} ({self._addresses[name]})"

    def lost(self, reason: str) -> None:
        """As `Attached` says: every point is bad, told once."""
        self._subscription = None  # it went with the session
        for task in self._tasks:
            task.cancel()
        if self._reason != reason:
            self._reason = reason
            self._take({name: Reading(None, BAD, f"not connected: {reason}") for name in self._addresses})

    async def end(self) -> None:
        """Stop, and leave no subscription behind in a session that others use too."""
        tasks, self._tasks = self._tasks, []
        await end(*tasks)
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(*FAULTS):
                async with asyncio.timeout(END_S):
                    await subscription.delete()

    def _noting(self, take: Take) -> Take:
        def noted(found: Mapping[str, Reading]) -> None:
            for name, one in found.items():
                if one.quality == BAD:
                    self.bad[name] = one.reason
                else:
                    self.bad.pop(name, None)
            self.readings += len(found)
            take(found)

        return noted

    async def _first(self, client: Client) -> dict[str, Reading]:
        """What all points are now, told at once: a subscription's first report comes when its interval is over."""
        found = {name: one for name, one in (await self._read_all(client)).items() if one.quality != BAD}
        if found:
            self._take(found)
        return found

    def _deadband_of(self, first: Reading | None) -> float:
        """Servers refuse a deadband for what is no number, or then report no change at all."""
        is_number = first is not None and isinstance(first.value, int | float) and not isinstance(first.value, bool)
        return self._deadband if is_number else 0.0

    async def _subscribe(
        self, client: Client, subscription: Any, silent: set[str], portion: Sequence[tuple[int, str, float]]
    ) -> None:
        handles = await subscription.create_monitored_items(
            [
                _item(client.get_node(self._addresses[name]).nodeid, handle, self._every_s, deadband)
                for handle, name, deadband in portion
            ]
        )
        refused = {
            name: Reading(None, BAD, handle.name)
            for (_, name, _), handle in zip(portion, handles, strict=True)
            if isinstance(handle, ua.StatusCode)
        }
        silent -= set(refused)
        if refused:
            self._take(refused)

    async def _read_events(
        self, client: Client, subscription: Any, names: Mapping[int, str], first: dict[str, Reading], silent: set[str]
    ) -> None:
        changed: dict[str, Reading] = {}
        async for event in subscription:
            if isinstance(event, StatusChangeEvent):
                client.uaclient.notify_transport_lost()  # the server dropped the subscription: begin anew
                return
            if not isinstance(event, DataChangeEvent):
                continue
            name, found = names[event.data.monitored_item.ClientHandle], reading(event.data.monitored_item.Value)
            silent.discard(name)
            if first.pop(name, None) != found:  # else it was told when it was read
                if name in changed:  # two values of one point are two readings
                    self._take(changed)
                    changed = {}
                changed[name] = found
            if changed and subscription._event_queue.empty():
                self._take(changed)
                changed = {}

    async def _say_what_never_came(self, silent: set[str]) -> None:
        await asyncio.sleep(NEVER_S)
        if silent:
            self._take({name: Reading(None, BAD, "no value came") for name in self._addresses if name in silent})

    async def _read_for_ever(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            self._take(await self._read_all(client))
            due_s += self._every_s * (1 + max(0, loop.time() - due_s) // self._every_s)
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    async def _read_all(self, client: Client) -> dict[str, Reading]:
        found: dict[str, Reading] = {}

        async def read(portion: Sequence[tuple[str, str]]) -> None:
            ids = [client.get_node(address).nodeid for _, address in portion]
            try:
                values = await client.uaclient.read_attributes(ids, AttributeIds.Value)
            except TOO_MANY:
                raise
            except FAULTS as fault:
                found.update({name: Reading(None, BAD, words(fault)) for name, _ in portion})
            else:
                found.update({name: reading(value) for (name, _), value in zip(portion, values, strict=True)})

        await self._portions.ask(list(self._addresses.items()), read)
        return found


def _item(node: ua.NodeId, handle: int, every_s: float, deadband: float) -> ua.MonitoredItemCreateRequest:
    asked = ua.MonitoringParameters()
    asked.ClientHandle, asked.SamplingInterval, asked.QueueSize, asked.DiscardOldest = handle, every_s * 1000, 10, True
    if deadband:
        asked.Filter = ua.DataChangeFilter(ua.DataChangeTrigger.StatusValue, ua.DeadbandType.Absolute, deadband)
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor.NodeId, item.ItemToMonitor.AttributeId = node, AttributeIds.Value
    item.MonitoringMode, item.RequestedParameters = ua.MonitoringMode.Reporting, asked
    return item


async def _or_anew(client: Client, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What fails here must not leave a session that looks alive and brings nothing.

    Made only now, `work` leaves nothing behind where its task is cancelled before it begins.
    """
    try:
        await work()
    except Exception:
        client.uaclient.notify_transport_lost()
        raise
