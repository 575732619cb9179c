"""Download, build tools and boot check: bounded, and refusing with the line that helps."""

import http.server
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pumprig.image import official, packages, verify
from pumprig.image.command import CommandLog
from pumprig.image.debian import build
from pumprig.image.errors import ImageError
from pumprig.image.model import BOARDS

PICO = BOARDS["RPI_PICO"]


def quiet(stage: str, detail: str) -> None:
    pass


def test_a_server_that_does_not_answer_ends_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(official, "CONNECT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        monkeypatch.setattr(official, "_address", lambda board: url)
        with pytest.raises(ImageError, match="no connection within"):
            official.fetch(PICO, tmp_path, quiet)


@pytest.mark.parametrize("status", [200, 404])
def test_a_download_gives_the_file_or_the_servers_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"image")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(official, "_address", lambda board: url)
        threading.Thread(target=server.handle_request, daemon=True).start()
        if status == 200:
            assert official.fetch(PICO, tmp_path, quiet).read_bytes() == b"image"
        else:
            with pytest.raises(ImageError, match="Not Found"):
                official.fetch(PICO, tmp_path, quiet)


def test_a_board_without_a_known_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no official address of RPI_PICO2"):
        official.fetch(BOARDS["RPI_PICO2"], tmp_path, quiet)


def test_the_address_table_knows_the_pinned_version() -> None:
    assert official._address(PICO)
    assert official._address(BOARDS["RPI_PICO_W"])


def test_a_wireless_board_cannot_be_built(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="wireless driver that RPI_PICO_W needs"):
        build(BOARDS["RPI_PICO_W"], tmp_path, tmp_path / "log", quiet)


def test_an_ordinary_user_reads_the_exact_line_that_installs_the_toolchain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(packages, "_missing", lambda: ["cmake", "make"])
    with pytest.raises(ImageError, match=r"sudo apt-get install cmake make$"):
        packages.ensure_toolchain(CommandLog(tmp_path / "log"), quiet)


def test_a_machine_without_apt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(ImageError, match="no Debian machine"):
        packages.ensure_toolchain(CommandLog(tmp_path / "log"), quiet)


class FakeApt(CommandLog):
    """FAKE: answers `apt-get indextargets` from two lists, with and without release data."""

    def __init__(self, log: Path, known: list[str], raw: list[str]) -> None:
        super().__init__(log)
        self._known, self._raw = known, raw

    def run(
        self,
        what: str,
        *command: str | Path,
        cwd: Path | None = None,
        each_line: Callable[[str], None] | None = None,
    ) -> list[str]:
        return self._raw if "--no-release-info" in command else self._known


@pytest.mark.parametrize(
    ("known", "raw", "mirror"),
    [
        (["a:/x Other Other", "cdrom:x Debian Debian", "a:/d Debian Debian"], [], "a:/d"),
        ([], ["a:/security/ $(ORIGIN)", "a:/e/ $(ORIGIN)"], "a:/e/"),
        (["a:/x Ubuntu Ubuntu"], [], None),
    ],
)
def test_the_mirror_is_the_one_apt_uses_for_debian(
    tmp_path: Path, known: list[str], raw: list[str], mirror: str | None
) -> None:
    apt = FakeApt(tmp_path / "log", known, raw)
    if mirror is None:
        with pytest.raises(ImageError, match="no Debian mirror"):
            packages._mirror(apt)
    else:
        assert packages._mirror(apt) == mirror


def test_a_failed_step_names_its_log_and_the_telling_line(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "build.log"
    script = "echo first; echo 'a.c:1: error: no such thing'; echo last; exit 3"
    with pytest.raises(ImageError, match=r"compiling failed \(a\.c:1: error: no such") as failed:
        CommandLog(log).run("compiling", "sh", "-c", script)
    assert str(log) in str(failed.value)
    assert "last" in log.read_text()


def test_a_callers_make_and_compiler_flags_do_not_reach_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAKEFLAGS", "CFLAGS", "PICO_SDK_PATH"):
        monkeypatch.setenv(name, "foreign")
    lines = CommandLog(tmp_path / "log", ADDED="1").run("env", "env")
    assert not [line for line in lines if line.endswith("=foreign")]
    assert "ADDED=1" in lines


def test_an_interrupted_step_stops_its_processes(tmp_path: Path) -> None:
    seen: list[int] = []

    def interrupt(line: str) -> None:
        seen.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CommandLog(tmp_path / "log").run(
            "waiting", "sh", "-c", "echo $$; exec sleep 600", each_line=interrupt
        )
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (b"\x00\xbe", "stopped at a breakpoint"),
        (b"\xfe\xe7", "no USB console"),
    ],
    ids=["breakpoint", "endless loop"],
)
def test_code_that_is_no_micropython_is_refused_in_simulated_time(
    tmp_path: Path,
    uf2: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    code: bytes,
    reason: str,
) -> None:
    monkeypatch.setattr(verify, "_ENUMERATE_S", 0.05)
    path = tmp_path / "a.uf2"
    path.write_bytes(uf2(code * 256))
    with pytest.raises(ImageError, match=f"does not boot: .*{reason}"):
        verify.boot(path)
