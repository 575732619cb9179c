"""The arrows of docs/architecture.md: which room may import which, held by reading the imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FIRMWARE = ROOT / "firmware"
HOST = ROOT / "host_tools" / "pumprig"

OURS = {"pump", "link", "drivers", "device", "pins", "pumprig", "senses"}
HARDWARE = {"machine", "rp2"}
# Room of the firmware: the rooms of ours it may import.
FIRMWARE_ARROWS = {
    "pump": {"pump"},
    "link": {"link", "pump"},
    "drivers": {"drivers", "pump"},
    "device.py": {"drivers", "link", "pump", "pins", "senses"},
    "senses.py": {"drivers", "link", "pump", "pins"},
    "main.py": {"device", "drivers", "pins"},
}
# What the controller may use of the interpreter: no clock, no files, no hardware.
PUMP_LIBRARIES = {"pump", "binascii", "hashlib", "io", "json", "micropython"}
# Room of the host tools: the other rooms it may import, `pump` and `link` besides.
HOST_ARROWS = {
    "therapy": set(),
    "bench": set(),
    "image": {"bench"},
    "rig": {"analysis", "bench", "image", "therapy"},
    "analysis": {"rig"},  # rig.record alone: the test below
    "measure": {"analysis", "bench", "image", "rig", "therapy"},
    "cli": {"analysis", "bench", "image", "measure", "rig", "therapy"},
}


def _imports(path: Path) -> Iterator[str]:
    """Every module `path` imports, wherever in it, as a dotted name."""
    package = list(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:  # relative: from inside host_tools/pumprig
                base = package[1 : len(package) - node.level + 1]
                yield ".".join([*base, *([node.module] if node.module else [])])
            else:
                yield node.module or ""
                if node.module == "pumprig":
                    yield from (f"pumprig.{alias.name}" for alias in node.names)


def _files(room: Path) -> list[Path]:
    return [room] if room.is_file() else sorted(room.rglob("*.py"))


def test_every_room_is_in_the_tables() -> None:
    firmware = {p.name for p in FIRMWARE.iterdir() if p.suffix == ".py" or any(p.glob("*.py"))}
    host = {p.name for p in HOST.iterdir() if p.is_dir() and any(p.glob("*.py"))}
    assert firmware == set(FIRMWARE_ARROWS)
    assert host == set(HOST_ARROWS)


@pytest.mark.parametrize("room", FIRMWARE_ARROWS)
def test_firmware_arrows_point_one_way(room: str) -> None:
    for path in _files(FIRMWARE / room):
        ours = {name.split(".")[0] for name in _imports(path)} & OURS
        assert ours <= FIRMWARE_ARROWS[room], path


def test_only_drivers_and_the_loop_touch_hardware() -> None:
    allowed = {"drivers", "device.py", "main.py"}
    for path in _files(FIRMWARE):
        if path.relative_to(FIRMWARE).parts[0] not in allowed:
            assert not HARDWARE & {name.split(".")[0] for name in _imports(path)}, path


def test_the_controller_uses_next_to_nothing() -> None:
    for path in _files(FIRMWARE / "pump"):
        assert {name.split(".")[0] for name in _imports(path)} <= PUMP_LIBRARIES, path


def test_the_controller_knows_no_float() -> None:
    for path in _files(FIRMWARE / "pump"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
            assert not isinstance(node, ast.Div), where
            assert not (isinstance(node, ast.Name) and node.id == "float"), where


@pytest.mark.parametrize("room", HOST_ARROWS)
def test_host_arrows_point_one_way(room: str) -> None:
    for path in _files(HOST / room):
        rooms = {name.split(".")[1] for name in _imports(path) if name.startswith("pumprig.")} - {
            room
        }
        assert rooms <= HOST_ARROWS[room], path


def test_analysis_takes_records_from_the_rig_and_nothing_else() -> None:
    for path in _files(HOST / "analysis"):
        of_rig = {name for name in _imports(path) if name.startswith("pumprig.rig")}
        assert of_rig <= {"pumprig.rig.record"}, path


def test_the_ideal_shares_no_line_with_the_firmware() -> None:
    seen: set[Path] = set()
    to_read = [HOST / "analysis" / "ideal.py"]
    while to_read:
        path = to_read.pop()
        seen.add(path)
        for name in _imports(path):
            assert name.split(".")[0] not in {"pump", "link"}, path
            if name.startswith("pumprig.analysis."):
                other = HOST / "analysis" / f"{name.split('.')[2]}.py"
                if other not in seen:
                    to_read.append(other)
    assert len(seen) > 1  # it does have parts
