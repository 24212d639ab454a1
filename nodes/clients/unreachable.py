"""Why an address cannot be reached, in words for whoever runs the plant. Never here: retrying, logging."""

import socket


def unreachable(fault: OSError, host: str, port: int) -> str:
    """The reason without a library's words, as far as it is known."""
    place = f"{host}:{port}"
    if isinstance(fault, ConnectionRefusedError) or "Multiple exceptions" in str(fault):
        return f"nothing listens at {place}"
    if isinstance(fault, socket.gaierror):
        return f"no address is known for {host}"
    if isinstance(fault, TimeoutError):
        return f"{place} does not answer"
    if isinstance(fault, ConnectionResetError | BrokenPipeError):
        return f"{place} cut the connection"
    return f"{place} cannot be reached: {fault.strerror or fault}"
