"""Results as JUnit XML, which every CI system reads."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from flowengine.testing.runner import Result


def as_junit(results: Sequence[Result]) -> bytes:
    """The XML document; one suite a flow."""
    root = Element("testsuites", tests=str(len(results)), failures=str(sum(not r.ok for r in results)))
    for flow in dict.fromkeys(result.flow for result in results):
        mine = [result for result in results if result.flow == flow]
        suite = SubElement(
            root, "testsuite", name=flow, tests=str(len(mine)), failures=str(sum(not r.ok for r in mine)),
            time=f"{sum(r.took_s for r in mine):.3f}",
        )  # fmt: skip
        for result in mine:
            case = SubElement(
                suite, "testcase", classname=flow, name=result.name, file=result.file, time=f"{result.took_s:.3f}"
            )
            if not result.ok:
                SubElement(case, "failure", message=result.lines[0]).text = "\n".join(result.lines)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
