"""Starting from a flow of the cookbook, through the API."""

from tests.waiting import until
from tests.web_editor.conftest import House


async def test_recipes_have_a_title_a_sentence_and_a_picture(house: House) -> None:
    found = (await house.call("GET", "cookbook", role="integrator")).json["items"]
    pumps = next(each for each in found if each["name"] == "thirty_pumps")
    assert pumps["title"] == "Thirty pumps with limits of their own" and pumps["summary"].endswith(".")
    assert [node["id"] for node in pumps["graph"]["nodes"]] == ["bars", "high", "tell"]
    assert (await house.call("GET", "cookbook", role="operator")).status == 403


async def test_a_recipe_becomes_a_draft_with_the_table_it_reads(house: House) -> None:
    made = await house.call("POST", "cookbook/thirty_pumps", {"flow": "pumps"}, "integrator")
    assert made.status == 201 and made.json["text"].startswith("flow: pumps\n") and made.json["dirty"]
    assert (house.flows / "pumps.csv").is_file() and made.json["errors"] == 0
    again = await house.call("POST", "cookbook/thirty_pumps", {"flow": "pumps"}, "integrator")
    assert again.problem == "changed"
    assert (await house.call("POST", "cookbook/nothing", {"flow": "x"}, "integrator")).status == 404


async def test_a_simulated_recipe_lives_once_it_is_deployed(house: House) -> None:
    made = await house.call("POST", "cookbook/heat_pump", {"flow": "warm", "simulated": True}, "integrator")
    done = await house.call("POST", "flows/warm/deploy", {}, If_Match=made.headers["ETag"])
    assert done.status == 200, done.json
    await until(lambda: house.engine.rtdb.get("heating/room") is not None)
