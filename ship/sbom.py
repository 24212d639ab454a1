"""What stands beside an artefact: what is in it (CycloneDX), where it came from (in-toto), checksums. No build."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ship.licences import Component

SUMS = "SHA256SUMS"


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sbom(artefact: Path, name: str, version: str, components: Iterable[Component]) -> dict[str, Any]:
    """The artefact's CycloneDX 1.6 document; equal for equal inputs."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "name": name, "version": version, "licenses": [{"expression": "Apache-2.0"}],
                "hashes": [{"alg": "SHA-256", "content": sha256(artefact)}], "description": artefact.name,
            }
        },
        "components": [_component(component) for component in sorted(components)],
    }  # fmt: skip


def _component(component: Component) -> dict[str, Any]:
    purl = f"pkg:{component.kind}/{component.name.replace('@', '%40')}@{component.version}"
    said: dict[str, Any] = {
        "type": "library", "name": component.name, "version": component.version, "purl": purl, "bom-ref": purl,
        "licenses": [{"expression": component.licence}],
    }  # fmt: skip
    if component.sha256:
        # of the files that the lock allows, one of which was taken
        said["properties"] = [{"name": "flowengine:sha256", "value": digest} for digest in component.sha256]
    return said


def provenance(artefact: Path, commit: str, materials: Mapping[str, str]) -> dict[str, Any]:
    """An in-toto statement: of which commit and files this one was built, and with what. `materials` by name."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": artefact.name, "digest": {"sha256": sha256(artefact)}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "./dev build",
                "externalParameters": {"commit": commit},
                "resolvedDependencies": [{"name": n, "digest": {"sha256": d}} for n, d in sorted(materials.items())],
            },
            "runDetails": {"builder": {"id": f"python {platform.python_version()} on {platform.machine()}"}},
        },
    }


def write_beside(artefact: Path, suffix: str, document: Mapping[str, Any]) -> Path:
    """Write `document` as JSON beside the artefact; where."""
    path = artefact.with_name(f"{artefact.name}.{suffix}.json")
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return path


def sign(file: Path, key: Path) -> Path:
    """Write the file's signature (Ed25519, RFC 8032) as `FILE.sig` beside it; where. `key` is a private key in PEM.

    `openssl pkeyutl -verify -pubin -inkey PUBLIC -rawin -in FILE -sigfile FILE.sig` checks it.
    """
    signature = file.with_name(f"{file.name}.sig")
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(key), "-in", str(file), "-out", str(signature)]
    subprocess.run(command, check=True)  # noqa: S603 -- fixed arguments
    return signature


def write_sums(folder: Path) -> Path:
    """Write the checksum of every file in the folder, as `sha256sum -c` reads it; where."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in {SUMS, f"{SUMS}.sig"})
    (folder / SUMS).write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
    return folder / SUMS
