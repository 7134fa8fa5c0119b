"""A browser in which the tests open a page, and what they look for there."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

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


def started(folder: Path) -> Any:
    """Headless Chromium, driven by Selenium, which keeps its files in a folder; skips the test if it is not there."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    service = pytest.importorskip("selenium.webdriver.chrome.service", reason="selenium is not installed")
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("there is no chromium, or no chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        "use-fake-device-for-media-stream", "use-fake-ui-for-media-stream",  # a camera, which it may use
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={folder}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=service.Service(driver))
    browser.get("about:blank")  # ends the loading of its start page, which is none of ours
    return browser


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
