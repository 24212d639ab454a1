"""Points of an OPC UA server: subscribed in batches, or read again and again. Never here: messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.subscription import DataChangeEvent, StatusChangeEvent
from asyncua.ua.attribute_ids import AttributeIds

from nodes.clients.opcua.session import FAULTS, words
from nodes.clients.opcua.values import BAD, Reading, reading

BATCH = 500
"""Nodes of one request; servers refuse more than their operation limit, which is seldom below."""

NEVER_S = 10.0
"""A point of which nothing came for so long after the begin is told as bad."""

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
        self._tasks: list[asyncio.Task[None]] = []
        self._reason: str | None = None

    async def begin(self, client: Client) -> None:
        """As `Attached` says."""
        await self.end()
        self._reason = None
        if self._poll:
            reading_all = _or_anew(client, partial(self._read_for_ever, client))
            self._tasks = [asyncio.create_task(reading_all, name="opcua poll")]
            return
        subscription = await client.create_subscription(self._every_s * 1000, queue_maxsize=100_000)
        names: dict[Any, str] = {}
        silent = set(self._addresses)
        for batch in _batches(list(self._addresses.items())):
            await self._subscribe(client, subscription, batch, names, silent)
        self._tasks = [
            asyncio.create_task(_or_anew(client, work), name="opcua subscription")
            for work in (
                partial(self._hear, client, subscription, names, silent),
                partial(self._say_what_never_came, silent),
            )
        ]

    @property
    def points(self) -> int:
        """How many it watches."""
        return len(self._addresses)

    def lost(self, reason: str) -> None:
        """As `Attached` says: every point is bad, told once."""
        for task in self._tasks:
            task.cancel()
        if self._reason != reason:
            self._reason = reason
            self._take({name: Reading(None, BAD, f"not connected: {reason}") for name in self._addresses})

    async def end(self) -> None:
        """Stop."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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

    async def _subscribe(
        self,
        client: Client,
        subscription: Any,
        batch: Sequence[tuple[str, str]],
        names: dict[Any, str],
        silent: set[str],
    ) -> None:
        nodes = []
        for name, address in batch:
            node = client.get_node(address)
            names[node.nodeid] = name
            nodes.append(node)
        if self._deadband:
            handles = await subscription.deadband_monitor(nodes, self._deadband, queuesize=10)
        else:
            handles = await subscription.subscribe_data_change(
                nodes, queuesize=10, sampling_interval=self._every_s * 1000
            )
        refused = {
            name: Reading(None, BAD, handle.name)
            for (name, _), handle in zip(batch, handles, strict=True)
            if isinstance(handle, ua.StatusCode)
        }
        silent -= set(refused)
        if refused:
            self._take(refused)

    async def _hear(self, client: Client, subscription: Any, names: Mapping[Any, str], silent: set[str]) -> None:
        changed: dict[str, Reading] = {}
        async for event in subscription:
            if isinstance(event, StatusChangeEvent):
                client.uaclient.notify_transport_lost()  # the server dropped the subscription: begin anew
                return
            if not isinstance(event, DataChangeEvent):
                continue
            name = names[event.node.nodeid]
            if name in changed:  # two values of one point are two readings
                self._take(changed)
                changed = {}
            changed[name] = reading(event.data.monitored_item.Value)
            silent.discard(name)
            if subscription._event_queue.empty():
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
            found: dict[str, Reading] = {}
            for batch in _batches(list(self._addresses.items())):
                found |= await self._read(client, batch)
            self._take(found)
            due_s += self._every_s * (1 + max(0, loop.time() - due_s) // self._every_s)
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    async def _read(self, client: Client, batch: Sequence[tuple[str, str]]) -> dict[str, Reading]:
        ids = [client.get_node(address).nodeid for _, address in batch]
        try:
            values = await client.uaclient.read_attributes(ids, AttributeIds.Value)
        except FAULTS as fault:
            return {name: Reading(None, BAD, words(fault)) for name, _ in batch}
        return {name: reading(value) for (name, _), value in zip(batch, values, strict=True)}


async def _or_anew(client: Client, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What fails here must not leave a session that looks alive and brings nothing.

    Made only now, `work` leaves nothing behind where its task is cancelled before it begins.
    """
    try:
        await work()
    except Exception:
        client.uaclient.notify_transport_lost()
        raise


def _batches(items: Sequence[tuple[str, str]]) -> list[Sequence[tuple[str, str]]]:
    return [items[at : at + BATCH] for at in range(0, len(items), BATCH)]
