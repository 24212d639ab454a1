"""From subscribers that come and go to what the broker is asked for. Never here: packets, who gets what."""

import asyncio
from dataclasses import replace

from nodes.clients.mqtt.asking import Asking
from nodes.clients.mqtt.delivery import Delivery
from nodes.clients.mqtt.inbox import Incoming
from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.mqtt.subscriptions import Interest, Options, Subscription


class Subscribing:
    """The filters of one client, over all its connections."""

    def __init__(self, settings: MqttSettings, delivery: Delivery, asking: Asking):
        self.settings = settings
        self._delivery, self._asking = delivery, asking
        self._router = delivery.router
        self._connected = self._stopping = False
        self._left_to_others: set[str] = set()
        delivery.on_foreign = self._leave_to_others

    def connected(self, session_present: bool) -> None:
        """A new connection: ask for what the broker does not have."""
        self._connected = True
        for interest in self._router:
            interest.granted = interest.granted and session_present
        self._asking.subscribe([interest for interest in self._router if not interest.granted])

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
            qos_before = interest.options.qos if interest.subscribers else 0
            interest.options = replace(options, qos=max(options.qos, qos_before))
            interest.granted = False
            interest.ask_again()
        if self._connected:
            self._asking.subscribe([interest])
        return interest

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
