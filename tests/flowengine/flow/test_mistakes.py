"""What people write by mistake, and what they are told: one problem, its place, and what to write instead."""

import pytest

from flowengine.catalog import installed
from flowengine.flow.load import load

NODES = "flow: y\nnodes:\n  a: {type: inject, every: 1s, to: b}\n"
END = "  z: {type: log}\n"


class NoSecrets:
    def get(self, name: str) -> None:
        return None


def problems(text: str) -> list[tuple[int, int, str]]:
    """Line, column and words, with the hint behind them; warnings of what leads nowhere are not of interest here."""
    found = load(text, "y.yaml", installed(), {}, NoSecrets()).problems
    told = [p for p in found if p.code != "unreached"]
    return [(p.line, p.column, p.message + (f" (did you mean {p.hint}?)" if p.hint else "")) for p in told]


@pytest.mark.parametrize(
    ("node", "line", "column", "words"),
    [
        # YAML
        ("{type: filter, where: payload.x in [1, 2], to: z}", 4, 41, "quote it: a comma or bracket"),
        ("{type: expression, set: {x: max(payload.a, payload.b)}, to: z}", 4, 49, "quote it: a comma or bracket"),
        ("{type:filter, where: 'true', to: z}", 4, 7, "a space is missing after `type:`"),
        ("\n    type:log\n    title: x", 6, 10, "a space is missing after `type:` in the line above"),
        ("{type:\u00a0log, title: x}", 4, 12, "a no-break space"),
        ("\n    type: template\n    template: {device} is hot", 6, 24, "quote it: a value that begins with { is a map"),
        ("\n    type: filter\n    where: [payload.x] == 1", 6, 24, "quote it: a value that begins with [ is a list"),
        ("\n    type: log\n    title: 'Ann's hall'", 6, 17, "the text ends at this '"),
        ("\n    type: log\n    title: \"Hall 2", 8, 1, "inside a quoted text, which begins at line 6"),
        ("\n    type: rtdb_watch\n    keys: */temp", 6, 11, "a value that begins with * needs quotes"),
        ("{type: rtdb_watch, keys: **/temp, to: z}", 4, 31, "a value that begins with * needs quotes"),
        ("\n    type: filter\n    where: !payload.x", 6, 12, "a value that begins with ! needs quotes"),
        ("\n    type: log\n    title: %a", 6, 12, "a value that begins with % needs quotes"),
        ("{type: log, title: x", 4, 6, "this { has no }"),
        ("{type: log, title: x}}", 4, 27, "this } closes nothing"),
        ("{type: log} // the end", 4, 18, "a comment begins with #"),
        ("\n\ttype: log", 5, 1, "a tab cannot indent YAML"),
        ("\n    type: log\n   title: x", 6, 4, "check the indentation"),
        ("{type:\u202flog, title: x}", 4, 12, "the space U+202F is no space here"),
        ("\n    type:\u00a0log\n    title: x", 5, 10, "a no-break space"),
        ("\n    type: log\n  \u00a0 title: x", 6, 3, "a no-break space"),
        ("\n\u00a0\u00a0\u00a0\u00a0type: log", 5, 1, "a no-break space"),
        ("\n    type: \u3000log", 5, 11, "the space U+3000 is no space here"),
        ("\n    type: log\u00a0\n    title: x", 5, 14, "a no-break space"),
        ("\n    type\u00a0: log\n    title: x", 5, 9, "a no-break space"),
        ("\n    type: rtdb_watch\n    keys: #\n    to: z", 6, 11, "after a space # begins a comment"),
        ("\n    type: rtdb_watch\n    keys: #/temp\n    to: z", 6, 11, "after a space # begins a comment"),
        ("\n    type: rtdb_watch\n    keys: hall/ #\n    to: z", 6, 17, "a value with # needs quotes"),
        ("\n    type: rtdb_watch\n    keys:\n      - #\n      - a/#\n    to: z", 7, 9, "a value with # needs quotes"),
        ("{type: rtdb_watch, keys: #, to: z}", 4, 31, "a value with # needs quotes"),
        ("{type: rtdb_watch, keys: [a, #], to: z}", 4, 35, "a value with # needs quotes"),
        ("\n    type filter\n    where: payload.x", 6, 10, "`:` is missing after `type` in the line above"),
        ("\n    type: filter\n     where: payload.x", 6, 11, "indented deeper than `type` above"),
        ("\n    type: log\n    title: hall: 2", 6, 16, "a second `: ` in one value: quote the value"),
        # shapes
        ("{type: log, title: {payload.v}}", 4, 25, "quote it: a value that begins with { is a map: `\"{payload.v}\"`"),
        ("{type: log}\n  title: x\n  level: info", 5, 3, "an option of 'b' is indented deeper"),
        ("{type: filter, where: payload.x}\n  to: z", 5, 3, "an option of 'b' is indented deeper"),
        ("log", 4, 6, "a node is a map, such as `b: {type: log}`"),
        ("\n  type: log\n  title: x", 4, 3, "its options stand below it, indented deeper"),
        ("{type: email, host: h, from: a@b.c, recipients: {x: a@b.c}, subject: x}", 4, 54, "a list, not a map"),
        ("{type: log, disabled: yes}", 4, 28, "true or false, not 'yes' (did you mean true?)"),
        ("{type: log, disabled: on}", 4, 28, "true or false, not 'on' (did you mean true?)"),
        # words
        ("{type: loog}", 4, 13, "unknown type 'loog' (did you mean log?)"),
        ("{type: function, to: z}", 4, 13, "unknown type 'function' (did you mean script?)"),
        ("{type: MQTT-Publish}", 4, 13, "unknown type 'MQTT-Publish' (did you mean mqtt_out?)"),
        ("{type: filter, were: payload, to: z}", 4, 21, "unknown option 'were' (did you mean where?)"),
        ("\n    type: switch\n    on: payload.x\n    cases: {}\n    to: z", 6, 5, "(did you mean rules: {hot: "),
        ("{type: switch, rules: {hot: payload}, default: z, to: z}", 4, 44, "did you mean to: {otherwise: NODE}?"),
        ("{type: filter, where: payload.x, to: zz}", 4, 43, "which does not exist (did you mean z?)"),
        ("{type: filter, where: payload.x, to: [z, zz]}", 4, 47, "'zz', which does not exist (did you mean z?)"),
        ("{type: filter, where: payload.x, to: {out: [z, zz]}}", 4, 53, "'zz', which does not exist (did you mean z?)"),
        ("{type: filter, where: payload.x, to: z, queue: 9, on_error: [z, a]}", 4, 70, "'a', which is a source"),
        ("{type: filter, where: payload.x, to: [z, 'no/one']}", 4, 47, "'no.one', which does not exist"),
        ("{type: filter, where: payload.x, to: z, y}", 4, 46, "several values stand in [ ]"),
        ("\n    type: filter\n    where: payload.x\n    to: z, y", 7, 9, "does not exist (did you mean [z, y]?)"),
        ("{type: delay, for: 5sec, to: z}", 4, 25, "'5sec' is not a duration"),
        ("{type: delay, for: 5 sec, to: z}", 4, 25, "'5 sec' is not a duration; write 5s"),
        ("{type: delay, for: 1.5 Hours, to: z}", 4, 25, "'1.5 Hours' is not a duration; write 1.5h"),
        ("{type: buffer, durable: {max: 2 gigs}, to: z}", 4, 36, "'2 gigs' is not a size; write 2GB"),
        ("{type: throttle, rate: 5, to: z}", 4, 23, "unknown option 'rate' (did you mean most?)"),
        ("{type: throttle, interwal: 5s, to: z}", 4, 23, "unknown option 'interwal' (did you mean per?)"),
        ("{type: slack, text: x}", 4, 13, "unknown type 'slack' (did you mean webhook?)"),
        ("{type: delay, time: 5s, to: z}", 4, 20, "unknown option 'time' (did you mean for?)"),
        ("{type: template, template: x, to: z}", 4, 23, "unknown option 'template' (did you mean text?)"),
        ("{type: alert, condition: payload > 8, to: z}", 4, 20, "unknown option 'condition' (did you mean when?)"),
        ("\n    type: script\n    code: |\n      let x = 1\n    to: z", 7, 7, "set without a word before it: `x = 1`"),
        # expressions
        ("{type: filter, where: payload.x = 3, to: z}", 4, 38, "= sets a value; == compares"),
        ("{type: filter, where: payload.x === 3, to: z}", 4, 38, "=== is written `==`"),
        ("{type: filter, where: payload.x && topic, to: z}", 4, 38, "&& is written `and`"),
        ("{type: filter, where: payload.x || topic, to: z}", 4, 38, "|| is written `or`"),
        ("{type: filter, where: not !payload.x, to: z}", 4, 32, "! is written `not`"),
        ("{type: filter, where: 'payload.x ? 1 : 2', to: z}", 4, 39, "is written `b if a else c`"),
        ("{type: filter, where: payload.x == \u201chot\u201d, to: z}", 4, 41, "curly quotes are no quotes"),
        ("{type: filter, where: msg.payload.x > 3, to: z}", 4, 28, "unknown name 'msg'; what came is payload"),
        ("{type: filter, where: paylod.x > 3, to: z}", 4, 28, "did you mean 'payload'?"),
        ("\n    type: script\n    code: |\n      x = 1 && 2\n    to: z", 7, 13, "&& is written `and`"),
        ("\n    type: script\n    code: |\n      if topic:\n      x = 1\n    to: z", 8, 7, "an indented block"),
        ("{type: filter, where: payload.x >, to: z}", 4, 39, "not read from here on"),
        ("\n    type: script\n    code: |\n      if topic\n        x = 1\n    to: z", 7, 15, "a `:` is missing"),
        ("\n    type: script\n    code: |\n      x = (1\n    to: z", 7, 11, "this ( is never closed"),
        ("\n    type: script\n    code: |\n      x = 'a\n    to: z", 7, 11, "has no quote at its end"),
        ("\n    type: script\n    code: |\n      x = 1\n        y = 2\n    to: z", 8, 8, "indented deeper"),
        ("{type: filter, where: '${LIMIT} > 3', to: z}", 4, 28, "'LIMIT' is neither a variable of this flow"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_problem_with_its_place_and_what_to_write(node: str, line: int, column: int, words: str):
    found = problems(f"{NODES}  b: {node}\n{END}")
    assert len(found) == 1, found
    assert found[0][:2] == (line, column), found
    assert words in found[0][2], found


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("nodes:\n  - {type: log}\n", "nodes: a map, `NAME: {type: …}` for each, not a list"),
        ("connections:\n  - {type: mqtt}\n", "connections: a map, `NAME: {type: …}` for each, not a list"),
        ("nodes:\na:\n  type: log\n", "unknown section 'a'; a node stands below `nodes:`, indented deeper"),
        ("vars: [a, b]\n", "vars: a map, not a list"),
        ("tests: {name: x}\n", "tests: a list, not a map"),
        ("title: [1, 2]\n", "title: text, not a list"),
        ("node:\n  a: x\n", "unknown section 'node' (did you mean nodes?)"),
    ],
)
def test_a_section_in_the_wrong_shape_is_one_problem(section: str, words: str):
    [(line, _, said)] = problems(f"flow: y\n{section}")
    assert line in (2, 3) and words in said


def test_a_capture_that_hides_a_name_is_told_with_another():
    node = "  a: {type: mqtt_in, connection: c, topic: 'x/{time}', to: z}\n"
    [(_, _, said)] = problems(f"flow: y\nconnections: {{c: {{type: mqtt}}}}\nnodes:\n{node}{END}")
    assert said == "the capture 'time' hides the message's own time (did you mean time_?)"


@pytest.mark.parametrize(
    ("connection", "column", "words"),
    [
        ("{type: mqtt, host: h, port: 1883}", 19, "unknown option 'host' (did you mean url: mqtt://HOST:1883?)"),
        ("{type: redis, port: 6379}", 20, "unknown option 'port' (did you mean url: redis://HOST:6379/0?)"),
        ("{type: sql, driver: postgresql, server: db, database: x}", 18, "did you mean url: postgresql://USER@HOST/DATABASE?"),
        ("{type: tcp, host: h, port: 4001}", 18, "unknown option 'host' (did you mean connect: HOST:4001?)"),
        ("{type: s7, url: h}", 17, "unknown option 'url' (did you mean host?)"),
        ("{type: mqtt, urll: 'mqtt://h'}", 19, "unknown option 'urll' (did you mean url?)"),
    ],
)  # fmt: skip
def test_an_address_in_pieces_is_one_problem_that_shows_the_address(connection: str, column: int, words: str):
    [(line, at, said)] = problems(f"flow: y\nconnections:\n  c: {connection}\n")
    assert (line, at) == (3, column) and words in said


@pytest.mark.parametrize(
    ("node", "column", "told"),
    [
        ("{type: template, text: 'in {{hall}}', to: z}", 33, "{hall}"),
        ("{type: template, text: '{{ payload.t:.1f }} °C', to: z}", 30, "{payload.t:.1f}"),
        ("{type: set, values: {topic: 'a/{{x}}'}, to: z}", 37, "{x}"),
        ("{type: set, values: {payload: {t: ['{{time}}']}}, to: z}", 42, "{time}"),
        ("{type: webhook, url: 'http://h', fields: {text: '{{device}}'}}", 55, "{device}"),
        ("{type: http_request, connection: c, url: 'a/{{id}}', to: z}", 50, "{id}"),
    ],
)
def test_braces_that_are_doubled_are_warned_of_with_the_single_ones(node: str, column: int, told: str):
    text = f"{NODES}  b: {node}\n{END}connections: {{c: {{type: http, url: 'http://h'}}}}\n"
    [problem] = [p for p in load(text, "y.yaml", installed(), {}, NoSecrets()).problems if p.code != "unreached"]
    assert (problem.severity, problem.line, problem.column, problem.hint) == ("warning", 4, column, told)


@pytest.mark.parametrize(
    "node",
    [
        "{type: template, text: '{{\"a\": {payload.x}}}', to: z}",
        "{type: template, text: '{{{{ value_json.t }}}}', to: z}",
        "{type: expression, value: \"'{{ value_json.t }}'\", to: z}",
        "{type: template, text: 'p {{color: red}} {{}}', to: z}",
        "{type: log, title: a, note: b} # the last",
        "\n    type: log\n    note: # later\n    title: Prix\u00a0du kWh",
    ],
)
def test_braces_comments_and_spaces_that_are_meant_are_no_mistakes(node: str):
    assert problems(f"{NODES}  b: {node}\n{END}") == []


def test_what_leads_nowhere_is_warned_of_and_the_doors_of_a_subflow_are_not():
    found = load("flow: y\nnodes:\n  a: {type: inject, every: 1s}\n", "y.yaml", installed(), {}, NoSecrets()).problems
    assert [(p.severity, p.message) for p in found] == [("warning", "what it sends goes nowhere: it has no `to`")]
    subflow = "flow: y\ninputs: a\noutputs: a\nnodes:\n  a: {type: filter, where: payload.x}\n"
    assert load(subflow, "y.yaml", installed(), {}, NoSecrets()).problems == []


def test_a_wrong_target_that_the_flow_names_for_all_is_one_problem_at_its_place():
    text = f"on_error: [z, zz]\n{NODES}  b: {{type: filter, where: payload.x, to: z}}\n{END}"
    assert problems(text) == [(1, 15, "wired to 'zz', which does not exist (did you mean z?)")]


def test_doors_of_a_subflow_that_lead_nowhere_are_told_in_its_own_file():
    text = "flow: y\ninputs: {in: [a, aa]}\noutputs: {hot: b.hot}\nnodes:\n  a: {type: filter, where: payload.x}\n"
    assert [each[:2] for each in problems(text)] == [(2, 18), (3, 16)]


def test_quotes_and_comments_in_an_expression_are_no_slips():
    assert problems(NODES + "  b: {type: filter, where: 'topic == \"a && b = c ? d\"', to: z}\n" + END) == []


def test_each_fault_of_a_node_is_told_at_once_its_connection_too():
    node = "{type: mqtt_out, connection: brokr, topic: x, qos: 5}"
    found = problems(
        f"flow: y\nconnections: {{broker: {{type: mqtt}}}}\nnodes:\n  a: {{type: inject, to: b}}\n  b: {node}\n"
    )
    assert [said for *_, said in found] == [
        "no connection 'brokr' (did you mean broker?)", "qos: one of 0, 1, 2, not 5"
    ]  # fmt: skip


def test_who_is_not_reached_because_a_wire_is_wrong_is_not_told_as_well():
    text = "flow: y\nnodes:\n  a: {type: inject, to: shw}\n  show: {type: log}\n"
    found = load(text, "y.yaml", installed(), {}, NoSecrets()).problems
    assert [problem.message for problem in found] == ["wired to 'shw', which does not exist"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{id: n1, type: tab, label: x}]", "a flow must be a map, not a list: this is an export of Node-RED"),
        ("[a, b]", "a flow must be a map, not a list"),
        ("hello", "a flow must be a map, not 'hello'"),
    ],
)
def test_a_file_that_is_no_flow_is_one_problem(text: str, words: str):
    assert problems(text) == [(1, 1, words)]


@pytest.mark.parametrize(
    ("node", "column", "said"),
    [
        ("{type: log, text: payload.v}", 24, "payload.v is text here: {payload.v} is filled from the message"),
        ("{type: rtdb_write, key: meta.device}", 30, "meta.device is text here: {meta.device} is filled"),
        ("{type: set, values: {payload.x: payload.a * 2}, to: z}", 38, "payload.a is text here: {payload.a} is filled"),
    ],
)
def test_a_text_that_lacks_its_braces_is_warned_of(node: str, column: int, said: str):
    found = load(f"{NODES}  b: {node}\n{END}", "y.yaml", installed(), {}, NoSecrets()).problems
    [problem] = [p for p in found if p.code != "unreached"]
    assert (problem.severity, problem.line, problem.column) == ("warning", 4, column)
    assert said in problem.message
