"""A seal on a file that people edit: by it what catnet wrote is known as long as nobody has changed it."""

import hashlib
import re

MARK = b"# Written by catnet export. The SHA-256 of what follows: "
SEALED = re.compile(rb"---\n%b([0-9a-f]{64})\n" % re.escape(MARK))


def sealed(front_matter: bytes, text: bytes) -> bytes:
    """A text behind its front matter, which begins with a comment that has the SHA-256 of all that follows."""
    content = front_matter + b"---\n\n" + text
    return b"---\n" + MARK + digest(content) + b"\n" + content


def is_unbroken(content: bytes) -> bool:
    """Whether a file is as `sealed` made it."""
    seal = SEALED.match(content)
    return seal is not None and seal[1] == digest(content[seal.end() :])


def digest(content: bytes) -> bytes:
    """The SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest().encode()
