"""Small facts by name in a bucket, changed by compare-and-set, seen by the whole cluster. Blocking, but for `a…`.

Laid out as a NATS key-value bucket, so that its tools read it.
"""

from __future__ import annotations

from flowengine.store.jetstream.client import JetStream
from flowengine.store.port import Conflict, Entry


class StreamKeys:
    """A `KeyValue` in a bucket."""

    def __init__(self, jetstream: JetStream, bucket: str):
        self.jetstream, self.bucket = jetstream, bucket
        self._stream, self._prefix = f"KV_{bucket}", f"$KV.{bucket}."

    async def open(self) -> None:
        """The bucket is there. Raises `Away`."""
        await self.jetstream.stream(self._stream, f"{self._prefix}>", last_only=True)

    def get(self, key: str) -> Entry | None:
        """What stands there; None for nothing. Raises `OSError`."""
        return self.jetstream.wait(self.aget(key))

    def put(self, key: str, value: bytes, revision: int | None = None) -> int:
        """The revision of the change. Raises `Conflict` unless what stands there has `revision` (0: nothing does)."""
        return self.jetstream.wait(self.aput(key, value, revision))

    def entries(self, prefix: str) -> dict[str, Entry]:
        """What stands under names that begin with `prefix` and a dot; perhaps not the newest. Raises `OSError`."""
        return self.jetstream.wait(self.aentries(prefix))

    async def aget(self, key: str) -> Entry | None:
        """`get` in the loop."""
        found = await self.jetstream.last(self._stream, self._prefix + key)
        return None if found is None else Entry(found.data, found.sequence)

    async def aput(self, key: str, value: bytes, revision: int | None = None) -> int:
        """`put` in the loop."""
        try:
            return await self.jetstream.put(self._prefix + key, value, revision)
        except Conflict:
            raise Conflict(f"{key} is not at revision {revision}") from None

    async def aentries(self, prefix: str) -> dict[str, Entry]:
        """`entries` in the loop."""
        found = await self.jetstream.lasts(self._stream, f"{self._prefix}{prefix}.>")
        return {each.subject.removeprefix(self._prefix): Entry(each.data, each.sequence) for each in found}

    async def asweep(self, prefix: str, before: int) -> None:
        """What stands under `prefix` and a dot since before that revision is gone. Raises `Away`."""
        await self.jetstream.purge(self._stream, f"{self._prefix}{prefix}.>", before)

    async def adelete(self, key: str, revision: int) -> None:
        """What stands there since that revision or before is gone. Raises `Away`."""
        await self.jetstream.purge(self._stream, self._prefix + key, revision + 1)
