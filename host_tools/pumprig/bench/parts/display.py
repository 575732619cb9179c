"""The display (SSD1306, 128 x 64): what it shows, as a picture."""

WIDTH, HEIGHT = 128, 64
PAGES = HEIGHT // 8


class Display:
    """`memory`: a byte for each column of each page of eight rows, bit 0 on top."""

    def __init__(self) -> None:
        self.memory = bytearray(WIDTH * PAGES)
        self.on = False
        self.absent = False
