"""What became of each message of a batch, kept while the batch waits: none is asked twice. Never here: asking."""

from __future__ import annotations

from flowengine import Message, Messages, Rejected
from flowengine.counts import count_of


class Outcomes:
    """For a sink that handles a batch message by message and may find the far side away in the midst of it.

    The engine gives it the same batch again then. `one` and `many` say what is wrong with what was refused.
    """

    def __init__(self, one: str, many: str):
        self._one, self._many = one, many
        self._batch: Messages = ()
        self._answers: dict[int, tuple[Message, ...]] = {}
        self._refused: dict[int, str] = {}

    def left(self, messages: Messages) -> list[int]:
        """Places of those of which nothing became yet; all of a batch that is another one than before."""
        if self._batch is not messages:
            self._batch, self._answers, self._refused = messages, {}, {}
        return [place for place in range(len(messages)) if place not in self._answers and place not in self._refused]

    def took(self, place: int, *answers: Message) -> None:
        """The message at this place was taken, with what came back."""
        self._answers[place] = answers

    def refused(self, place: int, reason: str) -> None:
        """It will never be taken."""
        self._refused[place] = reason

    def result(self) -> list[Message]:
        """What came back, in the order of the messages; the batch is done with. Raises Rejected with the others."""
        answers = [answer for place in sorted(self._answers) for answer in self._answers[place]]
        refused, self._batch, self._answers, self._refused = self._refused, (), {}, {}
        if refused:
            said = next(iter(refused.values())) if len(refused) == 1 else count_of(len(refused), self._one, self._many)
            raise Rejected(said, refused, answers)
        return answers
