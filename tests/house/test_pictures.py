"""The gallery shows every screen, the cookbook every recipe, each picture is there, and none weighs too much."""

from flowengine.cookbook import recipes
from tests.browser.pictures import GALLERY, IMAGES, LOOKS, file_of, gallery
from tests.browser.recipe_pictures import file_of as file_of_recipe
from tests.browser.screens import SCREENS

MOST_BYTES = 6_000_000
OF_EXAMPLES, OF_RECIPES = "example-*.png", "recipe-*.png"


def test_the_gallery_page_is_the_one_that_the_screens_give() -> None:
    assert GALLERY.read_text() == gallery(SCREENS)


def test_every_picture_of_a_screen_is_there_and_no_other_one() -> None:
    wanted = {file_of(screen, look) for screen in SCREENS for look in screen.looks}
    others = {path.name for pattern in (OF_EXAMPLES, OF_RECIPES) for path in IMAGES.glob(pattern)}
    assert {path.name for path in IMAGES.iterdir()} - others == wanted


def test_the_cookbook_shows_a_picture_of_each_recipe_and_there_is_no_other_one() -> None:
    page = GALLERY.with_name("cookbook.md").read_text("utf-8")
    wanted = {file_of_recipe(recipe) for recipe in recipes()}
    assert {path.name for path in IMAGES.glob(OF_RECIPES)} == wanted
    assert [name for name in sorted(wanted) if f"](images/{name})" not in page] == []


def test_screens_are_named_once_and_seen_in_looks_that_there_are() -> None:
    assert len({screen.name for screen in SCREENS}) == len(SCREENS)
    assert all(set(screen.looks) <= set(LOOKS) for screen in SCREENS)


def test_pictures_take_little_room() -> None:
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < MOST_BYTES
