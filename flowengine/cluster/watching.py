"""What a cluster does now, for people and their screens; and what they ask of a worker."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine.clock import SystemClock
from flowengine.cluster.news import ASK, News, read_news
from flowengine.store.jetstream.beats import Beats
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.units import Units

LOOK_S = 1.6
"""Longer than from beat to beat: whoever has not beaten between two looks is silent."""


async def status(keys: StreamKeys) -> dict[str, Any]:
    """Workers that live, and every stage with its owner. Takes two looks. Raises `OSError`."""
    living = await _living(keys)
    records = await Units(keys, Beats(keys, "", SystemClock())).all()
    stages = []
    for name, record in sorted(records.items()):
        flow, stage, partition = name.rsplit(".", 2)
        news = living.get(record.instance)
        position, lag = news.units.get(name, [0, 0]) if news is not None else (0, 0)
        owner = record.owner if news is not None else ""
        stages.append(
            {"flow": flow, "stage": stage, "partition": int(partition), "owner": owner, "epoch": record.epoch,
             "position": position, "lag": lag}
        )  # fmt: skip
    return {"workers": [_as_json(news) for news in living.values()], "stages": stages}


async def ask(keys: StreamKeys, worker: str, what: str) -> bool:
    """Whether there is a worker of that name that lives or did; it is asked to drain, or declared gone."""
    beats = Beats(keys, "", SystemClock())
    await beats.look()
    instances = [instance for instance, told in beats.told.items() if read_news(told).name == worker]
    for instance in instances:
        await keys.aput(f"{ASK}.{instance}", what.encode())
    return bool(instances)


async def _living(keys: StreamKeys) -> dict[str, News]:
    beats = Beats(keys, "", SystemClock())
    await beats.look()
    before = beats.revisions
    await asyncio.sleep(LOOK_S)
    await beats.look()
    return {
        instance: read_news(told)
        for instance, told in beats.told.items()
        if beats.revisions[instance] != before.get(instance)
    }


def _as_json(news: News) -> dict[str, Any]:
    return {
        "name": news.name, "host": news.host, "pid": news.pid, "url": news.url, "leaving": news.leaving,
        "version": news.version, "refuses": news.refuses,
        "places": news.places, "stages": sorted(news.units), "faults": news.faults,
    }  # fmt: skip
