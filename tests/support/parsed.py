"""A page of catnet's, parsed."""

import re
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """The text, the attributes of each tag, and the rows of the tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[list[str]] = []
        self.text, self.whole = "", text
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_cell:
            self.rows[-1][-1] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def stands_alone(self) -> None:
        """Asserts that it loads nothing, runs nothing, and describes its pictures."""
        policy = next(a["content"] for a in self.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert not self.all("script")
        for _, attributes in self.tags:
            assert not [key for key in attributes if key.startswith("on")]
            for key in ("src", "href", "xlink:href"):
                assert attributes.get(key, "#").startswith(("#", "data:"))
        assert all(image["alt"] for image in self.all("img"))
        assert "url(" not in re.sub(r"url\(#\w+\)", "", self.whole)
