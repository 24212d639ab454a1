"""What live clients can subscribe to, one topic a file. Sockets and time are elsewhere."""

from web_editor.topics.flows import Flows
from web_editor.topics.status import Status
from web_editor.topics.topic import Filter, Subscription, Topic

TOPICS: dict[str, type[Topic]] = {
    "status": Status,
    "flows": Flows,
}

__all__ = ["TOPICS", "Filter", "Subscription", "Topic"]
