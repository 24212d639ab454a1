"""From subscribers that come and go to what the broker is asked for. Never here: packets, who gets what."""

import asyncio
import logging
from dataclasses import replace

from nodes.clients.mqtt.asking import Asking, refuse
from nodes.clients.mqtt.delivery import Delivery
from nodes.clients.mqtt.errors import SubscribeRefused
from nodes.clients.mqtt.inbox import Incoming
from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.mqtt.subscriptions import Interest, Options, Subscription

log = logging.getLogger(__name__)


def _closes_for(filter_: str) -> SubscribeRefused:
    return SubscribeRefused(filter_, "the broker closes the connection when it is asked for this", 0x8F)


class Subscribing:
    """The filters of one client, over all its connections."""

    def __init__(self, settings: MqttSettings, delivery: Delivery, asking: Asking):
        self.settings = settings
        self._delivery, self._asking = delivery, asking
        self._router = delivery.router
        self._connected = self._stopping = False
        self._left_to_others: set[str] = set()
        delivery.on_foreign = self._leave_to_others

    @property
    def refused(self) -> dict[str, str]:
        """The filters that the broker does not grant, and why."""
        answered = [each for each in self._router if each.answer.done()]
        return {each.filter: str(fault) for each in answered if (fault := each.answer.exception()) is not None}

    def connected(self, session_present: bool) -> None:
        """A new connection: ask for what the broker does not have."""
        self._connected = True
        for interest in self._router:
            interest.granted = interest.granted and session_present
            for subscription in interest.subscribers if not session_present else ():
                subscription.retained.forget()
        self._ask([interest for interest in self._router if not interest.granted])

    def disconnected(self) -> None:
        """The connection is gone, and every answer that was awaited."""
        self._connected = False
        self._asking.forget()

    def interest(self, filter_: str, options: Options) -> Interest:
        """The interest in this filter, asked for at the broker if connected (the next connect does it otherwise)."""
        interest = self._router.interests.get(filter_)
        if interest is None:
            interest = self._router.add(filter_, options)
        else:
            if interest.parting is not None:
                interest.parting.cancel()
                interest.parting = None
            before = interest.options if interest.subscribers else options
            handling = min(options.retain_handling, before.retain_handling)
            interest.options = replace(options, qos=max(options.qos, before.qos), retain_handling=handling)
            interest.granted = False
            interest.ask_again()
        if self._connected:
            self._ask([interest])
        return interest

    def _ask(self, interests: list[Interest]) -> None:
        now_s = asyncio.get_running_loop().time()
        left_out = [each for each in interests if self._asking.suspects.is_left_out(each.filter, now_s)]
        for interest in left_out:
            # Later: whoever subscribes has not put itself into the interest yet.
            asyncio.get_running_loop().call_soon(refuse, interest, _closes_for(interest.filter))
        self._asking.subscribe([each for each in interests if each not in left_out])

    def blame(self, unanswered: list[str]) -> None:
        """The broker closed the connection while these were asked for."""
        culprit = self._asking.suspects.closed(unanswered, asyncio.get_running_loop().time())
        if culprit is not None and culprit in self._router.interests:
            log.error("mqtt: %s; it is left out, the other subscriptions go on", _closes_for(culprit))

    def stop(self) -> None:
        """Whoever leaves from now on comes back with the next run: nothing is unsubscribed or given up."""
        self._stopping = self._delivery.stopping = True

    def leave(self, subscription: Subscription, packets: list[Incoming]) -> None:
        """A subscriber is gone; these packets wait for a successor, and its filter stays at the broker for a while."""
        self._delivery.left(subscription, packets)
        interest = subscription.interest
        if not interest.subscribers and interest.parting is None and not self._stopping:
            loop = asyncio.get_running_loop()
            interest.parting = loop.call_later(self.settings.linger_s, self._part, interest)

    def _part(self, interest: Interest) -> None:
        interest.parting = None
        if not interest.subscribers and not self._stopping:
            self._delivery.drop_interest(interest)
            if self._connected:
                self._asking.unsubscribe(interest.filter)

    def _leave_to_others(self, interest: Interest) -> None:
        """Another session has this filter now: end it in this one, once the other has been granted it."""
        name = interest.filter
        if interest.granted and name not in self._left_to_others and name not in self._router.interests:
            self._left_to_others.add(name)
            if self._connected:
                self._asking.unsubscribe(name)
