"""The page of a model in a browser: it asks for nothing, answers as catnet does, can be played with, and hostile names
are text.
"""

import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import CONTRAST, LEGIBLE, opened
from PIL import Image
from small_runs import KINDS

from catnet.data.pictures import read_picture
from catnet.engine.activations import ACTIVATIONS
from catnet.engine.types import Array
from catnet.errors import OutputError
from catnet.export import page
from catnet.export.examples import Example
from catnet.export.exported import Exported
from catnet.export.page_pictures import as_shown
from catnet.model import Model

AXE = "axe-core/axe.min.js"  # of npm; NODE_PATH, or the folder node_modules of the checkout, may have it
ANSWER = "return Array.from(tried.found.yHat)"
CHECKED = "return document.getElementById('check').textContent"
PATIENCE = 10  # seconds


def wait_for(browser: Any, script: str) -> Any:
    """What the script returns, as soon as that is something."""
    end = time.monotonic() + PATIENCE
    while not (found := browser.execute_script(script)):
        assert time.monotonic() < end, f"{script}: in vain"
        time.sleep(0.02)
    return found


def checked(browser: Any, path: Path, width: int = 1280, scheme: str = "light") -> tuple[list[str], str]:
    """Opens the page; the addresses that were asked for, and what its check of itself says."""
    asked = opened(browser, path, width, scheme)
    wait_for(browser, "return /same|differs/.test(document.getElementById('check').className)")
    return asked, browser.execute_script(CHECKED)


def third(browser: Any, path: Path) -> None:
    """Opens the page and has it answer about the third of its pictures; about the first some networks know nothing."""
    checked(browser, path)
    press(browser, "#examples button:nth-child(3)")
    wait_for(browser, "return document.getElementById('original-name').title === examples[2].name")


def press(browser: Any, selector: str) -> None:
    """Presses a button as the keyboard does."""
    button = browser.find_element("css selector", selector)
    browser.execute_script("arguments[0].focus()", button)
    button.send_keys(" ")


def keys(browser: Any) -> Any:
    """Keys that are pressed, whatever has the focus."""
    return pytest.importorskip("selenium.webdriver", reason="selenium is not installed").ActionChains(browser)


def answers(browser: Any) -> Array:
    """The answer y^ (k,) that the page shows."""
    return np.array(browser.execute_script(ANSWER))


def predicted(model: Model, row: Array) -> Array:
    """catnet's answer y^ (k,) about a row."""
    return model.predict(row[None])[:, 0]


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_whole(
    browser: Any, pages: dict[str, Path], exports: dict[str, Exported], kind: str, width: int, scheme: str
) -> None:
    asked, said = checked(browser, pages[kind], width, scheme)
    assert [address for address in asked if not address.startswith(("data:", "blob:"))] == [pages[kind].as_uri()]
    assert browser.get_log("browser") == []
    assert said.startswith(f"checked: this browser answers as catnet does on 3 {'rows' if kind == 'table' else 'pic'}")
    np.testing.assert_allclose(answers(browser), exports[kind].answers[:, 0], rtol=1e-6, atol=1e-6)
    # the window of a phone has the width of what sticks out
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    ratio, text = browser.execute_script(CONTRAST)
    assert ratio >= LEGIBLE, f"{text!r} has the contrast {ratio:.2f} in {scheme}"
    broken = "return [...document.images].filter((i) => !i.complete || !i.naturalWidth).length"
    assert browser.execute_script(broken) == 0


@pytest.mark.parametrize("kind", ["1.0", "3.0", "table"])
def test_axe_finds_nothing(browser: Any, pages: dict[str, Path], kind: str) -> None:
    folders = [*os.environ.get("NODE_PATH", "").split(os.pathsep), str(Path(__file__).parents[2] / "node_modules")]
    scripts = [path for folder in folders if folder and (path := Path(folder) / AXE).is_file()]
    if not scripts:
        pytest.skip(f"there is no {AXE} in NODE_PATH (npm install axe-core)")
    checked(browser, pages[kind])
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": scripts[0].read_text("utf-8")})
    found = browser.execute_async_script("axe.run().then((r) => arguments[0](r.violations.map((v) => v.help)))")
    assert found == []


