"""The gallery shows every screen, each of its pictures is there, and none weighs too much."""

from tests.browser.pictures import GALLERY, IMAGES, LOOKS, file_of, gallery
from tests.browser.screens import SCREENS

MOST_BYTES = 6_000_000
OF_EXAMPLES = "example-*.png"


def test_the_gallery_page_is_the_one_that_the_screens_give() -> None:
    assert GALLERY.read_text() == gallery(SCREENS)


def test_every_picture_of_a_screen_is_there_and_no_other_one() -> None:
    wanted = {file_of(screen, look) for screen in SCREENS for look in screen.looks}
    assert {path.name for path in IMAGES.iterdir()} - {path.name for path in IMAGES.glob(OF_EXAMPLES)} == wanted


def test_screens_are_named_once_and_seen_in_looks_that_there_are() -> None:
    assert len({screen.name for screen in SCREENS}) == len(SCREENS)
    assert all(set(screen.looks) <= set(LOOKS) for screen in SCREENS)


def test_pictures_take_little_room() -> None:
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < MOST_BYTES
