"""The display's controller on the bus (SSD1306 datasheet): commands, addressing by rows, data."""

from pumprig.bench.parts.display import PAGES, WIDTH, Display

# Bytes that follow a command; all others stand alone.
_FOLLOW = {0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1}
_FOLLOW |= {0xDA: 1, 0xDB: 1}
_ONE_BYTE, _DATA = 0x80, 0x40  # of a control byte


class Ssd1306:
    """`bytes_seen`: all that came over the bus, for what a picture costs."""

    address = 0x3C

    def __init__(self, display: Display) -> None:
        self._display = display
        self._control = -1
        self._command: list[int] = []
        self._columns = (0, WIDTH - 1)
        self._pages = (0, PAGES - 1)
        self._column = self._page = 0
        self.bytes_seen = 0

    def answers(self) -> bool:
        return not self._display.absent

    def start(self, reading: bool) -> None:
        self._control = -1
        self._command = []

    def read(self) -> int:
        return 0x00 if self._display.on else 0x40

    def write(self, value: int) -> None:
        self.bytes_seen += 1
        if self._control < 0:
            self._control = value
        elif self._control & _DATA:
            self._put(value)
        else:
            self._obey(value)
            if self._control & _ONE_BYTE:
                self._control = -1

    def _obey(self, value: int) -> None:
        self._command.append(value)
        command = self._command
        if len(command) <= _FOLLOW.get(command[0], 0):
            return
        self._command = []
        if command[0] == 0x21:
            self._columns = (command[1], command[2])
            self._column = command[1]
        elif command[0] == 0x22:
            self._pages = (command[1], command[2])
            self._page = command[1]
        elif command[0] in (0xAE, 0xAF):
            self._display.on = command[0] == 0xAF

    def _put(self, value: int) -> None:
        self._display.memory[self._page * WIDTH + self._column] = value
        self._column += 1
        if self._column > self._columns[1]:
            self._column = self._columns[0]
            self._page = self._page + 1 if self._page < self._pages[1] else self._pages[0]