def test_another_picture_is_answered_about(
    browser: Any, pages: dict[str, Path], exports: dict[str, Exported], tmp_path: Path
) -> None:
    model = exports["3.0"].model
    picture = tmp_path / "mine.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (37, 53, 4), np.uint8)).save(picture)
    checked(browser, pages["3.0"])
    browser.find_element("id", "file").send_keys(str(picture))
    wait_for(browser, "return document.getElementById('original-name').textContent === 'mine.png'")
    row = read_picture(picture, (20, 20)).ravel()
    np.testing.assert_allclose(answers(browser), predicted(model, row), atol=1e-6)
    assert not np.allclose(answers(browser), exports["3.0"].answers[:, 0])
    (tmp_path / "text.png").write_text("no picture")
    browser.find_element("id", "file").send_keys(str(tmp_path / "text.png"))
    said = wait_for(browser, "return document.getElementById('trouble').textContent")
    assert said == "text.png: is not a picture that this browser opens"
    np.testing.assert_allclose(answers(browser), predicted(model, row), atol=1e-6)


def test_the_camera_is_answered_about(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    checked(browser, pages["1.0"])
    press(browser, "#camera")
    wait_for(browser, "return tried.row[1] > 2 * tried.row[0] && tried.row[1] > 2 * tried.row[2]")  # which is green
    assert not np.allclose(answers(browser), exports["1.0"].answers[:, 0])
    assert browser.find_element("id", "video").is_displayed()
    assert browser.find_element("id", "truth").text == ""
    press(browser, "#camera")
    wait_for(browser, "return document.getElementById('original').alt === 'the picture a frame of the camera'")
    row = np.array(browser.execute_script("return Array.from(tried.row)"), np.uint8)
    np.testing.assert_allclose(answers(browser), predicted(exports["1.0"].model, row), atol=1e-6)


@pytest.mark.parametrize(
    "event",
    [
        "DragEvent('drop', {dataTransfer: data, bubbles: true})",
        "ClipboardEvent('paste', {clipboardData: data, bubbles: true})",
    ],
)
def test_a_picture_is_dropped_or_pasted(
    browser: Any, pages: dict[str, Path], exports: dict[str, Exported], event: str
) -> None:
    checked(browser, pages["1.0"])
    browser.execute_script(
        "const data = new DataTransfer(); data.items.add(new File([fileOf(examples[1])], 'mine.png'));"
        f"document.body.dispatchEvent(new {event});"
    )
    wait_for(browser, "return document.getElementById('original-name').textContent === 'mine.png'")
    np.testing.assert_allclose(answers(browser), exports["1.0"].answers[:, 1], atol=1e-6)


@pytest.mark.parametrize(
    "event",
    [
        "DragEvent('drop', {dataTransfer: data, bubbles: true})",
        "ClipboardEvent('paste', {clipboardData: data, bubbles: true})",
    ],
)
def test_what_is_no_file_is_refused_aloud(browser: Any, pages: dict[str, Path], event: str) -> None:
    checked(browser, pages["1.0"])
    browser.execute_script(
        "const data = new DataTransfer(); data.setData('text/uri-list', 'https://example.org/cat.jpg');"
        f"document.body.dispatchEvent(new {event});"
    )
    assert browser.find_element("id", "trouble").text == "That is no picture file. Save it first, and choose the file."
    press(browser, "#examples button:nth-child(2)")
    wait_for(browser, "return document.getElementById('original-name').title === examples[1].name")
    assert browser.find_element("id", "trouble").text == ""


def test_a_large_picture_is_said_to_be_read(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (500, 500, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    checked(browser, pages["1.0"])
    browser.execute_script(
        "window.said = []; const line = document.getElementById('reading');"
        "new MutationObserver(() => said.push(line.textContent)).observe(line, {childList: true});"
    )
    browser.find_element("id", "file").send_keys(str(tmp_path / "large.png"))
    wait_for(browser, "return document.getElementById('original-name').textContent === 'large.png'")
    wait_for(browser, "return said.length === 2")
    assert browser.execute_script("return said") == ["reading large.png ...", ""]


def test_a_part_is_rubbed_out_by_the_mouse(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    P = exports["2.0"].rows[0].reshape(20, 20, 3).copy()
    checked(browser, pages["2.0"])
    sight = browser.find_element("id", "sight")
    pixel, side = sight.size["width"] / 20, browser.execute_script("return easel.side")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", sight)
    keys(browser).move_to_element_with_offset(sight, -6 * round(pixel), 0).click_and_hold().move_by_offset(
        4 * round(pixel), 0
    ).release().perform()
    changed = np.array(browser.execute_script("return Array.from(tried.row)"), np.uint8).reshape(20, 20, 3)
    rubbed = (changed == np.floor(P.reshape(-1, 3).mean(axis=0) + 0.5)).all(axis=2)
    assert rubbed.sum() >= side * (side + 3)
    np.testing.assert_array_equal(changed[~rubbed], P[~rubbed])
    np.testing.assert_allclose(answers(browser), predicted(exports["2.0"].model, changed.ravel()), atol=1e-6)


def test_the_picture_is_changed(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    model = exports["3.0"].model
    P = exports["3.0"].rows[2].reshape(20, 20, 3)
    third(browser, pages["3.0"])
    press(browser, "[data-shift='1 0']")
    press(browser, "[data-shift='0 -1']")
    P = np.concatenate([P[1:], P[-1:]])
    P = np.concatenate([P[:, :1], P[:, :-1]], axis=1)
    np.testing.assert_allclose(answers(browser), predicted(model, P.ravel()), atol=1e-6)
    press(browser, "#mirror")
    np.testing.assert_allclose(answers(browser), predicted(model, P[:, ::-1].ravel()), atol=1e-6)
    assert not np.allclose(answers(browser), exports["3.0"].answers[:, 2])
    assert "than for the untouched picture" in browser.find_element("id", "change").text
    press(browser, "#reset")
    np.testing.assert_allclose(answers(browser), exports["3.0"].answers[:, 2], atol=1e-6)
    assert browser.find_element("id", "change").text == "This is the answer about the untouched picture."


def test_a_part_is_rubbed_out_by_the_keyboard(
    browser: Any, pages: dict[str, Path], exports: dict[str, Exported]
) -> None:
    P = exports["2.0"].rows[0].reshape(20, 20, 3).copy()
    checked(browser, pages["2.0"])
    sight = browser.find_element("id", "sight")
    browser.execute_script("arguments[0].focus()", sight)
    sight.send_keys("\ue012" * 30 + "\ue013" * 30 + "\ue014" + " ")  # left, up, right, and the space bar
    side = browser.execute_script("return easel.side")
    P[:side, 1 : 1 + side] = np.floor(P.reshape(-1, 3).mean(axis=0) + 0.5)
    np.testing.assert_allclose(answers(browser), predicted(exports["2.0"].model, P.ravel()), atol=1e-6)
    assert not np.allclose(answers(browser), exports["2.0"].answers[:, 0])


def test_a_neuron_is_switched_off(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    model, row = exports["3.0"].model, exports["3.0"].rows[2]
    third(browser, pages["3.0"])
    press(browser, ".neuron[data-place='1:3']")
    press(browser, ".neuron[data-place='2:0']")
    A = model.scaling.apply(row)[:, None]
    for layer, off in ((1, 3), (2, 0)):
        Z = model.parameters[f"W{layer}"] @ A + model.parameters[f"b{layer}"]
        A = ACTIVATIONS[model.network.activations[layer - 1]].function(Z)
        A[off] = 0
    Z = model.parameters["W3"] @ A + model.parameters["b3"]
    np.testing.assert_allclose(answers(browser), model.answer(Z)[:, 0], atol=1e-6)
    assert not np.allclose(answers(browser), exports["3.0"].answers[:, 2])
    button = browser.find_element("css selector", ".neuron[data-place='1:3']")
    assert button.get_attribute("aria-pressed") == "false"
    assert button.get_attribute("aria-label") == "neuron 4 of layer 1: switched off"
    press(browser, ".neuron[data-place='1:3']")
    press(browser, ".neuron[data-place='2:0']")
    np.testing.assert_allclose(answers(browser), exports["3.0"].answers[:, 2], atol=1e-6)


def test_the_threshold_is_moved(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    p = exports["1.0"].answers[0, 0]
    checked(browser, pages["1.0"])
    slider = browser.find_element("css selector", ".threshold")
    for key, said in (
        ("\ue011", f"cat, {p:.1%}"),
        ("\ue010", f"not cat, {1 - p:.1%}"),
    ):  # to its least, to its greatest
        slider.send_keys(key)
        assert browser.find_element("id", "verdict").text == said


def test_all_is_reached_by_the_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    checked(browser, pages["2.0"])
    reached: list[str] = []
    name = (
        "const e = document.activeElement; return e.id || e.dataset.shift || e.dataset.place || e.className || e.type"
    )
    outline = "return getComputedStyle(document.querySelector(':focus-visible + label, :focus-visible')).outlineStyle"
    while len(reached) < 100:
        keys(browser).send_keys("\ue004").perform()  # tab
        if not (at := browser.execute_script(name)) or at in reached[:1]:
            break
        assert at == "file" or browser.execute_script(outline) == "solid"
        reached += [at]
    assert {"file", "sight", "mirror", "asked", "reset", "1:0", "threshold"} <= set(reached)
    assert reached.index("file") < reached.index("threshold") < reached.index("sight") < reached.index("1:0")


def test_hostile_names_are_text(browser: Any, pages: dict[str, Path]) -> None:
    checked(browser, pages["hostile"])
    assert browser.execute_script("return window.hacked") is None
    shown = browser.execute_script("return document.body.innerText")
    for text in (
        "</style><script>window.hacked=1</script>",
        "\"><img src=x onerror='window.hacked=1'>",
        "\\u202etac {{ 7*7 }} $\\frac{1",
        "<script>window.hacked=1<.png",
    ):
        assert text in shown
    assert "\u202e" not in shown


def test_no_other_script_is_run(browser: Any, pages: dict[str, Path]) -> None:
    checked(browser, pages["1.0"])
    browser.execute_script(
        "const script = document.createElement('script'); script.textContent = 'window.injected = 1';"
        "document.body.append(script); document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=injected=1>');"
    )
    said = wait_for(browser, "return document.querySelector('[src=x]').complete") and browser.get_log("browser")
    assert browser.execute_script("return window.injected") is None
    assert any("Content Security Policy" in entry["message"] for entry in said)


def truths(exported: Exported) -> list[str]:
    """What the run's data says of the examples, looked up by their names."""
    found = []
    assert exported.catalog is not None
    for example in exported.examples:
        listing = next(each for each in exported.catalog.splits.values() if example.name in each.names)
        label = listing.labels[:, listing.names.index(example.name)]
        question = exported.model.question
        there = [name for name, value in zip(question.classes, label, strict=False) if value]
        none = question.negative or "no label"
        found.append(f"{label[0]:,.6g}" if question.goal == "regression" else ", ".join(there) or none)
    return found


@pytest.mark.parametrize("kind", ["1.0", "2.0", "3.0", "regression"])
def test_what_is_true_of_a_picture_is_said(
    browser: Any, pages: dict[str, Path], exports: dict[str, Exported], kind: str, tmp_path: Path
) -> None:
    wanted = [f"in the data: {truth}" for truth in truths(exports[kind])]
    third(browser, pages[kind])
    assert browser.find_element("id", "original-name").text == exports[kind].examples[2].name.split("/")[-1]
    assert browser.find_element("id", "truth").text == wanted[2]
    buttons = browser.find_elements("css selector", "#examples button")
    assert [button.accessible_name for button in buttons] == [
        f"{example.name}, {truth}" for example, truth in zip(exports[kind].examples, wanted, strict=True)
    ]
    Image.new("RGB", (9, 9)).save(tmp_path / "mine.png")
    browser.find_element("id", "file").send_keys(str(tmp_path / "mine.png"))
    wait_for(browser, "return document.getElementById('original-name').textContent === 'mine.png'")
    assert browser.find_element("id", "truth").text == ""


def test_what_is_true_of_a_row_is_said(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    wanted = truths(exports["table"])
    checked(browser, pages["table"])
    press(browser, "#examples button:nth-child(2)")
    said = [f"{each.name}, in the data: {truth}" for each, truth in zip(exports["table"].examples, wanted, strict=True)]
    assert browser.find_element("id", "truth").text == said[1]
    buttons = browser.find_elements("css selector", "#examples button")
    assert [button.accessible_name for button in buttons] == said
    assert [button.text.split("\n")[0] for button in buttons] == [each.name for each in exports["table"].examples]


def test_of_examples_that_are_made_up_nothing_is_true(
    browser: Any, exports: dict[str, Exported], tmp_path: Path
) -> None:
    for kind, name in (("3.0", "test pattern 1"), ("table", "made-up row 1")):
        hidden = Exported(exports[kind].path, exports[kind].model, shows_examples=False)
        (tmp_path / "hidden.html").write_bytes(page.make(hidden).content)
        checked(browser, tmp_path / "hidden.html")
        assert browser.find_element("css selector", "#examples button").accessible_name == name
        assert "in the data" not in browser.find_element("tag name", "body").text


def test_a_row_is_changed(browser: Any, pages: dict[str, Path], exports: dict[str, Exported]) -> None:
    row = exports["table"].rows[0].copy()
    checked(browser, pages["table"])
    rooms = browser.find_element("id", "column-0")
    rooms.send_keys("\ue009a\ue000\ue017")  # control and a, delete
    assert browser.find_element("id", "fault-0").text == "rooms is empty, and the model does not fill it in"
    rooms.send_keys("99")
    assert browser.find_element("id", "fault-0").text == "outside of what training had: a guess"
    row[0] = 99
    np.testing.assert_allclose(answers(browser), predicted(exports["table"].model, row), rtol=1e-6)
    shown = [line.text.split("\n") for line in browser.find_elements("css selector", "#contributions li")]
    assert shown[0][0] == "rooms 99"


def test_a_browser_that_decodes_otherwise_is_told(browser: Any, exports: dict[str, Exported], tmp_path: Path) -> None:
    exported = exports["3.0"]
    shown = page.pictures_for(exported)
    shown[1] = shown[1]._replace(row=shown[1].row ^ np.uint8(1))
    numbers = page.numbers_of(exported.model)
    path = tmp_path / "other.html"
    path.write_bytes(page.page(exported, shown, exported.answers, numbers))
    assert checked(browser, path)[1].startswith(
        "this browser decodes pictures otherwise than catnet, or the file was changed: by up to 1 of 255 levels. On 1"
    )


def test_a_photograph_is_upright_inside(browser: Any, exports: dict[str, Exported], tmp_path: Path) -> None:
    model, exif, photograph = exports["3.0"].model, Image.Exif(), tmp_path / "mine.jpg"
    exif[0x0112], exif[0x010F] = 6, "SECRET camera"
    colours = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    Image.fromarray(colours).resize((70, 50)).save(photograph, exif=exif)
    shown = as_shown(Example("mine.jpg", read_picture(photograph, (20, 20)).ravel(), photograph.read_bytes()), model)
    answered = model.predict(shown.row[None])
    path = tmp_path / "page.html"
    path.write_bytes(page.page(exports["3.0"], [shown], answered, page.numbers_of(model)))
    assert b"SECRET" not in shown.file
    assert checked(browser, path)[1].startswith("checked: this browser answers as catnet does on 1 picture")
    original = browser.find_element("id", "original")
    assert [original.get_property(f"natural{side}") for side in ("Width", "Height")] == [50, 70]


def test_a_page_that_would_answer_otherwise_is_not_written(
    exports: dict[str, Exported], monkeypatch: pytest.MonkeyPatch
) -> None:
    for off in (1e-4, np.nan):
        monkeypatch.setattr(page, "predicted", lambda model, numbers, rows, off=off: model.predict(rows) + off)
        with pytest.raises(OutputError, match="its answers would differ from catnet's"):
            page.make(exports["1.0"])


def test_weights_of_16_bits(
    browser: Any, exports: dict[str, Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page.make(exports["3.0"])
    monkeypatch.setattr(page, "LARGEST_PAGE", len(whole.content) - 1)
    made = page.make(exports["3.0"])
    assert len(made.content) < len(whole.content)
    assert made.notes[-1].startswith(
        "Its weights are rounded to 16 bits, which changes the answers about 3 pictures of"
    )
    path = tmp_path / "halved.html"
    path.write_bytes(made.content)
    third(browser, path)
    said = browser.find_element("id", "check").text
    assert said.startswith("checked: this browser computes this page's network right on 3 pictures (largest difference")
    moved = re.search("rounding its weights to 16 bits moved the answers by ([0-9.e-]+) from catnet's", said)
    assert moved is not None
    off = np.abs(answers(browser) - exports["3.0"].answers[:, 2]).max()
    assert 1e-6 < off < 1e-2
    assert off <= 1.1 * float(moved[1])
    assert f"by {float(moved[1]):.0e}: with all their bits the page would have" in made.notes[-1]


def without_an_answer(browser: Any, content: bytes, path: Path) -> str:
    """What a damaged page says in place of an answer."""
    path.write_bytes(content)
    opened(browser, path, 1280, "light")
    assert not browser.find_element("tag name", "main").is_displayed()
    return str(browser.find_element("id", "check").text)


def test_a_damaged_page_says_so(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    whole, path = pages["3.0"].read_bytes(), tmp_path / "damaged.html"
    static = "Not checked. If this stays, the file is incomplete or was changed."
    assert without_an_answer(browser, whole[: whole.index(b"function forward")], path) == static
    assert without_an_answer(browser, whole.replace(b"function forward", b"function  forward"), path) == static
    broken = "This file is incomplete or was changed, so it cannot answer ("
    for content in (
        whole[: len(whole) * 3 // 4],
        whole[: whole.index(b'id="numbers"')],
        whole.replace(b'id="facts">{', b'id="facts">['),
        whole.replace(b'"W1": {', b'"W2": {'),
    ):
        assert without_an_answer(browser, content, path).startswith(broken)


def test_a_page_whose_numbers_were_changed_says_so(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "changed.html"
    path.write_bytes(re.sub(rb'"answer": \[[0-9.]+', b'"answer": [0.5', pages["3.0"].read_bytes()))
    assert checked(browser, path)[1].startswith(
        "this browser computes otherwise than catnet, or the file was changed. On 3 of 3 pictures its answers differ by"
    )


def test_without_scripts_the_page_says_what_it_needs(browser: Any, pages: dict[str, Path]) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(pages["1.0"].as_uri())
        shown = browser.find_element("tag name", "body").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert "A network answers by computing, so this page needs JavaScript." in shown
    assert "Not checked" not in shown
    assert "The answer" not in shown
