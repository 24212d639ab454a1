"""Who asks, as a header says it. Asks nothing itself."""

from __future__ import annotations

import base64

from flowengine.config import Secret, revealed


def authorization(scheme: str, token: Secret | None, username: str, password: Secret | None) -> dict[str, str]:
    """The header: the token after the scheme's name, else name and password (RFC 7617); none where neither is given."""
    if token is not None:
        return {"Authorization": f"{scheme} {token.reveal()}"}
    if not username:
        return {}
    pair = f"{username}:{revealed(password)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
