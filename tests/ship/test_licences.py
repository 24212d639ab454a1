"""Every dependency that is shipped has a licence that lets us ship it; an SBOM names them all."""

import subprocess
from email.message import Message
from pathlib import Path

import pytest

from ship.build import components
from ship.licences import NOTHING_BETTER, Component, is_allowed, licence_of
from ship.sbom import sbom, sign, write_sums


def metadata(**fields: str) -> Message:
    made = Message()
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    return made


def test_everything_shipped_is_under_a_licence_that_lets_us() -> None:
    found = components()
    assert len([c for c in found if c.kind == "pypi"]) > 30 and len([c for c in found if c.kind == "npm"]) > 20
    assert [c for c in found if not is_allowed(c.licence)] == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True), ("Apache-2.0 AND MIT", True), ("EPL-2.0 OR BSD-3-Clause", True), ("(MIT OR GPL-3.0-only)", True),
        ("GPL-3.0-or-later", False), ("LGPL-3.0-only", False), ("MIT AND GPL-2.0-only", False), ("BUSL-1.1", False),
        ("BSL-1.1", False), ("SSPL-1.0", False), (NOTHING_BETTER, False), ("", False),
    ],
)  # fmt: skip
def test_an_expression_is_judged_by_its_parts(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) is allowed


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License_Expression": "MIT", "License": "GPL"}, "MIT"),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, "BSD-3-Clause"),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License"}, "GNU General Public License"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"License": "my own words"}, NOTHING_BETTER),
    ],
    ids=str,
)
def test_a_licence_is_read_as_packages_wrote_it(fields: dict[str, str], licence: str) -> None:
    assert licence_of(metadata(**fields)) == licence  # type: ignore[arg-type]


def test_an_sbom_names_each_component_once_with_its_licence(tmp_path: Path) -> None:
    (artefact := tmp_path / "x.whl").write_bytes(b"wheel")
    held = [Component("npm", "@a/b", "2", "MIT"), Component("pypi", "c", "3", "ISC", ("ab",))]
    listed = sbom(artefact, "x", "1", held)
    assert [c["purl"] for c in listed["components"]] == ["pkg:npm/%40a/b@2", "pkg:pypi/c@3"]
    assert listed["components"][1]["licenses"] == [{"expression": "ISC"}]
    sums = write_sums(tmp_path).read_text()
    assert sums == f"{listed['metadata']['component']['hashes'][0]['content']}  x.whl\n"


def test_checksums_that_were_signed_are_found_changed_by_one_byte(tmp_path: Path) -> None:
    key, public = tmp_path / "key.pem", tmp_path / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    (made := tmp_path / "dist").mkdir()
    (made / "x.whl").write_bytes(b"wheel")
    sums = write_sums(made)
    signature = sign(sums, key)
    assert write_sums(made).read_text().count("\n") == 1, "the signature is not among what it signs"
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", sums, "-sigfile", signature]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    sums.write_text(sums.read_text().replace("x.whl", "y.whl"))
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 1
