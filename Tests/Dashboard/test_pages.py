"""The pages in Debian's Chromium: drawn, legible, without scripts from elsewhere, with what operators do.

PICTURES=write makes the committed pictures anew."""
import json
import os
import pathlib
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import sync_playwright

from mill import HOSTILE, KEY, OPERATOR, Mill

PICTURES = pathlib.Path(__file__).resolve().parent / "pictures"
WIDTHS = (1400, 1000, 390)
PAGES = {
    "overview": "/", "customers": "/customers", "customer": "/customers/acme", "hostile": "/customers/hostile",
    "deliveries": "/deliveries", "rejected": "/rejected", "jobs": "/jobs", "job": "/jobs/failing", "runs": "/runs",
    "recharges": "/recharges", "catalog": "/catalog", "scripts": "/scripts", "audit": "/audit", "system": "/system",
    "events": "/events?customerId=acme", "missing": "/customers/nobody", "nothing-found": "/search?q=nobody",
}


@pytest.fixture(scope="module")
def mill(tmp_path_factory):
    with Mill(tmp_path_factory.mktemp("mill") / "project") as mill:
        mill.fill()
        yield mill


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """The same, on which no other test acts."""
    with Mill(tmp_path_factory.mktemp("untouched") / "project") as mill:
        mill.fill()
        yield mill


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    with Mill(tmp_path_factory.mktemp("empty") / "project") as mill:
        yield mill


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A browser that has come in with a key, and what it complained of."""

    def __init__(self, browser, mill, key=KEY, **options):
        self.context = browser.new_context(viewport={"width": 1400, "height": 900}, **options)
        self.page = self.context.new_page()
        self.messages = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: request.url.startswith(mill.url)
                     or self.messages.append("asked elsewhere: " + request.url))
        self.mill = mill
        self.page.goto(mill.url + "/enter#" + key)
        self.page.wait_for_url(mill.url + "/")

    def go(self, path):
        return self.page.goto(self.mill.url + path)

    def unexpected(self):
        # A page that is not there is answered with 404, which browsers note.
        return [text for text in self.messages if "404 (Not Found)" not in text]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_every_width_and_is_accessible(browser, mill, scheme):
    with Visit(browser, mill, color_scheme=scheme) as visit:
        for name, path in PAGES.items():
            visit.go(path)
            for width in WIDTHS:
                visit.page.set_viewport_size({"width": width, "height": 900})
                over = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert over <= 0, f"{name} scrolls sideways by {over} at {width}"
            visit.page.set_viewport_size({"width": 1400, "height": 900})
            found = Axe().run(visit.page).response["violations"]
            serious = [f"{item['id']}: {item['nodes'][0]['html'][:150]}" for item in found
                       if item["impact"] in ("serious", "critical")]
            assert serious == [], name
            assert "could not be drawn" not in visit.page.content(), name
        assert visit.unexpected() == []


def test_pages_of_an_empty_store_say_what_fills_them(browser, empty):
    with Visit(browser, empty) as visit:
        for name, path in PAGES.items():
            if name in ("customer", "hostile", "job", "missing", "nothing-found"):
                continue
            assert visit.go(path).status == 200, name
            assert "could not be drawn" not in visit.page.content(), name
        assert visit.unexpected() == []


def test_hostile_names_are_text(browser, mill):
    with Visit(browser, mill) as visit:
        for path in [*PAGES.values(), "/search?q=" + "%3Cscript%3Ealert(1)%3C/script%3E"]:
            visit.go(path)
            assert visit.page.locator("img, script:not([src]), i, u, main b.boom").count() == 0, path
            assert "\u202e" not in visit.page.content(), path
        visit.go("/customers")
        assert "<img src=x onerror=alert(1)>{{7*7}}" in visit.page.inner_text("main")
        assert visit.unexpected() == []


def test_without_script_every_page_is_read(browser, mill):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(mill.url + "/enter")
    page.fill("input[name=key]", KEY)
    page.press("input[name=key]", "Enter")
    for name, path in PAGES.items():
        page.goto(mill.url + path)
        assert page.locator("h1").count() == 1 and page.locator("section.panel").count() >= 1, name
    context.close()


def test_links_lead_somewhere(browser, mill):
    with Visit(browser, mill) as visit:
        seen = set()
        for path in PAGES.values():
            if visit.go(path).status != 200:
                continue
            hrefs = visit.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
            for href in hrefs:
                if href.startswith("/") and href not in seen and len(seen) < 300:
                    seen.add(href)
                    status, _ = mill.get(href)
                    assert status == 200, f"{path} leads to {href}: {status}"
        assert len(seen) > 40


def test_numbers_of_a_page_are_those_of_its_operation(mill):
    for path, operation, fields, members in [
        ("/deliveries", "listDeliveries", {"limit": 50}, ["data"]), ("/customers", "listCustomers", {"limit": 50}, ["data"]),
        ("/customers/acme", "getCustomerOverview", {"customerId": "acme"}, ["customer", "entitlements", "credits"]),
    ]:
        document = json.loads(mill.get(path + "?json")[1])[operation]
        asked = mill.call(operation, fields)
        for member in members:
            assert asked[member] and document[member] == asked[member], (path, member)


def test_a_reader_acts_on_nothing_and_an_operator_by_forms(browser, mill):
    with Visit(browser, mill) as visit:
        visit.go("/system")
        assert visit.page.get_by_role("link", name="pause ingest").count() == 0
    with Visit(browser, mill, OPERATOR) as visit:
        visit.go("/system")
        visit.page.get_by_role("link", name="pause ingest").click()
        visit.page.get_by_role("button", name="Pause").click()
        # It asks why: the browser does not send the form without.
        assert visit.page.url.startswith(mill.url + "/do/pause")
        visit.page.fill("input[name=reason]", "a <b>look</b> at the files")
        visit.page.get_by_role("button", name="Pause").click()
        visit.page.wait_for_url(mill.url + "/system")
        assert "a <b>look</b> at the files" in visit.page.inner_text("main")
        assert [pause["name"] for pause in mill.call("listPauses", {})] == ["ingest"]
        visit.page.get_by_role("link", name="resume", exact=True).click()
        visit.page.fill("input[name=reason]", "looked")
        visit.page.get_by_role("button", name="Resume").click()
        visit.page.wait_for_url(mill.url + "/system")
        assert mill.call("listPauses", {}) == []
        changes = mill.call("listAudit", {"limit": 2})["data"]
        assert [change["action"] for change in changes] == ["resume", "pause"]
        assert changes[1]["reason"] == "a <b>look</b> at the files"
        visit.go("/rejected")
        visit.page.get_by_role("link", name="drop", exact=True).first.click()
        visit.page.fill("input[name=reason]", "sent by mistake")
        visit.page.get_by_role("button", name="Drop rejected records").click()
        visit.page.wait_for_url(mill.url + "/rejected")
        dropped = mill.call("listAudit", {"limit": 1})["data"][0]
        assert (dropped["action"], dropped["reason"]) == ("dropRejected", "sent by mistake")
        assert visit.unexpected() == []


def test_pages_follow_the_store_and_leave_what_is_used(browser, mill):
    with Visit(browser, mill) as visit:
        visit.go("/customers")
        visit.page.focus("tbody th a")
        with visit.page.expect_response(mill.url + "/customers", timeout=60_000) as drawn:
            mill.call("provisionCustomer", {"id": "while-busy", "name": "x"})
        # The page has what is new, and leaves the list that somebody is in; the time of it is drawn at the end.
        assert "while-busy" in drawn.value.text()
        visit.page.locator(".live", has_text=re.compile("^live")).wait_for(timeout=60_000)
        assert "while-busy" not in visit.page.inner_text("main")
        visit.page.evaluate("document.activeElement.blur()")
        mill.call("provisionCustomer", {"id": "while-free", "name": "x"})
        visit.page.get_by_role("link", name="while-free").wait_for(timeout=60_000)
        assert visit.unexpected() == []


def test_back_and_reload_keep_what_was_chosen(browser, mill):
    with Visit(browser, mill) as visit:
        visit.go("/runs?state=failed")
        rows = visit.page.inner_text("tbody")
        visit.page.reload()
        assert visit.page.url.endswith("/runs?state=failed") and visit.page.inner_text("tbody") == rows
        visit.page.click("tbody th a")
        visit.page.go_back()
        assert visit.page.url.endswith("/runs?state=failed")
        visit.go("/?span=7d&zone=Asia/Tokyo")
        assert "Asia/Tokyo" in visit.page.content()


def test_a_theme_is_kept_and_pages_print(browser, mill):
    with Visit(browser, mill, color_scheme="light") as visit:
        before = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        visit.page.click("[data-theme-toggle]")
        visit.page.reload()
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        assert len(visit.page.pdf()) > 5000


def test_nobody_comes_in_without_a_key_or_from_elsewhere(browser, mill):
    context = browser.new_context()
    page = context.new_page()
    page.goto(mill.url + "/customers")
    assert page.url == mill.url + "/enter"
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.goto(mill.url + "/enter#not-a-key-at-all-0123456789")
    assert answer.value.status == 401
    # The page of the answer stands before the next one is asked for.
    page.get_by_text("This is no key").wait_for()
    page.wait_for_load_state()
    page.goto(mill.url + "/customers")
    assert page.url == mill.url + "/enter"
    context.close()
    assert mill.get("/", headers={"Host": "mill.example"})[0] == 421


# Times and places differ from run to run.
VARIES = "time, .live, .env, .foot, footer, code, .l.ver, figure, .kpi dd, td.r, th.r, td.m"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 1400), ("light", 390)])
def test_pages_look_as_they_did(browser, untouched, scheme, width):
    """Small grey pictures with what varies blotted out, compared by the average difference of their points."""
    PICTURES.mkdir(exist_ok=True)
    with Visit(browser, untouched, color_scheme=scheme) as visit:
        visit.page.set_viewport_size({"width": width, "height": 900})
        for name in ("overview", "customers", "customer", "rejected", "jobs", "runs", "catalog", "system"):
            visit.go(PAGES[name])
            file = PICTURES / f"{name}-{scheme}-{width}.png"
            now = visit.mill.folder / "now.png"
            visit.page.screenshot(path=now, mask=[visit.page.locator(VARIES)], mask_color="#888888")
            seen = Image.open(now).convert("L")
            seen = seen.resize((seen.width // 4, seen.height // 4), Image.Resampling.BOX)
            if os.environ.get("PICTURES") == "write":
                seen.save(file, optimize=True)
                continue
            known = Image.open(file).convert("L")
            assert known.size == seen.size, name
            difference = ImageStat.Stat(ImageChops.difference(known, seen)).mean[0]
            assert difference < 12, f"{name} {scheme} {width} differs by {difference:.1f} of 255; see {now}"
