"""The page in a browser: it asks for nothing, all is there, nothing sticks out, and hostile names are text."""

from pathlib import Path
from typing import Any

import pytest
from browsing import CONTRAST, LEGIBLE, SCHEMES, opened
from small_runs import KINDS

from catnet.report.facts import gather
from catnet.report.page import write_comparison, write_report


@pytest.fixture(scope="module")
def pages(runs: dict[str, Path]) -> dict[str, Path]:
    written = {kind: write_report(runs[kind]) for kind in KINDS}
    compared = runs["3.0"].parent / "compared.html"
    write_comparison(compared, [gather(runs["3.0"]), gather(runs["3.0"])])
    return {**written, "compared": compared}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", [*KINDS, "compared"])
def test_the_page_is_whole(browser: Any, pages: dict[str, Path], kind: str, width: int, scheme: str) -> None:
    asked = opened(browser, pages[kind], width, scheme)
    assert [address for address in asked if not address.startswith("data:")] == [pages[kind].as_uri()]
    assert browser.get_log("browser") == []
    broken = "return [...document.images].filter((i) => !i.complete || !i.naturalWidth || !i.alt).length"
    assert browser.execute_script(broken) == 0
    # the window of a phone has the width of what sticks out
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
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
