"""Whether the bytes of a request are all there, so that no thread has to wait for a slow client.

This only counts: what the bytes mean, and whether they are sound, is for the parser. Bytes that
cannot become a sound request count as whole, so that they are refused without delay.
"""

import re
from dataclasses import dataclass, field

_END_OF_HEAD = b"\r\n\r\n"
_MOST_HEAD = 600_000  # 64 fields of 8190 bytes and the first line
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue", re.IGNORECASE | re.MULTILINE)
_SIZE = re.compile(rb"([0-9a-f]{1,18})[^\r\n]{0,200}", re.IGNORECASE)
_MOST_SIZE_LINE = 220


@dataclass(slots=True)
class Arrival:
    """What came of one request; `most` is the longest body that anybody reads."""

    most: int
    data: bytearray = field(default_factory=bytearray)
    _body: int = 0
    _length: int | None = None
    _chunk: int = 0

    def add(self, piece: bytes) -> bool:
        """Adds bytes, and says whether the head came to its end with them."""
        before = self._body
        self.data += piece
        if not self._body and (end := self.data.find(_END_OF_HEAD)) >= 0:
            self._body = self._chunk = end + len(_END_OF_HEAD)
            head = bytes(self.data[: self._body])
            stated = _LENGTH.search(head)
            self._length = int(stated[1]) if stated else None if _CHUNKED.search(head) else 0
        return self._body > before

    @property
    def awaits_consent(self) -> bool:
        """Whether the client sends the body only after it is told to go on."""
        return bool(self._body and _EXPECTS.search(self.data, 0, self._body)) and not self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether a thread can work on it without waiting for more."""
        if not self._body:
            return len(self.data) > _MOST_HEAD
        arrived = len(self.data) - self._body
        if self._length is not None:
            return arrived >= self._length or self._length > self.most
        return arrived > self.most or self._chunks_end()

    def _chunks_end(self) -> bool:
        while (end := self.data.find(b"\r\n", self._chunk, self._chunk + _MOST_SIZE_LINE)) >= 0:
            size = _SIZE.fullmatch(self.data, self._chunk, end)
            if size is None:
                return True  # not a chunk
            if not int(size[1], 16):
                return self.data.find(_END_OF_HEAD, end) >= 0
            following = end + 2 + int(size[1], 16) + 2
            if following > len(self.data):
                return False
            if self.data[following - 2 : following] != b"\r\n":
                return True  # longer than it said
            self._chunk = following
        return len(self.data) - self._chunk >= _MOST_SIZE_LINE
