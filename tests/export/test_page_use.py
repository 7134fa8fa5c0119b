"""What a reader of the page is told and may do, in a browser: faults, thresholds, weights; also on paper."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import opened

from catnet.export.exported import Exported
from catnet.export.page_words import usual_error
from catnet.model import Model


def show(browser: Any, path: Path, width: int = 1280) -> None:
    """Opens the page and waits for its first answer."""
    opened(browser, path, width, "light")
    wait_for(browser, "return tried.found !== null")


def wait_for(browser: Any, script: str) -> Any:
    """What the script returns, as soon as that is something."""
    waiting = pytest.importorskip("selenium.webdriver.support.ui", reason="selenium is not installed")
    return waiting.WebDriverWait(browser, 10, 0.02).until(lambda b: b.execute_script(script))


def text(browser: Any, name: str) -> str:
    """What an element of the page says, seen or unseen."""
    return str(browser.execute_script("return document.getElementById(arguments[0]).textContent", name))


def style(browser: Any, selector: str, name: str) -> str:
    """A computed property of the first such element."""
    script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    return str(browser.execute_script(script, selector, name))


def fill_in(browser: Any, name: str, value: object) -> None:
    """Gives a field of the page a value, as a reader does."""
    script = (
        "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', { bubbles: true }));"
    )
    browser.execute_script(script, name, value)


def press(browser: Any, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)


def test_a_fault_is_spoken_and_stays_until_it_is_mended(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["table"])
    before = text(browser, "verdict")
    fill_in(browser, "#column-0", "3,5")
    fault = "rooms must be a number, is 3,5; write 3.5, with a point. This is still the answer about the row before."
    assert text(browser, "change") == fault
    wait_for(browser, f"return byId('said').textContent === {fault!r}")
    assert style(browser, "body", "color") != style(browser, "#verdict", "color")
    browser.execute_script("answerAnew()")  # as by another output, a threshold or a neuron
    assert (text(browser, "verdict"), text(browser, "change")) == (before, fault)
    assert browser.execute_script("return byId('reset').ariaDisabled") == "false"
    press(browser, "#reset")
    assert text(browser, "change") == "This is the answer about the row as it was."
    assert style(browser, "body", "color") == style(browser, "#verdict", "color")
    assert browser.execute_script("return byId('reset').ariaDisabled") == "true"


def test_the_titles_say_what_contributions_are_of(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["table"])
    assert text(browser, "sight-title") == "What raises or lowers price"
    assert text(browser, "legend") == " red, to the right: raises it blue, to the left: lowers it"


def test_the_weights_of_a_table_are_listed(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    model: Model = exports["table"].model
    show(browser, pages["table"])
    script = (
        "return [...document.querySelectorAll('#layers tbody tr')]"
        ".map((line) => [...line.children].map((cell) => cell.textContent))"
    )
    rows = browser.execute_script(script)
    wanted = {name: weight for name, weight in zip(model.question.inputs, model.parameters["W1"][0], strict=True)}
    wanted["the bias"] = model.parameters["b1"][0, 0]
    assert rows[0][0] == max(model.question.inputs, key=lambda name: abs(wanted[name]))
    found = {name: float(value.replace("\N{MINUS SIGN}", "-").replace("+", "")) for name, value in rows}
    assert found == pytest.approx(wanted, rel=0.05)


def test_a_number_has_four_digits_and_its_usual_error(
    browser: Any, pages: dict[str, Path], exports: dict[str, Exported]
) -> None:
    show(browser, pages["regression"])
    y = float(exports["regression"].answers[0, 0])
    assert text(browser, "verdict") == f"size: {float(f'{y:.4g}'):g}"
    error = usual_error(exports["regression"])
    assert error is not None and error > 0
    assert f"off by about {float(f'{error:.2g}'):g} on average" in text(browser, "bars")
    assert usual_error(exports["1.0"]) is None


def test_thresholds_are_numbers_too(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["1.0"])
    assert "threshold 50.0%" in text(browser, "bars")
    assert "only above it the answer is cat" in text(browser, "threshold-words")
    fill_in(browser, ".threshold", 0.25)
    assert "threshold 25.0%" in text(browser, "bars")
    assert browser.execute_script("return document.querySelector('.threshold').ariaValueText") == "25.0%"


def test_bars_beyond_the_first_can_be_opened(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["3.0"])
    browser.execute_script(
        "model.classes = facts.names = Array.from({ length: 20 }, (_, i) => `class ${i}`);"
        "tried.found.yHat = tried.untouched = Float64Array.from(facts.names, (_, i) => i / 190);"
        "makeBars(tried.found.yHat); showAnswer(tried.found.yHat)"
    )
    count = "return document.querySelectorAll('#bars li[data-place]').length"
    for shown, words in ((12, "and 8 more"), (20, "show the first 12 only"), (12, "and 8 more")):
        assert (browser.execute_script(count), text(browser, "more-bars")) == (shown, words)
        press(browser, "#more-bars")
        assert browser.execute_script("return document.activeElement.id") == "more-bars"


def test_the_place_of_the_square_is_spoken(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["3.0"])
    browser.find_element("id", "sight").send_keys("\ue012" * 30 + "\ue013" * 30 + "\ue014")  # left, up, right
    wait_for(browser, "return byId('said').textContent === 'The square is at column 2, row 1.'")


def test_small_contributions_have_two_digits_on_one_line(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["table"], 360)
    assert browser.execute_script("return [0.012345, -0.0012345, 0.3456].map((v) => signed(v))") == [
        "+0.0123",
        "\N{MINUS SIGN}0.0012",
        "+0.346",
    ]
    assert style(browser, ".contributions .value", "whiteSpace") == "nowrap"


@pytest.mark.parametrize(("width", "columns", "shown"), [(1280, 8, 24), (360, 3, 12)])
def test_no_row_of_neurons_is_torn(browser: Any, pages: dict[str, Path], width: int, columns: int, shown: int) -> None:
    show(browser, pages["3.0"], width)
    assert len(style(browser, ".neurons", "gridTemplateColumns").split()) == columns
    assert browser.execute_script("return FIRST_SHOWN") == shown


@pytest.mark.parametrize("kind", ["1.0", "table"])
def test_the_page_grows_with_the_readers_letters(browser: Any, pages: dict[str, Path], kind: str) -> None:
    show(browser, pages[kind], 360)
    small = float(style(browser, "p", "fontSize").removesuffix("px"))
    browser.execute_script("document.documentElement.style.fontSize = '200%'")
    assert float(style(browser, "p", "fontSize").removesuffix("px")) == 2 * small
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_a_long_name_has_three_lines(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["3.0"], 360)
    browser.execute_script(
        "facts.names[0] = 'long '.repeat(40); makeBars(tried.found.yHat); showAnswer(tried.found.yHat)"
    )
    name = "document.querySelector('.bars .name')"
    lines = f"return {name}.clientHeight / parseFloat(getComputedStyle({name}).lineHeight)"
    assert np.isclose(browser.execute_script(lines), 3, atol=0.1)
    assert browser.execute_script(f"return {name}.title") == "long " * 40


def test_sliders_are_large_enough_for_fingers(browser: Any, pages: dict[str, Path]) -> None:
    least = "return Math.min(...[...document.querySelectorAll('input[type=range]')].map((s) => s.offsetHeight))"
    for kind in ("1.0", "table"):
        show(browser, pages[kind])
        assert browser.execute_script(least) >= 24


def emulate(browser: Any, media: str, **features: str) -> None:
    """Has the browser show the page as on paper, or in the reader's own colours."""
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": named})


def test_bars_have_their_colours_among_the_readers_own(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["1.0"])
    wanted = style(browser, ".is .fill", "backgroundColor")
    emulate(browser, "screen", forced_colors="active")
    try:
        assert style(browser, ".is .fill", "backgroundColor") == wanted
        assert style(browser, ".track", "outlineStyle") == "solid"
    finally:
        emulate(browser, "screen")


def test_what_cannot_be_used_on_paper_is_not_printed(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["1.0"])
    emulate(browser, "print")
    try:
        for selector in ("#reset", ".tools", "#drop"):
            assert style(browser, selector, "display") == "none"
        assert style(browser, ".panel", "position") == "static"
        assert style(browser, ".fill", "printColorAdjust") == "exact"
    finally:
        emulate(browser, "screen")
