"""The scenarios as Node-RED flows: core nodes where there are some, function nodes where a user would write one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.rig import Rig

FUNCTIONS = Path(__file__).parent / "nodered_functions"
Node = dict[str, Any]
FORMULAS = {"expression": "formula", "script": "formula", "block": "block"}
"""The function node that does what flowengine does by a node of that kind."""


def flows(scenario: str, rig: Rig, params: dict[str, Any]) -> list[Node]:
    """The content of flows.json. Raises `KeyError` for an unknown scenario."""
    persistent = bool(params.get("persistent"))
    broker = {
        "id": "broker",
        "type": "mqtt-broker",
        "broker": "127.0.0.1",
        "port": str(rig.mqtt_port),
        "clientid": "nr-engine",
        "autoConnect": True,
        "usetls": False,
        "protocolVersion": "4",
        "keepalive": "60",
        "cleansession": not persistent,
        "autoUnsubscribe": not persistent,
    }
    tab = {"id": "t", "type": "tab", "label": scenario, "disabled": False}
    nodes = _SCENARIOS[scenario](rig, params)
    for place, node in enumerate(nodes):
        if "z" in node:  # a node without a place on the canvas is taken for a configuration
            node["x"], node["y"] = 100 + 20 * place, 100
    return [tab, broker, *nodes]


def _node(id: str, kind: str, to: list[list[str]], **options: Any) -> Node:
    return {"id": id, "type": kind, "z": "t", "name": "", "wires": to, **options}


def _function(id: str, code: str, to: list[list[str]], start: str = "") -> Node:
    options = {"outputs": len(to), "timeout": 0, "noerr": 0, "finalize": "", "libs": []}
    return _node(id, "function", to, func=code, initialize=start, **options)


def _code(name: str, **values: object) -> str:
    text = (FUNCTIONS / f"{name}.js").read_text()
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", str(value))
    return text


def _mqtt_in(to: str, params: dict[str, Any], datatype: str = "utf8") -> Node:
    options = {"topic": "farm/#", "qos": str(params.get("qos", 0)), "datatype": datatype, "broker": "broker"}
    return _node("in", "mqtt in", [[to]], **options, nl=False, rap=True, rh=0, inputs=0)


def _mqtt_out(id: str, topic: str) -> Node:
    return _node(id, "mqtt out", [], topic=topic, qos="0", retain="false", broker="broker")


def _json(to: str) -> Node:
    return _node("json", "json", [[to]], property="payload", action="obj", pretty=False)


def _chain(k: int, kind: str, end: str) -> list[Node]:
    ids = [*(f"step_{n}" for n in range(k)), end]
    if kind != "change":
        code = _code(FORMULAS[kind]) if kind in FORMULAS else "msg.x = {}; return msg;"
        return [_function(ids[n], code.replace("{}", str(n)), [[ids[n + 1]]]) for n in range(k)]
    rules = [[{"t": "set", "p": "x", "pt": "msg", "to": str(n), "tot": "num"}] for n in range(k)]
    return [_node(ids[n], "change", [[ids[n + 1]]], rules=rules[n]) for n in range(k)]


def _influx(rig: Rig) -> list[Node]:
    url = f"http://127.0.0.1:{rig.sink_port}"
    server = {
        "id": "tsdb",
        "type": "influxdb",
        "hostname": "127.0.0.1",
        "port": str(rig.sink_port),
        "protocol": "http",
        "database": "db",
        "usetls": False,
        "influxdbVersion": "2.0",
        "url": url,
        "timeout": "10",
        "rejectUnauthorized": True,
    }
    options = {"precision": "ms", "database": "db", "precisionV18FluxV20": "ms", "org": "o", "bucket": "b"}
    return [server, _node("out", "influxdb batch", [], influxdb="tsdb", **options)]


def _f1(rig: Rig, params: dict[str, Any]) -> list[Node]:
    join = {
        "mode": "custom",
        "build": "array",
        "property": "payload",
        "propertyType": "msg",
        "key": "topic",
        "joiner": "\\n",
        "joinerType": "str",
        "accumulate": False,
        "timeout": str(params.get("batch_s", 5)),
        "count": str(params.get("batch_n", 100)),
    }
    steps = [
        _function("normalise", _code("normalise"), [["last"]]),
        _function("last", _code("lastvalue"), [["join"]]),
        _node("join", "join", [["out"]], **join),
    ]
    return [_mqtt_in("json", params), _json("normalise"), *steps, *_influx(rig)]


def _f1_tuned(rig: Rig, params: dict[str, Any]) -> list[Node]:
    code = _code("tuned", batch_n=params.get("batch_n", 100))
    start = _code("tuned_start", batch_ms=params.get("batch_s", 5) * 1000)
    return [_mqtt_in("all", params, "json"), _function("all", code, [["out"]], start), *_influx(rig)]


def _f2(_rig: Rig, params: dict[str, Any]) -> list[Node]:
    chain = _chain(params["k"], params.get("node_kind", "change"), "out")
    return [_mqtt_in("step_0", params), *chain, _mqtt_out("out", "out/x")]


def _f3(_rig: Rig, params: dict[str, Any]) -> list[Node]:
    listener = {"id": "listener", "type": "websocket-listener", "path": "/ws", "wholemsg": "false"}
    return [listener, _mqtt_in("ws", params), _node("ws", "websocket out", [], server="listener", client="")]


def _f4(rig: Rig, _params: dict[str, Any], code: str = "decode") -> list[Node]:
    port = {
        "id": "port",
        "type": "serial-port",
        "serialport": rig.pty,
        "serialbaud": "115200",
        "databits": "8",
        "parity": "none",
        "stopbits": "1",
        **dict.fromkeys(("dtr", "rts", "cts", "dsr"), "none"),
        "newline": "0x00",
        "bin": "bin",
        "out": "char",
        "responsetimeout": "10000",
    }
    source = _node("in", "serial in", [["decode"]], serial="port")
    decode = _function("decode", _code(code), [[], ["progress"]])
    return [port, source, decode, _mqtt_out("progress", "bench/progress")]


def _f4_tuned(rig: Rig, params: dict[str, Any]) -> list[Node]:
    return _f4(rig, params, "decode_tuned")


def _f5(_rig: Rig, params: dict[str, Any]) -> list[Node]:
    alert = _function("alert", _code("alert", for_ms=params.get("for_ms", 1000)), [["out"], ["progress"]])
    outs = [_mqtt_out("out", "out/alert"), _mqtt_out("progress", "bench/progress")]
    return [_mqtt_in("json", params), _json("alert"), alert, *outs]


def _f6(_rig: Rig, params: dict[str, Any]) -> list[Node]:
    once = {"props": [{"p": "payload"}], "once": True, "onceDelay": "1", "payload": "", "payloadType": "date"}
    return [
        _node("start", "inject", [["source"]], repeat="", crontab="", topic="", **once),
        _function("source", _code("source"), [["step_0"]]),
        *_chain(params.get("k", 5), params.get("node_kind", "change"), "count"),
        _function("count", _code("count", count=params["count"]), [["source"], ["progress"]]),
        _mqtt_out("progress", "bench/progress"),
    ]


_SCENARIOS: dict[str, Callable[[Rig, dict[str, Any]], list[Node]]] = {
    "f1": _f1,
    "f1t": _f1_tuned,
    "f2": _f2,
    "f3": _f3,
    "f4": _f4,
    "f4t": _f4_tuned,
    "f5": _f5,
    "f6": _f6,
}
