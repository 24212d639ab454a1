"""Which filled values may not go into a topic or a path: payloads come from devices and may be hostile.

Each check gives the reason to refuse a value, or None. The template's own literals, time formats and defaults are its
author's and are not checked, but for wildcards, which only those who listen may use.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

Safety = Literal["mqtt_topic", "nats_subject", "path"]
TOPIC_FAULT = re.compile(r"[+#/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|\A\$|\A\Z")
SUBJECT_FAULT = re.compile(r"[.*>\s\x00-\x1f\x7f\ud800-\udfff]|\A\Z")
PATH_FAULT = re.compile(r"[/\\\x00-\x1f\x7f\ud800-\udfff]|\.\.|\A\.\Z|\A\Z")


def topic_fault(value: str) -> str | None:
    """Why a value cannot be one level of an MQTT topic (MQTT 5.0, 4.7 and 1.5.4)."""
    found = TOPIC_FAULT.search(value)
    return None if found is None else f"{_name(found[0])} is not allowed in an MQTT topic level"


def whole_topic_fault(value: str) -> str | None:
    """Why a message's own topic cannot be (a part of) another: as a level, but `/` is its own."""
    return topic_fault(value.replace("/", "")) if value else "an empty value is not allowed in an MQTT topic"


def subject_fault(value: str) -> str | None:
    """Why a value cannot be one token of a NATS subject (documentation of NATS, "Subject-based messaging")."""
    found = SUBJECT_FAULT.search(value)
    return None if found is None else f"{_name(found[0])} is not allowed in a token of a NATS subject"


def whole_subject_fault(value: str) -> str | None:
    """Why a message's own topic cannot be (a part of) a subject: as its tokens."""
    return next(filter(None, map(subject_fault, value.split("."))), None)


def path_fault(value: str) -> str | None:
    """Why a value cannot be part of one file name."""
    found = PATH_FAULT.search(value)
    return None if found is None else f"{_name(found[0])} is not allowed in a file name"


def _name(fault: str) -> str:
    return ascii(fault) if fault else "an empty value"


Check = Callable[[str], str | None]

CHECKS: Mapping[Safety, Check] = MappingProxyType(
    {"mqtt_topic": topic_fault, "nats_subject": subject_fault, "path": path_fault}
)
OF_A_TOPIC: Mapping[Safety, Check] = MappingProxyType(
    {"mqtt_topic": whole_topic_fault, "nats_subject": whole_subject_fault}
)
"""For a message's whole topic, which may have the separators that a value may not."""
WILDCARDS: Mapping[Safety, str] = MappingProxyType({"mqtt_topic": "+#", "nats_subject": "*>"})
"""What nobody can publish to."""
