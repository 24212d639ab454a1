"""`template`: a text from each message."""

from collections.abc import Sequence
from typing import ClassVar

from flowengine import Config, Example, Message, Messages, Transform
from flowengine.expression import TemplateText


class TemplateConfig(Config):
    """Settings of `template`."""

    also_called: ClassVar = {"template": "text"}

    text: TemplateText
    """The text, with `{…}` filled from the message: `{device}`, `{payload.value:.1f}`, `{time:%H:%M}`."""


class Template(Transform):
    """Replace the payload by a text made from the message."""

    config: TemplateConfig
    examples = (
        Example("A sentence", "text: '{name} is at {payload.value:.1f} °C'",
                given=[{"value": 8.25, "name": "Hall 2"}], gives=["Hall 2 is at 8.2 °C"]),
    )  # fmt: skip

    def process(self, messages: Messages) -> Sequence[Message]:
        return [
            Message(text, m.topic, m.time_ns, m.meta, m.arrived_ns, m.id)
            for m, text in zip(messages, self.config.text.each(messages), strict=True)
        ]
