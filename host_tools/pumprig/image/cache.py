"""Where do images live between runs, and when is one still good?

``images/BOARD-VERSION.uf2`` with a JSON record beside it. An image counts only while its record
names its SHA-256, and both files arrive by rename, so no interruption leaves a half image that
later passes for a whole one.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ImageError
from .model import MICROPYTHON_VERSION, Board, Image, Progress

__all__ = ("ImageCache", "default_cache_dir")


def default_cache_dir() -> Path:
    """``$PUMPRIG_CACHE``, else ``.cache/pumprig`` of the checkout, else of the home directory."""
    chosen = os.environ.get("PUMPRIG_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    for parent in Path(__file__).resolve().parents:
        if (parent / "pyproject.toml").is_file():
            return parent / ".cache" / "pumprig"
    return Path.home() / ".cache" / "pumprig"


class ImageCache:
    """The images under one directory. Nothing is created before something is stored."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._images = root / "images"

    def path(self, board: Board) -> Path:
        return self._images / f"{board.name}-{MICROPYTHON_VERSION}.uf2"

    def build_log(self, board: Board) -> Path:
        return self.root / f"build-{board.name}.log"

    def lookup(self, board: Board, progress: Progress) -> Image | None:
        """The cached image, or None. One that differs from its record is discarded, and said."""
        path = self.path(board)
        if not path.is_file():
            return None
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        reason = _mismatch(path.with_suffix(".json"), sha256)
        if reason is None:
            return Image(path, board.name, MICROPYTHON_VERSION, sha256, "cache")
        path.unlink()
        path.with_suffix(".json").unlink(missing_ok=True)
        progress("cache", f"discarded {path.name}: {reason}")
        return None

    def store(self, image: Image, verified_by_boot: bool) -> Image:
        """Keep a copy of ``image``; returns it as it now lies in the cache, source unchanged."""
        self._images.mkdir(parents=True, exist_ok=True)
        path = self._images / f"{image.board}-{image.micropython_version}.uf2"
        _replace(path, image.path.read_bytes())
        # The record comes last: an image without it, or with an older one, does not count.
        record = {
            "board": image.board,
            "micropython_version": image.micropython_version,
            "sha256": image.sha256,
            "source": image.source,
            "verified_by_boot": verified_by_boot,
        }
        _replace(path.with_suffix(".json"), json.dumps(record, indent=2).encode() + b"\n")
        return Image(path, image.board, image.micropython_version, image.sha256, image.source)

    @contextmanager
    def lock(self, progress: Progress) -> Iterator[None]:
        """One process at a time fetches or builds; the kernel drops the lock of a dead one."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = (self.root / "image.lock").open("w")
        except OSError as error:
            raise ImageError(
                f"cannot write to the cache {self.root}: {error.strerror}",
                do=["choose another with the environment variable PUMPRIG_CACHE"],
            ) from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("cache", "waiting: another pumprig is preparing an image")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A directory that is gone afterwards, and that of a killed run with it. Hold the lock."""
        for leftover in self.root.glob("scratch-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        # MicroPython's build cannot cope with a space in its path.
        parent = None if any(map(str.isspace, str(self.root))) else self.root
        with tempfile.TemporaryDirectory(prefix="scratch-", dir=parent) as name:
            yield Path(name)


def _mismatch(record: Path, sha256: str) -> str | None:
    """Why the record does not vouch for an image of that hash; None if it does."""
    try:
        recorded = json.loads(record.read_text())["sha256"]
    except FileNotFoundError:
        return "it has no record (an interrupted run?)"
    except (OSError, ValueError, KeyError, TypeError):
        return "its record cannot be read"
    return None if recorded == sha256 else "its SHA-256 differs from its record"


def _replace(path: Path, data: bytes) -> None:
    """Write through a file beside ``path``: there is the old content or the new, never a part."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
