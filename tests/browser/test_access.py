"""Users, tokens and the audit log: an administrator's screens, closed to everybody else."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Console, Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank",)


def answer(plant: Plant, token: str) -> int:
    """What a program with this token gets."""
    return status(Request(f"{plant.url}/api/v1/flows", headers={"Authorization": f"Bearer {token}"}))


def status(request: Request) -> int:
    """The status of the answer, also of a refusal."""
    try:
        with urlopen(request, timeout=60) as found:
            return int(found.status)
    except HTTPError as refused:
        return refused.code


def log_in(plant: Plant, name: str, password: str) -> int:
    """What the log-in answers to somebody elsewhere: no open page gets that session."""
    body = json.dumps({"name": name, "password": password}).encode()
    headers = {"X-Requested-With": "flowengine", "Content-Type": "application/json"}
    return status(Request(f"{plant.url}/api/v1/session", data=body, headers=headers))


def test_a_user_is_added_given_a_role_a_password_blocked_and_removed(open_page: Open, plant: Plant) -> None:
    page = open_page("/", "admin")
    page.get_by_role("button", name="Screens").click()
    page.get_by_role("link", name="Users and tokens").click()
    expect(page.get_by_role("row").filter(has_text="you")).to_be_visible()
    check_axe(page)
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("zoe")
    dialog.get_by_label("Password").fill("a long enough one")
    dialog.get_by_role("radio", name="integrator").check()
    check_axe(page)
    dialog.get_by_role("button", name="Add a user").click()
    row = page.get_by_role("row").filter(has_text="zoe")
    expect(row).to_contain_text("active")
    expect(row).to_contain_text("never")
    assert log_in(plant, "zoe", "a long enough one") == 200

    row.get_by_label("Role of zoe").select_option("operator")
    expect(page.get_by_role("region", name="Notices")).to_contain_text("zoe changed.")
    expect(row.get_by_label("Role of zoe")).to_have_value("operator")
    row.get_by_role("button", name="Set password").click()
    dialog.get_by_label("Password").fill("another long one")
    dialog.get_by_role("button", name="Set password").click()
    expect(dialog).to_have_count(0)
    assert log_in(plant, "zoe", "another long one") == 200
    row.get_by_role("button", name="Block").click()
    dialog.get_by_role("button", name="Block").click()
    expect(row).to_contain_text("blocked")
    assert log_in(plant, "zoe", "another long one") == 401
    row.get_by_role("button", name="Unblock").click()
    expect(row).to_contain_text("active")
    row.get_by_role("button", name="Delete").click()
    check_axe(page)
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_a_name_that_is_taken_is_refused_and_what_was_typed_stays(open_page: Open, console: Console) -> None:
    console.allowed = ["409 (Conflict)"]
    page = open_page("/access", "admin")
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("viewer")
    dialog.get_by_label("Password").fill("a long enough one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Notices")).to_contain_text("there is a user 'viewer' already")
    expect(dialog.get_by_label("Name")).to_have_value("viewer")


def test_an_administrator_cannot_lock_himself_out(open_page: Open) -> None:
    page = open_page("/access", "admin")
    own = page.get_by_role("row").filter(has_text="you")
    expect(own.get_by_label("Role of admin")).to_be_disabled()
    expect(own.get_by_role("button", name="Delete")).to_have_count(0)
    expect(own.get_by_role("button", name="Block")).to_have_count(0)


def test_a_token_is_shown_once_works_and_is_revoked(open_page: Open, plant: Plant) -> None:
    page = open_page("/access", "admin")
    page.get_by_role("button", name="Add a token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("scada")
    dialog.get_by_label("Expires").select_option("90")
    dialog.get_by_role("button", name="Add a token").click()
    secret = dialog.get_by_label("The token").input_value()
    check_axe(page)
    assert answer(plant, secret) == 200
    dialog.get_by_role("button", name="Close").last.click()
    assert secret not in page.content()
    row = page.get_by_role("row").filter(has_text="scada")
    row.get_by_role("button", name="Revoke").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert answer(plant, secret) == 401


def test_the_audit_log_names_who_did_what_in_french_too(open_page: Open, plant: Plant) -> None:
    plant.inject("blank", "said", "hello")
    page = open_page("/audit", "admin", locale="fr-FR", color_scheme="dark")
    row = page.get_by_role("row").filter(has_text="blank/said").first
    expect(row).to_contain_text("message d’essai envoyé")
    expect(row).to_contain_text("admin")
    check_axe(page)
    page.get_by_label("De qui").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Aucun résultat.")).to_be_visible()
    page.goto(f"{plant.url}/access")
    expect(page.get_by_role("heading", name="Jetons", exact=True)).to_be_visible()
    check_axe(page)


def test_nobody_but_an_administrator_sees_these_screens(open_page: Open) -> None:
    page = open_page("/access", "integrator")
    expect(page.get_by_text("Your role may not")).to_be_visible()
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a command").fill("audit log")
    expect(page.get_by_role("option", name="Audit log")).to_have_count(0)
