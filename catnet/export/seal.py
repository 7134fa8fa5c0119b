"""A seal on a file that people edit: by it what catnet wrote is known as long as nobody has changed it."""

import hashlib
import re

SHA = b"The SHA-256 of what follows: "
MARK = b"# Written by catnet export. " + SHA
PYTHON_MARK = b"# A Python file, written by catnet export. " + SHA
SEALED = re.compile(rb"(?:---\n)?(?:%b)([0-9a-f]{64})\n" % b"|".join(map(re.escape, (MARK, PYTHON_MARK))))


def sealed(front_matter: bytes, text: bytes) -> bytes:
    """A text behind its front matter, which begins with a comment that has the SHA-256 of all that follows."""
    return b"---\n" + behind_seal(MARK, front_matter + b"---\n\n" + text)


def behind_seal(mark: bytes, content: bytes) -> bytes:
    """A text whose lines end in LF, behind a comment that begins with the mark and has the text's SHA-256."""
    return mark + digest(content) + b"\n" + content


def is_unbroken(content: bytes) -> bool:
    """Whether a file is as it was sealed. How the lines of a Python file end is no matter, for version control may have
    changed that.
    """
    if content.startswith(PYTHON_MARK):
        content = content.replace(b"\r\n", b"\n")
    seal = SEALED.match(content)
    return seal is not None and seal[1] == digest(content[seal.end() :])


def digest(content: bytes) -> bytes:
    """The SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest().encode()
