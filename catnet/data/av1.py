"""The size of the frames in a stream of AV1: https://aomediacodec.github.io/av1-spec, sections 5.3 and 5.5."""

from catnet.data.bounds import MAX_HEADER_READS, SAVE_ANEW, BadPicture

SEQUENCE_HEADER = 1


class Bits:
    """The bits of bytes, the highest first; behind the end they are 0."""

    def __init__(self, content: bytes) -> None:
        self.number, self.left = int.from_bytes(content, "big"), 8 * len(content)

    def next(self, count: int) -> int:
        """The number that the next bits are."""
        self.left -= count
        found = self.number >> self.left if self.left > 0 else self.number << -self.left
        return found & ((1 << count) - 1)

    def next_uvlc(self) -> None:
        """Passes over a number of variable length: n zeros, a one, n bits."""
        zeros = 0
        while not self.next(1) and zeros < 32:
            zeros += 1
        self.next(zeros if zeros < 32 else 0)


def largest_frame(stream: bytes) -> tuple[int, int]:
    """The greatest width and height that a sequence header of the stream allows; zeros if there is none.

    Raises BadPicture if the stream has more parts than any picture.
    """
    at, width, height = 0, 0, 0
    for _ in range(MAX_HEADER_READS):
        if at >= len(stream):
            return width, height
        kind, at = stream[at] >> 3 & 15, at + 1 + (stream[at] >> 2 & 1) if (has_size := stream[at] >> 1 & 1) else at + 1
        size, place = 0, 0
        while has_size and place < 8 and at < len(stream):
            byte, at = stream[at], at + 1
            size |= (byte & 127) << 7 * place
            place += 1
            if byte < 128:
                break
        end = at + size if has_size else len(stream)
        if kind == SEQUENCE_HEADER:
            found = frame_size(stream[at : min(end, at + 1024)])
            width, height = max(width, found[0]), max(height, found[1])
        at = end
    raise BadPicture(f"holds too many parts, or too much besides its pixels; {SAVE_ANEW}")


def frame_size(header: bytes) -> tuple[int, int]:
    """The greatest width and height of a sequence header."""
    bits = Bits(header)
    bits.next(4)  # profile, still picture
    if bits.next(1):  # reduced
        bits.next(5)
    else:
        delay_bits = _timing(bits)
        has_display_delay = bits.next(1)
        for _ in range(bits.next(5) + 1):
            bits.next(12)
            if bits.next(5) > 7:
                bits.next(1)  # tier
            if delay_bits and bits.next(1):
                bits.next(2 * delay_bits + 1)
            if has_display_delay and bits.next(1):
                bits.next(4)
    of_width, of_height = bits.next(4) + 1, bits.next(4) + 1
    return bits.next(of_width) + 1, bits.next(of_height) + 1


def _timing(bits: Bits) -> int:
    """Passes over the timing and the model of the decoder; returns how many bits the delays in it have, or 0."""
    if not bits.next(1):
        return 0
    bits.next(64)
    if bits.next(1):
        bits.next_uvlc()
    if not bits.next(1):
        return 0
    delay_bits = bits.next(5) + 1
    bits.next(42)
    return delay_bits
