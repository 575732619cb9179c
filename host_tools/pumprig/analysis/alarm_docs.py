"""The alarm table and the drawing of the patterns in docs/alarms.md, made from the firmware's own.

    python -m pumprig.analysis.alarm_docs

writes both; a test fails when they are not what the code says.
"""

from pathlib import Path

from pump.conditions import CONDITIONS, ENDING_NAMES, HIGH, LOW, MEDIUM, PRIORITY_NAMES
from pump.conditions import SAFE_STATE_NAMES as SAFE
from pump.patterns import LAMP_SLOT_MS, LAMP_SLOTS, LAMPS, SLOT_MS, STYLES, sound

DOCS = Path(__file__).resolve().parents[3] / "docs"
BEGIN, END = "<!-- table: made by pumprig.analysis.alarm_docs -->", "<!-- end of table -->"

# The drawing: four seconds of each pattern, then what is left of its cycle in words.
_SHOWN_MS = 4000
_LEFT, _WIDTH, _ROW, _BAR = 150, 800, 34, 16
_PX_PER_MS = (_WIDTH - _LEFT - 170) / _SHOWN_MS
_INK = {"red": "#c62828", "yellow": "#e0a800", "cyan": "#0097a7", "": "#37474f"}


def table() -> str:
    """The conditions as a Markdown table, one line each."""
    lines = [
        "| condition | itb | pca | says | ends | what clears it | asks of delivery |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, itb, pca, text, clears, ending, safe_itb, safe_pca in CONDITIONS:
        asks = SAFE[int(safe_itb)]
        if safe_pca != safe_itb:
            asks = f"itb: {asks}; pca: {SAFE[int(safe_pca)]}"
        cells = [f"`{name}`", PRIORITY_NAMES[int(itb)], PRIORITY_NAMES[int(pca)], str(text)]
        cells += [ENDING_NAMES[int(ending)], str(clears), asks]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_table(page: str) -> str:
    """`page` with the table between its two marks."""
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


def drawing() -> str:
    """Every sound and lamp as an SVG timing diagram."""
    rows: list[str] = []
    for style in STYLES:
        for priority in (HIGH, MEDIUM, LOW):
            burst, pause_ms = sound(style, priority)
            cycle_s = (len(burst) * SLOT_MS + pause_ms) / 1000
            label = f"{style}, {PRIORITY_NAMES[priority]}"
            rows.append(
                _row(len(rows), label, burst, SLOT_MS, "", f"again every {_time(cycle_s)}")
            )
    for _, lamp, slots in LAMPS:
        times = _SHOWN_MS // (LAMP_SLOTS * LAMP_SLOT_MS)
        flashes = (slots + slots[0]).count(".#")
        hz = 1000 * flashes / (LAMP_SLOTS * LAMP_SLOT_MS)
        note = f"{hz:g} Hz" if flashes else "steady"
        rows.append(_row(len(rows), f"lamp {lamp}", slots * times, LAMP_SLOT_MS, lamp, note))
    height = _ROW * len(rows) + 46
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            'font-family="sans-serif" font-size="13" fill="#263238">',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            *_scale(height),
            *rows,
            "</svg>\n",
        ]
    )


def _row(n: int, label: str, slots: str, slot_ms: int, lamp: str, note: str) -> str:
    top = 12 + n * _ROW
    bars = []
    i = 0
    while i < len(slots):
        length = len(slots[i:]) - len(slots[i:].lstrip(slots[i]))
        if slots[i] == "#":
            x, width = _LEFT + i * slot_ms * _PX_PER_MS, length * slot_ms * _PX_PER_MS
            bars.append(
                f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" '
                f'fill="{_INK[lamp]}"/>'
            )
        i += length
    base = top + _BAR
    end = _LEFT + _SHOWN_MS * _PX_PER_MS
    return "\n".join(
        [
            f'<text x="{_LEFT - 12}" y="{base - 3}" text-anchor="end">{label}</text>',
            f'<path d="M{_LEFT} {base}H{end:.1f}" stroke="#90a4ae"/>',
            *bars,
            f'<text x="{end + 12:.1f}" y="{base - 3}">{note}</text>',
        ]
    )


def _scale(height: int) -> list[str]:
    lines = []
    for second in range(_SHOWN_MS // 1000 + 1):
        x = _LEFT + second * 1000 * _PX_PER_MS
        lines.append(f'<path d="M{x:.1f} 8V{height - 26}" stroke="#eceff1"/>')
        lines.append(f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle">{second} s</text>')
    return lines


def _time(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


def main() -> None:
    page = DOCS / "alarms.md"
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
    (DOCS / "alarms.svg").write_text(drawing(), encoding="utf-8")


if __name__ == "__main__":
    main()
