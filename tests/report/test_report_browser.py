"""The page of a run in a real browser: Chromium without a window, driven through chromedriver's WebDriver interface."""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aenmf.report.page import write_report
from support.report_run import HOSTILE, about, files, make_run, with_aenmf

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="Chromium and chromedriver are not installed")
SIZES = ((1440, 900), (800, 1000), (390, 844))
"""A desktop, a tablet and a phone."""
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)


class Browser:
    """A session of WebDriver (W3C), as far as these tests need it."""

    def __init__(self, port: int, profile: Path):
        self.root = f"http://127.0.0.1:{port}"
        options = {"binary": BROWSER, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.path = f"/session/{self.call('POST', '/session', capabilities={'alwaysMatch': wanted})['sessionId']}"

    def call(self, verb: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if verb == "POST" else None
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=verb)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def post(self, path: str, **body: Any) -> Any:
        return self.call("POST", self.path + path, **body)

    def run(self, script: str) -> Any:
        return self.post("/execute/sync", script=script, args=[])

    def chrome(self, command: str, **parameters: Any) -> Any:
        return self.post("/goog/cdp/execute", cmd=command, params=parameters)

    def press(self, *keys: str) -> None:
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.post("/se/log", type="browser") if entry["level"] != "INFO"]

    def window(self, width: int, height: int = 900, scheme: str = "light") -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.chrome("Emulation.setDeviceMetricsOverride", **size)
        self.chrome("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"
EVERY_WINDOW = [(width, height, scheme) for width, height in SIZES for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/status")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        session = Browser(port, tmp_path_factory.mktemp("profile"))
        yield session
        session.call("DELETE", session.path)
    finally:
        driver.terminate()
        driver.wait(30)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, files(make_run(tmp_path_factory.mktemp("run"))), about())
    return path.as_uri()


@pytest.fixture
def page(browser, address) -> Browser:
    browser.window(1280)
    browser.errors()
    browser.post("/url", url=address)
    return browser


@pytest.fixture
def ratios(page, tmp_path) -> Browser:
    """The page of a run that has NMF and AE-NMF to compare, and a claim that its numbers leave undecided."""
    path, folder = tmp_path / "report.html", make_run(tmp_path / "run")
    judged = pd.read_csv(folder / "tables/verdicts.csv", keep_default_na=False)
    judged.loc[judged["kind"] != "data", "verdict"] = "cannot be checked"
    judged.to_csv(folder / "tables/verdicts.csv", index=False)
    write_report(path, with_aenmf(folder), replace(about(), methods={"nmf": "NMF", "aenmf": "AE-NMF"}))
    page.post("/url", url=path.as_uri())
    return page


def test_no_errors_and_no_hostile_script(page):
    assert page.errors() == []
    assert page.run("return window.hostile === undefined")
    assert HOSTILE in page.run("return document.body.textContent")


def test_every_image_loads(page):
    sizes = page.run("return [...document.images].map((image) => image.naturalWidth)")
    assert sizes and all(sizes)


def test_a_column_sorts_by_click_and_by_keyboard(page):
    column = "return [...document.querySelectorAll('#table-table2 tbody tr')].map((row) => row.cells[1].textContent)"
    state = "return document.querySelectorAll('#table-table2 th')[1].getAttribute('aria-sort')"
    button = "document.querySelectorAll('#table-table2 .sort')[1]"
    page.run(f"{button}.click()")
    assert page.run(column) == ["9.10", "20.1", "1.05·102", "–"] and page.run(state) == "ascending"
    page.run(f"{button}.focus()")
    page.press(ENTER)
    assert page.run(column) == ["1.05·102", "20.1", "9.10", "–"] and page.run(state) == "descending"


def test_a_link_to_a_claim_opens_its_evidence(page):
    assert not page.run("return document.getElementById('claim-h').open")
    page.run("document.querySelector('a[href=\"#claim-h\"]').click()")
    time.sleep(0.3)
    assert page.run("return document.getElementById('claim-h').open")


def test_on_a_phone_rows_are_cards_that_name_their_columns(page):
    page.window(390, 844)
    cell = "document.querySelector('#table-fits tbody td')"
    assert page.run(f"return getComputedStyle({cell}).display") == "block"
    assert page.run(f"return {cell}.dataset.label").startswith("Method")


def test_a_phone_has_its_own_drawing_of_the_ratios(ratios):
    seen = "return [...document.querySelectorAll('svg.dots')].map((one) => one.getClientRects().length > 0)"
    assert ratios.run(seen) == [True, False]
    ratios.window(390, 844)
    assert ratios.run(seen) == [False, True]
    heights = "[...document.querySelectorAll('.dots.narrow text')].map((one) => one.getBoundingClientRect().height)"
    assert min(filter(None, ratios.run(f"return {heights}"))) > 10


def test_the_contents_are_on_the_first_screen(page):
    assert page.run("return document.querySelector('nav a').getBoundingClientRect().bottom") < 200


def test_the_contents_mark_where_the_reader_is(page):
    page.run("document.getElementById('manifest').scrollIntoView({behavior: 'instant'})")
    time.sleep(0.3)
    assert page.run("return document.querySelector('nav [aria-current]').hash") in ("#manifest", "#citations")


def test_a_figure_opens_and_closes_by_keyboard(page):
    is_open = "return document.getElementById('zoomed').open"
    page.run("document.querySelector('.zoom').focus()")
    page.press(ENTER)
    assert page.run(is_open)
    assert page.run("return document.querySelector('#zoomed img').naturalWidth") == 90
    page.press(ESCAPE)
    assert not page.run(is_open)
    assert page.run("return document.activeElement.className") == "zoom"


def test_fits_are_drawn_and_follow_the_choice(page):
    bars = "return document.querySelectorAll('#fit svg.profile .bar').length"
    assert page.run(bars) == 2 * 96
    assert page.run("return document.querySelectorAll('#fit svg.profile')[0].querySelectorAll('.channel').length") == 96
    title = "return document.querySelector('#fit h3').textContent"
    assert page.run(title) == f"{HOSTILE}, NMF, MSE, consensus"
    page.run("document.getElementById('after').click()")
    assert page.run(title).endswith("split 1")
    assert page.run("return location.hash") == "#mine/nmf/frobenius/split-1"
    choose = "const s = document.querySelector('select[name=method]'); s.value = 'cnmf';"
    page.run(choose + "s.dispatchEvent(new Event('change', {bubbles: true}))")
    assert page.run(title) == f"{HOSTILE}, C-NMF, MSE, split 1"
    assert page.run(bars) == 2 * 96
    assert "SBS1 (0.900)" in page.run("return document.querySelector('#fit .matches').textContent")
    assert page.run("return document.querySelectorAll('#fit svg.losses .way').length") == 1


@pytest.mark.parametrize("width", [320, *(width for width, _ in SIZES)])
def test_the_page_is_never_wider_than_the_window(ratios, width):
    """With all parts closed and open, a claim that these data leave undecided among them."""
    ratios.window(width)
    for shown in ("false", "true"):
        ratios.run(f"document.querySelectorAll('details').forEach((part) => (part.open = {shown}))")
        assert ratios.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.parametrize(("width", "height", "scheme"), EVERY_WINDOW)
def test_the_first_screen_has_question_answer_trust_and_what_to_read_next(ratios, width, height, scheme):
    ratios.window(width, height, scheme)
    for part in (
        ".kicker",
        "h1",
        "header .lead",
        ".trust",
        ".trust a[href='#verdicts']",
        ".trust a[href='#signatures']",
    ):
        place = ratios.run(f'return document.querySelector("{part}").getBoundingClientRect().toJSON()')
        assert 0 <= place["top"] < place["bottom"] <= height, part


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_background(ratios, scheme):
    """The contrast of WCAG 2.1, level AA, for text of any size."""
    ratios.window(1440, scheme=scheme)
    ground = luminance(ratios.run("return getComputedStyle(document.body).backgroundColor"))
    assert (ground < 0.5) == (scheme == "dark")
    for part in (
        "h1",
        ".kicker",
        ".trust",
        ".trust a",
        ".claims a",
        ".claims small",
        ".mark",
        "figcaption",
        ".verdict",
    ):
        text = luminance(ratios.run(f"return getComputedStyle(document.querySelector('{part}')).color"))
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5, part


def luminance(colour: str) -> float:
    """The relative luminance of a colour as a browser writes it, ``rgb(29, 33, 37)``."""
    shares = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def test_every_link_within_the_page_leads_somewhere(ratios):
    targets = "[...document.querySelectorAll('a[href^=\"#\"]')].map((link) => link.hash.slice(1))"
    assert len(ratios.run(f"return {targets}")) > 10
    assert ratios.run(f"return {targets}.filter((name) => !document.getElementById(name))") == []


def test_the_keyboard_skips_to_the_results_and_reaches_what_to_read_next(page):
    page.press(TAB)
    assert page.run("return document.activeElement.className") == "skip"
    page.press(TAB)
    assert page.run("return document.activeElement.hash") == "#verdicts"
    page.run("document.querySelector('.skip').focus()")
    page.press(ENTER)
    assert page.run("return document.activeElement.id") == "main"


def test_it_prints(page):
    pdf = base64.b64decode(page.post("/print"))
    assert pdf.startswith(b"%PDF") and len(pdf) > 10_000


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_an_address_leads_to_its_split(page, address, width, height):
    page.window(width, height)
    page.post("/url", url=f"{address}#mine/cnmf/frobenius/split-3")
    time.sleep(0.5)
    place = page.run("return document.querySelector('#fit h3').getBoundingClientRect().toJSON()")
    assert 0 <= place["top"] < place["bottom"] <= height
    assert page.run("return document.querySelector('#fit h3').textContent") == f"{HOSTILE}, C-NMF, MSE, split 3"
    page.run("location.hash = '#mine/nmf/frobenius'")
    time.sleep(0.3)
    assert page.run("return document.querySelector('#fit h3').textContent") == f"{HOSTILE}, NMF, MSE, consensus"
    assert page.errors() == []
