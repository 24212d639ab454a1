"""From received PUBLISH packets to subscribers' batches, and from settlements back to acknowledgements.

Counts what subscribers hold; above the bound the link is not read. Never here: the life of a connection, publishing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from nodes.clients.mqtt.bound import HeldBound
from nodes.clients.mqtt.inbox import Incoming, SessionLedger
from nodes.clients.mqtt.link import Link
from nodes.clients.mqtt.orphans import Orphans
from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.mqtt.subscriptions import Interest, Router, Subscription

log = logging.getLogger(__name__)
TOLD_EVERY_S = 60.0


def _nothing(interest: Interest) -> None:
    """Nobody wants to know."""


class Delivery:
    """The receiving half of a client, over all its connections."""

    def __init__(self, settings: MqttSettings):
        self.inbox = SessionLedger()
        self.router = Router(self.inbox)
        self.orphans = Orphans(self.settle)
        self.held = HeldBound(settings.held_messages, settings.held_bytes)
        self.received = self.unclaimed = 0
        self._bequests: dict[Subscription, list[Incoming]] = {}
        self.settings = settings
        self._link: Link | None = None
        self._loop = asyncio.get_running_loop()
        self._startup_ends_s = 0.0
        self._silent_until_s = 0.0
        self.stopping = False
        self.siblings: Callable[[], Iterable[Delivery]] = tuple
        self.on_foreign: Callable[[Interest], None] = _nothing
        """Told which interest of a sibling this session still serves."""
        self._borrowed: dict[int, tuple[Delivery, int]] = {}

    def connected(self, link: Link, session_present: bool) -> None:
        """A new connection stands."""
        self._link = link
        if not self._startup_ends_s:
            self._startup_ends_s = self._loop.time() + self.settings.unclaimed_s
        self.inbox.connected(session_present)
        self.held.apply(self._link)

    def disconnected(self) -> None:
        """The connection is gone; settlements go on counting."""
        self._link = None
        self.inbox.lost()

    def receive(self, packets: list[Incoming]) -> None:
        """Hand these to their subscribers. Raises `Malformed`."""
        self.received += len(packets)
        fresh = self.inbox.admit(packets)
        for subscription in self.router.spread(fresh):
            batch, subscription.arriving = subscription.arriving, []
            if self._bequests:
                self._bequeath(subscription)
            self.hand_over(subscription, batch)
        if self.router.unclaimed:
            self._keep_unclaimed()
        self._acknowledge()
        self.held.apply(self._link)

    def hand_over(self, subscription: Subscription, batch: list[Incoming]) -> None:
        """Give one subscriber its batch; its fault is reported and costs the others nothing."""
        self.held.add(batch)
        if not subscription.is_open:  # closed by a subscriber before it in the same read
            self._orphan(batch)
            return
        subscription.held.update(zip(map(id, batch), batch, strict=True))
        try:
            subscription.on_batch(batch)
        except Exception as fault:
            context = {"message": f"subscriber of {subscription.filter!r} failed", "exception": fault}
            self._loop.call_exception_handler(context)

    def settle(self, packets: list[Incoming]) -> None:
        """These are held no longer, by one of their subscribers."""
        self.held.remove(packets)
        self.inbox.settle(packets)
        self._acknowledge()
        self.held.apply(self._link)
        if self._borrowed:
            self._give_back(packets)

    def left(self, subscription: Subscription, packets: list[Incoming]) -> None:
        """A subscriber is gone; these packets of its wait for a successor."""
        interest = subscription.interest
        interest.subscribers = tuple(each for each in interest.subscribers if each is not subscription)
        pop = subscription.held.pop
        self._orphan([packet for packet in packets if pop(id(packet), None) is not None])

    def joined(self, interest: Interest, subscription: Subscription) -> None:
        """A new subscription; it gets what waits for it, once its maker has it in hand."""
        interest.subscribers += (subscription,)
        inherited = self.orphans.claim(interest.filter, interest.id)
        for other in self.siblings():
            borrowed = other.orphans.claim(interest.filter, interest.id)
            self._borrowed |= {id(packet): (other, 1) for packet in borrowed}
            self.held.add(borrowed)
            inherited += borrowed
        if inherited:
            self._bequests[subscription] = inherited
            self._loop.call_soon(self._bequeath, subscription)

    def _bequeath(self, subscription: Subscription) -> None:
        """What waited goes before anything newer, whichever of the two comes to its turn first."""
        inherited = self._bequests.pop(subscription, None)
        if inherited:
            self.held.remove(inherited)
            self.hand_over(subscription, inherited)

    def drop_interest(self, interest: Interest) -> None:
        """Nobody came back for this filter: its packets are given up."""
        abandoned = self.orphans.claim(interest.filter, interest.id)
        self.unclaimed += len(abandoned)
        self.settle(abandoned)
        self.router.remove(interest)

    def on_time(self) -> None:
        """Give up orphans whose time is over, unless our next run is to get them; called now and then."""
        over = self.orphans.expire(self._loop.time()) if self.orphans and not self.stopping else []
        if over:
            self._give_up(over)

    def _is_lent(self, packet: Incoming) -> bool:
        """Whether a sibling took it: this session was once shared with its flow."""
        interests = [(other, each) for other in self.siblings() for each in other.router.interests_of(packet)]
        takers = [(other, taker) for other, interest in interests for taker in interest.subscribers]
        for _, interest in interests:
            self.on_foreign(interest)
        if len(takers) > 1:
            self.inbox.share(packet, len(takers))
        self.held.add([packet] * len(takers))
        for other, _ in takers:
            _, times = other._borrowed.get(id(packet), (self, 0))
            other._borrowed[id(packet)] = self, times + 1
        for other, taker in takers:
            other.hand_over(taker, [packet])
        return bool(takers)

    def _give_back(self, packets: Iterable[Incoming]) -> None:
        """These are settled; whose they are, hears it."""
        for packet in packets:
            owner, times = self._borrowed.pop(id(packet), (self, 0))
            if times > 1:
                self._borrowed[id(packet)] = owner, times - 1
            if times:
                owner.settle([packet])

    def _keep_unclaimed(self) -> None:
        packets, self.router.unclaimed = self.router.unclaimed, []
        packets = [packet for packet in packets if packet.packet_id is None or not self._is_lent(packet)]
        now_s = self._loop.time()
        kept = [packet for packet in packets if packet.packet_id is not None and self._is_awaited(packet, now_s)]
        if len(kept) < len(packets):
            awaited = set(map(id, kept))
            lost = [packet for packet in packets if id(packet) not in awaited]
            self._give_up(lost)
            self.inbox.settle(lost)
            self._acknowledge()
        self.held.add(kept)
        self._orphan(kept, max(self._startup_ends_s, now_s + self.settings.linger_s))

    def _is_awaited(self, packet: Incoming, now_s: float) -> bool:
        """Nodes are still starting, or this filter's last subscriber left just now."""
        return now_s < self._startup_ends_s or bool(self.router.interests_of(packet))

    def _give_up(self, packets: list[Incoming]) -> None:
        self.unclaimed += len(packets)
        now_s = self._loop.time()
        if now_s >= self._silent_until_s:
            self._silent_until_s = now_s + TOLD_EVERY_S
            log.warning(
                "messages that nobody subscribes to are given up (%d in all), one on %r; "
                "if another flow had this session before, give each its own data folder",
                self.unclaimed, packets[0].topic,
            )  # fmt: skip

    def _orphan(self, packets: Iterable[Incoming], until_s: float | None = None) -> None:
        self.orphans.add(packets, self._loop.time() + self.settings.linger_s if until_s is None else until_s)

    def _acknowledge(self) -> None:
        if self._link is not None:
            acks = self.inbox.take_acks()
            if acks:
                self._link.write(acks)
