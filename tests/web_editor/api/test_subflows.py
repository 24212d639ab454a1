"""Nodes become a subflow and an instance becomes its nodes, through the API."""

from flowengine.flow.document import Document
from tests.web_editor.conftest import FLOW, House


async def test_nodes_become_a_subflow_and_its_instance_becomes_the_nodes_again(house: House) -> None:
    _, etag = await house.text()
    place = [{"op": "move", "node": "hot", "position": {"x": 10, "y": 20}}]
    await house.call("PATCH", "flows/plant", {"operations": place}, "integrator")
    body = {"nodes": ["keep", "hot"], "name": "watched"}
    made = await house.call("POST", "flows/plant/extract", body, "integrator", If_Match=etag)
    assert made.status == 200 and made.json["dirty"] and made.json["diagnostics"] == []
    instance = next(node for node in made.json["graph"]["nodes"] if node["id"] == "watched")
    assert instance["subflow"] == "watched" and instance["ports"] and instance["config"] == {"limit": "${limit}"}
    assert "  hot:                      # raises\n" in (house.flows / "watched.yaml").read_text()
    pressed = Document.parse(made.json["text"], "f").data["pages"]["hall"]["widgets"]
    assert pressed["purge"]["to"] == pressed["set"]["to"] == "watched/keep"
    assert (house.flows / "plant.layout.yaml").read_text() == ""
    assert (house.flows / "plant.yaml").read_text() == FLOW

    known = {"If_Match": made.headers["ETag"]}
    back = await house.call("POST", "flows/plant/inline", {"node": "watched"}, "integrator", **known)
    assert back.status == 200 and back.json["diagnostics"] == []
    nodes = Document.parse(back.json["text"], "f").data["nodes"]
    assert "watched/" not in back.json["text"]
    assert nodes.keys() == {"tick", "keep", "hot", "out", "dead"} and nodes["keep"]["to"] == ["hot", "out"]
    assert "  hot:                      # raises\n" in back.json["text"]
    assert (house.flows / "watched.yaml").exists()


async def test_what_cannot_be_is_refused_and_changes_nothing(house: House) -> None:
    text, etag = await house.text()

    async def said(way: str, **body: object) -> tuple[int, str]:
        found = await house.call("POST", f"flows/plant/{way}", body, "integrator", If_Match=etag)
        return found.status, found.json["detail"]

    assert await said("extract", nodes=["hot", "dead"], name="sub") == (
        422, "a subflow has one way in, but keep leads to hot and out to dead",
    )  # fmt: skip
    assert await said("extract", nodes=["hot"], name="log") == (409, "log is a node type already")
    assert await said("extract", nodes=["hot"], name="plant") == (409, "there is a flow plant already")
    assert (await said("extract", nodes=["hot"], name="../x"))[0] == 400
    assert await said("inline", node="hot") == (422, "hot is no subflow")
    assert await house.text() == (text, etag) and not (house.flows / "sub.yaml").exists()


async def test_a_subflow_that_is_used_is_not_deleted_and_one_that_no_text_names_is(house: House) -> None:
    text, etag = await house.text()
    body = {"nodes": ["keep", "hot"], "name": "watched"}
    made = await house.call("POST", "flows/plant/extract", body, "integrator", If_Match=etag)
    subflow = await house.call("GET", "flows/watched", None, "integrator")
    known = {"If_Match": subflow.headers["ETag"]}
    refused = await house.call("DELETE", "flows/watched", None, "integrator", **known)
    assert (refused.status, refused.json["detail"]) == (422, "watched is used by plant")
    assert (house.flows / "watched.yaml").exists()

    back = await house.call("PUT", "flows/plant", {"text": text}, "integrator", If_Match=made.headers["ETag"])
    assert back.status == 200
    gone = await house.call("DELETE", "flows/watched", None, "integrator", **known)
    assert gone.status == 204 and not (house.flows / "watched.yaml").exists()
