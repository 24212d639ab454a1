"""`alert`: raise, keep and clear alarms by a condition, one alarm per key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, PositiveInt

from flowengine import DONE, Config, Context, Duration, Emit, Example, Message, Messages, Stateful
from flowengine.alarms import AlarmLimit, Change
from flowengine.expression import Expr, TemplateText
from nodes.alarms import compared, judging, reading, windowed
from nodes.alarms.alerts import AlarmRule, Alerts, LifeRule, Timing, Transition
from nodes.alarms.figures import Figures
from nodes.alarms.limits import Condition, Limits, LimitsByName
from nodes.alarms.notices import Notices, Ports, Wording
from nodes.alarms.parents import Parents
from nodes.alarms.settings import Flapping, Group
from nodes.batches.retained import FRESH_S, live_and_retained
from nodes.batches.sorting import sort_out
from nodes.timing.clock_units import to_ns, to_s


class AlertConfig(Config):
    """Settings of `alert`."""

    also_called: ClassVar = {"condition": "when", "if": "when", "duration": "for", "delay": "for"}

    by: TemplateText | None = None
    """One alarm for each of these, such as `{device}`; by default one alarm for all."""

    limits: LimitsByName = Field(default={})
    """Names that `when` and `clear` may use, each with its key in the RTDB, such as `{hot_c: limits/hot}`, or with a
    default: `{hot_c: {key: limits/hot, default: 8}}`. Conditions are looked at again when one of them changes."""

    when: Condition | None = None
    """Condition that raises. Besides the message it knows `mean`, `ratio` and `rate` of `value` over `window`."""

    for_: Duration = 0.0
    """How long it must be true before the alarm is raised."""

    clear: Condition | None = None
    """Condition that clears (hysteresis); by default the opposite of `when`."""

    keep_for: Duration = 0.0
    """How long it must be over before the alarm is cleared."""

    value: Expr | None = None
    """The value watched and shown; by default `payload.value`, or the whole payload where there is none. Where the
    condition looks at `ratio`, `mean` or `rate`, that is shown."""

    unit: TemplateText | None = None
    """Unit of that value, such as `°C` or `{unit}`; told with it."""

    point: TemplateText | None = None
    """Key in the RTDB under which that value is kept, such as `{device}/temp`: its curve shows the limits and alarms.
    By default the one that an `rtdb_write` beside this node, or before it, writes of the same value."""

    of: Expr | None = None
    """What `value` is a part of, for `ratio`: the sum of the values by the sum of these."""

    window: Duration = 300.0
    """Time over which `mean`, `ratio` and `rate` (change per second) look back."""

    min_count: PositiveInt = 1
    """At least so many samples must lie in the window before `mean` and `ratio` say anything."""

    stale_after: Duration | None = None
    """A key not heard of for this long is stale; without `when` that raises the alarm."""

    silence: Literal["mark", "clear", "raise"] | None = None
    """What silence does: `mark` as stale, `clear` the alarm too, or `raise` one."""

    expect: list[str] = Field(default=[])
    """Keys whose silence counts from the start, before they were ever heard of."""

    priority: Literal["low", "medium", "high", "critical"] = "medium"
    """How urgent it is."""

    title: TemplateText | None = None
    """What people read, such as `{device} is too warm`; by default the node's name."""

    latch: bool = False
    """Keep a cleared alarm until somebody acknowledges it."""

    repeat: Duration | None = None
    """Remind this often until it is acknowledged."""

    escalate: Duration | None = None
    """Tell somebody else, by port `escalated`, when nobody acknowledged for this long."""

    group: Group | None = None
    """Send notices of a group as one message: `{by: '{gateway}', wait: 10s, every: 5m}`. It names the group, how many
    of its alarms are active and which changed; each alarm stays one for operators and in the journal."""

    parent: TemplateText | None = None
    """Key of the alarm that explains this one, such as `{gateway}`, of an alert node whose output is wired here.
    While it is active, what hangs on it is kept silent. Of a node that groups it is the group."""

    release: Duration = 30.0
    """How long that lasts after the parent has cleared, so that others can clear too."""

    flapping: Flapping | None = None
    """Hold notices of alarms that come and go too often: `{within: 5m, start: 4, stop: 1}`."""

    max_shelve: Duration | None = None
    """Longest time an operator may shelve an alarm; without it also until it clears."""

    max_keys: PositiveInt = 100_000
    """Most alarms at a time; further ones are refused and counted."""


