"""Which image does a run use?"""

from collections.abc import Callable
from pathlib import Path

from .cache import ImageCache, default_cache_dir
from .errors import ImageError
from .model import MICROPYTHON_VERSION, Board, Image, Progress, board_named
from .uf2 import read_uf2, require_family

__all__ = ("ensure_image",)

_WITHOUT_IMAGE = (
    "give an image you have: --image PATH (a .uf2 from MicroPython's download page)",
    "run without an image: make demo RIG=host, or pumprig run ... --rig host",
)


def ensure_image(
    board: str = "RPI_PICO",
    given: Path | None = None,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> Image:
    """A checked MicroPython image for ``board``, from the first place that has one.

    In this order: the ``given`` file (nothing else is tried, whatever comes of it), the cache,
    MicroPython's official download (gives up within 5 s without a network), a build from Debian's
    packages (about two minutes). The last two give exactly MicroPython ``MICROPYTHON_VERSION``
    and stay in the cache: ``cache_dir``, else ``$PUMPRIG_CACHE``, else ``.cache/pumprig``.

    Every image is refused unless it is a whole UF2 file of MicroPython for this board; that for
    RPI_PICO must also boot in the emulator. ImageError lists what was tried.
    """
    spec = board_named(board)
    say = progress if progress is not None else _silent
    if given is not None:
        try:
            return _examine(spec, given, "given", say)
        except ImageError as error:
            raise ImageError(error.what, do=_WITHOUT_IMAGE) from error
    cache = ImageCache(cache_dir if cache_dir is not None else default_cache_dir())
    image = cache.lookup(spec, say)
    if image is not None:
        return image
    with cache.lock(say):
        # Whoever held the lock before may have put the image there.
        return cache.lookup(spec, say) or _obtain(spec, cache, say)


def _obtain(spec: Board, cache: ImageCache, say: Progress) -> Image:
    # Imported late, as in _examine: the emulator behind it costs 0.1 s, a cached image does not.
    from . import debian, official

    sources: tuple[tuple[str, str, Callable[[Path], Path]], ...] = (
        ("official download", "official", lambda scratch: official.fetch(spec, scratch, say)),
        (
            "build from Debian packages",
            "debian",
            lambda scratch: debian.build(spec, scratch, cache.build_log(spec), say),
        ),
    )
    tried = [f"cache: no {cache.path(spec)}"]
    hints: list[str] = []
    for title, source, obtain in sources:
        try:
            with cache.scratch() as scratch:
                image = _examine(spec, obtain(scratch), source, say)
                if image.micropython_version != MICROPYTHON_VERSION:
                    raise ImageError(f"it is MicroPython {image.micropython_version}")
                return cache.store(image, verified_by_boot=spec.emulated)
        except ImageError as error:
            tried.append(f"{title}: {error.what}")
            hints += error.do
        except OSError as error:
            tried.append(f"{title}: {error}")
    raise ImageError(
        f"no MicroPython {MICROPYTHON_VERSION} image for {spec.name}",
        tried=tried,
        do=(*hints, *_WITHOUT_IMAGE),
    )


def _examine(spec: Board, path: Path, source: str, say: Progress) -> Image:
    uf2 = read_uf2(path)
    require_family(uf2, spec.family_id, spec.name)
    version = uf2.version
    if version is None:
        raise ImageError(f"{path} is no MicroPython image (it names no version)")
    if uf2.machine not in (None, spec.machine):
        raise ImageError(f"{path} is for a {uf2.machine}, {spec.name} is a {spec.machine}")
    if spec.emulated:
        from . import verify

        say("verify", f"booting {path.name} in the emulator")
        booted = verify.boot(path)
        if (booted.version, booted.machine) != (version, spec.machine):
            raise ImageError(f"{path} should be {version} for {spec.machine}, but boots {booted}")
    return Image(path, spec.name, version, uf2.sha256, source)


def _silent(stage: str, detail: str) -> None:
    pass
