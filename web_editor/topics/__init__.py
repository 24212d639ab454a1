"""What live clients can subscribe to, one topic a file. Sockets and time are elsewhere."""

from web_editor.topics.alarms import Alarms
from web_editor.topics.engine import EnginePage
from web_editor.topics.flows import Flows
from web_editor.topics.log import Log
from web_editor.topics.messages import Tapped
from web_editor.topics.problems import Problems
from web_editor.topics.status import Status
from web_editor.topics.topic import Filter, Subscription, Topic
from web_editor.topics.values import Values

TOPICS: dict[str, type[Topic]] = {
    "status": Status,
    "messages": Tapped,
    "values": Values,
    "alarms": Alarms,
    "log": Log,
    "engine": EnginePage,
    "problems": Problems,
    "flows": Flows,
}

__all__ = ["TOPICS", "Filter", "Subscription", "Topic"]
