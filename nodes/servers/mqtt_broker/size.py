"""What a message takes in memory, by everything in it that its sender chose. Pure."""

from mqtt5 import PublishPacket

OF_EACH_BYTES = 128
"""What a message, and each user property of one, takes beside its text."""


def size_bytes(packet: PublishPacket) -> int:
    """What a message takes in a queue: everything in it that its sender chose, and its place."""
    size = OF_EACH_BYTES + len(packet.payload) + len(packet.topic)
    size += len(packet.content_type or "") + len(packet.response_topic or "") + len(packet.correlation_data or b"")
    return size + sum(OF_EACH_BYTES + len(name) + len(value) for name, value in packet.user_properties or ())
