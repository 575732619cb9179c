"""The display (SSD1306, 128 x 64): what it shows, as a picture."""

import struct
import zlib

WIDTH, HEIGHT = 128, 64
PAGES = HEIGHT // 8


class Display:
    """`memory`: a byte for each column of each page of eight rows, bit 0 on top."""

    def __init__(self) -> None:
        self.memory = bytearray(WIDTH * PAGES)
        self.on = False
        self.absent = False

    def rows(self) -> list[list[int]]:
        """The pixels as an eye sees them, 1 lit; all dark while it is off."""
        lit = self.on and not self.absent
        return [
            [self.memory[y // 8 * WIDTH + x] >> y % 8 & 1 if lit else 0 for x in range(WIDTH)]
            for y in range(HEIGHT)
        ]

    def png(self, zoom: int = 4) -> bytes:
        """The picture as a grey PNG file, each pixel `zoom` x `zoom`."""
        lines = b""
        for row in self.rows():
            line = b"\0" + b"".join(bytes([255 * pixel] * zoom) for pixel in row)
            lines += line * zoom
        header = struct.pack(">IIBBBBB", WIDTH * zoom, HEIGHT * zoom, 8, 0, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