class Alert(Stateful):
    """Send a message when an alarm is raised, cleared or due for a reminder; every change goes to port `journal`.

    What nobody acknowledges in time leaves by port `escalated`; notices of a `group` leave together. A notice of
    another alert node is no reading: it says whether a parent alarm is active. A value that a broker had kept, without
    a fresh time of its own, is no sign of life: what it raises is uncertain until the first live one, told to nobody.
    """

    config: AlertConfig
    category = "logic"
    outputs = ("out", "journal", "escalated")
    examples = (
        Example(
            "Too warm for 30 s, with hysteresis",
            "{by: '{device}', when: payload.value > 8, for: 30s, clear: payload.value < 6.5, priority: high}",
        ),
        Example("Errors above 5 % over 5 minutes", "{value: payload.errors, of: payload.requests, when: ratio > 0.05}"),
        Example("Nothing heard for 30 s", "{by: '{device}', stale_after: 30s, expect: [c1, c2]}"),
        Example("Silent while its gateway is", "{by: '{device}', stale_after: 60s, parent: '{gateway}', release: 90s}"),
        Example("One message for a whole gateway", "{by: '{device}', stale_after: 60s, group: {by: '{gateway}'}}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, AlertConfig)
        uses = reading.figures_in(config.when, config.clear)
        faults = [
            (config.when is None and config.stale_after is None, "when", "needs `when`, `stale_after` or both"),
            (config.clear is not None and config.when is None, "clear", "clears nothing without `when`"),
            (config.silence is not None and config.stale_after is None, "silence", "needs `stale_after`"),
            (bool(config.expect) and config.stale_after is None, "expect", "needs `stale_after`"),
            ("ratio" in uses and config.of is None, "of", "`ratio` needs `of`"),
            (config.flapping is not None and config.flapping.stop >= config.flapping.start, "flapping",
             "`stop` must be less than `start`"),
        ]  # fmt: skip
        return [(option, fault) for wrong, option, fault in faults if wrong]

    def start(self) -> None:
        config = self.config
        self._limits = Limits(config.limits, self.context.rtdb, self.context.wake)
        self._alerts, self._windowed, judged = Alerts(_rule(config)), None, None
        if uses := reading.figures_in(config.when, config.clear):
            figures = Figures(to_ns(config.window), uses, config.max_keys, config.min_count)
            when, clear = (reading.condition(each, self._limits) for each in (config.when, config.clear))
            assert when is not None
            self._windowed, judged = windowed.Windowed(self._alerts, figures, when, clear), figures.judged
        asked = judging.Conditions(config.when, config.clear, config.value, config.of)
        self._compared = compared.Compared(config.when, config.value, config.limits)
        self._fresh_s = config.stale_after or FRESH_S
        self._judge = judging.Judge(self._alerts, self._limits, asked, self._windowed, self._fresh_s)
        self._keys = config.by.each if config.by else reading.one_key
        wording = Wording(config.by, config.title, config.value, config.priority, config.unit)
        self._notices = Notices(self.context, wording, config.group, config.max_keys, judged)
        self._telling = self._notices.telling
        self._parents = Parents(self._alerts.alarms, to_ns(config.release), config.max_keys)
        if config.parent is not None:
            self._alerts.explained = self._parents.explains
        self._operated: list[tuple[Transition, str]] = []
        for key in config.expect:
            self._telling.expect(key, reading.unheard(config.by, key))
            self._alerts.expect(key, to_ns(self.context.clock.now_s()))

    def process(self, messages: Messages, now_s: float) -> Emit:
        now_ns = to_ns(now_s)
        transitions: list[Transition] = []
        messages, kept = live_and_retained(messages, self._fresh_s)
        if self.config.parent is not None:
            messages, told = reading.readings_and_notices(messages)
            transitions = self._parents.take_states(told, now_ns)
        good, (keys, whens), bad = sort_out(messages, self._keys, self._judge.each)
        self._telling.remember(keys, good)
        self._notices.seen(keys, good)
        if self.config.parent is not None:
            self._parents.remember(zip(keys, reading.filled(self.config.parent, good), strict=True))
        for place in self._judge.concerned(keys, whens):
            try:
                made = self._judge.live(keys[place], whens[place], good[place], now_ns)
                if made:
                    self._notices.seen(keys[place : place + 1], good[place : place + 1])
                    transitions += made
            except ValueError as fault:
                bad = [*bad, (good[place], str(fault))]
        if kept:
            self.context.count("kept by the broker, no sign of life", len(kept))
            good, (keys, whens), wrong = sort_out(kept, self._keys, self._judge.each)
            transitions += self._judge.kept(keys, whens, good, self._telling, now_ns)
            bad = [*bad, *wrong]
        if not transitions and not bad:
            return DONE
        return Emit(_tell(self.context, self._notices.of(transitions, now_ns)), rejected=bad)

    def wake_at_s(self) -> float | None:
        if self._operated or self._limits.changed:
            return 0.0
        window_ns = self._windowed.next_deadline_ns() if self._windowed else None
        sources = (self._alerts, self._parents, self._notices)
        due_ns = (*(each.next_deadline_ns() for each in sources), window_ns)
        times = [each for each in due_ns if each is not None]
        return to_s(min(times)) if times else None

    def on_time(self, now_s: float) -> Emit:
        now_ns = to_ns(now_s)
        operated, self._operated = self._operated, []
        transitions = [*self._alerts.on_time(now_ns), *self._parents.on_time(now_ns)]
        transitions += self._judge.again(self._telling, now_ns)
        if self._windowed:
            transitions += self._windowed.on_time(self._telling.last, now_ns)
        return Emit(_tell(self.context, self._notices.of(transitions, now_ns, operated)), finished=0)

    def snapshot(self, now_s: float) -> Any:
        alerts = self._alerts.snapshot()
        keys = {row[0] for row in (*alerts["conditions"], *alerts["seen"])} | alerts["alarms"].keys()
        parents = self._parents.snapshot(to_ns(now_s))
        told = self._notices.snapshot(keys, to_ns(now_s))
        return {"at_ns": to_ns(now_s), "alerts": alerts, "parents": parents, **told}

    def restore(self, state: Any, now_s: float) -> None:
        self._alerts.restore(state["alerts"], to_ns(now_s) - state["at_ns"])
        self._notices.restore(state, to_ns(now_s))
        if "parents" in state:
            self._parents.restore(state["parents"], to_ns(now_s))

    def alarms(self) -> list[dict[str, Any]]:
        """Every alarm that is not normal: its `key`, its `state` as operators know it, and what is told of it."""
        states, first = self._alerts.alarms.states().items(), {"priority": self.config.priority}
        return [{**first, **self._telling.facts_now(key), "key": key, "state": state} for key, state in states]

    def heard(self) -> Mapping[str, Message]:
        """The last reading of each alarm by its key, also of those that are normal."""
        return self._telling.last

    def limits(self, key: str) -> Sequence[AlarmLimit]:
        """What the value of this alarm is compared with now."""
        message = self._telling.item(key)
        return self._compared.of(self._limits.of(message)) if message is not None else ()

    def acknowledge(self, key: str, actor: str, comment: str = "") -> None:
        """An operator has seen the alarm. This and what follows raise NotPossible, a ValueError that says why."""
        self._operate(self._alerts.alarms.acknowledge(key, actor, _now_ns(self.context)), comment)

    def shelve(self, key: str, actor: str, comment: str = "", for_s: float | None = None) -> None:
        """Silence the alarm for a time, or (None) until it clears."""
        self._operate(self._alerts.alarms.hide(key, "shelved", actor, _now_ns(self.context), _ns(for_s)), comment)

    def unshelve(self, key: str, actor: str, comment: str = "") -> None:
        """End shelving before its time."""
        self._operate(self._alerts.alarms.show(key, "shelved", actor, _now_ns(self.context)), comment)

    def out_of_service(self, key: str, actor: str, comment: str = "", *, out: bool = True) -> None:
        """Take the alarm out of service, or (`out=False`) back into it."""
        change = self._alerts.alarms.hide if out else self._alerts.alarms.show
        self._operate(change(key, "out_of_service", actor, _now_ns(self.context)), comment)

    def _operate(self, transitions: Iterable[Transition], comment: str) -> None:
        self._operated += [(transition, comment) for transition in transitions]
        self.context.wake()


def _tell(context: Context, ports: Ports) -> Ports:
    changes = [Change(context.flow, context.node, entry.payload, entry.time_ns) for entry in ports["journal"]]
    context.alarms.tell(changes)
    return ports


def _rule(config: AlertConfig) -> AlarmRule:
    flapping = config.flapping
    life = LifeRule(
        config.latch,
        _ns(config.repeat),
        _ns(config.escalate),
        _ns(config.max_shelve),
        *((to_ns(flapping.within), flapping.start, flapping.stop) if flapping else ()),
    )
    silence = config.silence or ("raise" if config.when is None else "mark")
    return AlarmRule(
        Timing(to_ns(config.for_), to_ns(config.keep_for)), life, _ns(config.stale_after), silence, config.max_keys
    )


def _ns(duration_s: float | None) -> int | None:
    return None if duration_s is None else to_ns(duration_s)


def _now_ns(context: Context) -> int:
    return to_ns(context.clock.now_s())
