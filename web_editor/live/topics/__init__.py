"""What live clients can subscribe to, one topic a file. Sockets and time are elsewhere."""

from web_editor.live.topics.alarms import Alarms
from web_editor.live.topics.engine import EnginePage
from web_editor.live.topics.flows import Flows
from web_editor.live.topics.log import Log
from web_editor.live.topics.messages import Tapped
from web_editor.live.topics.people import People
from web_editor.live.topics.problems import Problems
from web_editor.live.topics.status import Status
from web_editor.live.topics.topic import Filter, Subscription, Topic
from web_editor.live.topics.values import Values

TOPICS: dict[str, type[Topic]] = {
    "status": Status,
    "messages": Tapped,
    "values": Values,
    "alarms": Alarms,
    "log": Log,
    "engine": EnginePage,
    "problems": Problems,
    "flows": Flows,
    "people": People,
}

__all__ = ["TOPICS", "Filter", "Subscription", "Topic"]
