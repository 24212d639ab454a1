"""Queries to InfluxDB: InfluxQL in version 1, Flux in 2, SQL in 3. Values go beside the query, never into its text.

Source: /query with `params` (1.x, bind parameters), /api/v2/query with `extern` (2, a Flux syntax tree that sets
`params`), /api/v3/query_sql with `params` (3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flowengine.expression.values import kind
from nodes.clients.http.client import Answer, HttpAway, HttpRefused
from nodes.clients.influxdb import flux_csv
from nodes.clients.influxdb.client import InfluxClient


class TimeText(str):
    """A point in time as RFC 3339 text: a time to Flux, too, which distinguishes the two."""

    __slots__ = ()


async def ask(client: InfluxClient, query: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the answer as maps. Raises HttpAway for what may pass, HttpRefused for a query that is wrong."""
    to = client.settings
    url = to.url.rstrip("/")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if to.version == 1:
        database = (to.database or to.bucket).partition("/")[0]
        query_string = {"db": database, "q": query, "params": json.dumps(dict(values))}
        answer = await client.http.request("GET", f"{url}/query", query=query_string)
    elif to.version == 2:
        body = {"query": query, "type": "flux", "dialect": {"annotations": ["datatype"], "header": True}}
        if values:
            body["extern"] = _parameters(values)
        sent, headers["Accept"] = json.dumps(body).encode(), "application/csv"
        answer = await client.http.request(
            "POST", f"{url}/api/v2/query", body=sent, headers=headers, query={"org": to.org} if to.org else None
        )
    else:
        sent = json.dumps(
            {"db": to.bucket or to.database, "q": query, "format": "json", "params": dict(values)}
        ).encode()
        answer = await client.http.request("POST", f"{url}/api/v3/query_sql", body=sent, headers=headers)
    _check(answer)
    return _rows(answer, to.version)


def _check(answer: Answer) -> None:
    if answer.ok:
        return
    if answer.busy or answer.status in (401, 403):
        raise HttpAway(answer.brief, answer.retry_after_s)
    raise HttpRefused(answer.brief)


def _rows(answer: Answer, version: int) -> list[dict[str, Any]]:
    try:
        if version == 2:
            return flux_csv.rows(answer.text)
        found = json.loads(answer.body)
        return list(found) if version == 3 else _influxql_rows(found)
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise HttpRefused(f"the answer cannot be read: {fault}"[:300]) from fault


def _influxql_rows(found: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for result in found["results"]:
        if "error" in result:
            raise HttpRefused(str(result["error"])[:300])
        for series in result.get("series", ()):
            about = {"measurement": series.get("name"), **series.get("tags", {})}
            rows += [{**about, **dict(zip(series["columns"], row, strict=True))} for row in series.get("values", ())]
    return rows


def _parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """`option params = {name: value, …}` as a Flux syntax tree."""
    properties = [
        {"type": "Property", "key": {"type": "Identifier", "name": name}, "value": _literal(value)}
        for name, value in values.items()
    ]
    assignment = {
        "type": "VariableAssignment",
        "id": {"type": "Identifier", "name": "params"},
        "init": {"type": "ObjectExpression", "properties": properties},
    }
    return {"imports": [], "body": [{"type": "OptionStatement", "assignment": assignment}]}


def _literal(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "BooleanLiteral", "value": value}
    if isinstance(value, int):
        return {"type": "IntegerLiteral", "value": str(value)}
    if isinstance(value, float):
        return {"type": "FloatLiteral", "value": value}
    if isinstance(value, TimeText):
        return {"type": "DateTimeLiteral", "value": value}
    if isinstance(value, str):
        return {"type": "StringLiteral", "value": value}
    raise HttpRefused(f"{kind(value)} cannot be a value of a query")
