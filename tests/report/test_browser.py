"""The page in a browser: it asks for nothing, all is there, nothing sticks out, and hostile names are text."""

import json
from pathlib import Path
from typing import Any

import pytest

from catnet.report.facts import gather
from catnet.report.page import write_comparison, write_report

KINDS = ("1.0", "2.0", "3.0", "regression", "table", "hostile")
SCHEMES = ("light", "dark")
LEGIBLE = 4.5  # the contrast that WCAG 2 asks of text

# the least contrast of any text with what is behind it, and the text
CONTRAST = """
const numbers = (colour) => {
  const found = colour.match(/[\\d.]+(?:e-?\\d+)?/g).map(Number);
  const [r, g, b] = colour.startsWith("color(") ? found.slice(0, 3) : found.slice(0, 3).map((v) => v / 255);
  return [r, g, b, found.length > 3 ? found[3] : 1];
};
const luminance = ([r, g, b]) => {
  const linear = [r, g, b].map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const behind = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = numbers(getComputedStyle(one).backgroundColor);
    if (colour[3] === 1) return colour;
  }
  return [1, 1, 1, 1];
};
let least = [99, ""];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim()).length;
  if (!own || element.closest("style")) continue;
  const style = getComputedStyle(element);
  const colour = numbers(element instanceof SVGElement ? style.fill : style.color);
  const [a, b] = [luminance(colour), luminance(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < least[0]) least = [ratio, element.textContent.slice(0, 60)];
}
return least;
"""


@pytest.fixture(scope="module")
def pages(runs: dict[str, Path]) -> dict[str, Path]:
    written = {kind: write_report(runs[kind]) for kind in KINDS}
    compared = runs["3.0"].parent / "compared.html"
    write_comparison(compared, [gather(runs["3.0"]), gather(runs["3.0"])])
    return {**written, "compared": compared}


def opened(browser: Any, page: Path, width: int, scheme: str) -> list[str]:
    """Opens the page in a window of the width; the addresses that were asked for."""
    browser.get_log("performance")
    browser.get_log("browser")
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", [*KINDS, "compared"])
def test_the_page_is_whole(browser: Any, pages: dict[str, Path], kind: str, width: int, scheme: str) -> None:
    asked = opened(browser, pages[kind], width, scheme)
    assert [address for address in asked if not address.startswith("data:")] == [pages[kind].as_uri()]
    assert browser.get_log("browser") == []
    broken = "return [...document.images].filter((i) => !i.complete || !i.naturalWidth || !i.alt).length"
    assert browser.execute_script(broken) == 0
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.execute_script("return document.scripts.length") == 0
    if kind not in ("table", "compared"):
        assert browser.execute_script("return document.images.length") >= 6
    ratio, text = browser.execute_script(CONTRAST)
    assert ratio >= LEGIBLE, f"{text!r} has the contrast {ratio:.2f} in {scheme}"
    dark = browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 30)"
    assert dark == (scheme == "dark")


def test_hostile_names_are_text(browser: Any, pages: dict[str, Path]) -> None:
    opened(browser, pages["hostile"], 1280, "light")
    assert browser.execute_script("return window.hacked") is None
    shown = browser.execute_script("return document.body.innerText")
    for text in (
        "</style><script>window.hacked=1</script>",
        "\"><img src=x onerror='window.hacked=1'>",
        "\\u202etac {{ 7*7 }} $\\frac{1",
        "a\"b'c onload=alert(1).png",
        "\\u202egnp.exe.png",
    ):
        assert text in shown
    assert "\u202e" not in shown


def test_the_check_of_the_contrast_can_fail(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "grey.html"
    page.write_text("<!doctype html><body style='background:#fff'><p style='color:#bbb'>hard to read</p>")
    opened(browser, page, 1280, "light")
    ratio, text = browser.execute_script(CONTRAST)
    assert text == "hard to read"
    assert ratio < LEGIBLE
