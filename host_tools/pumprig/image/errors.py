"""What does a person read when an image cannot be had, checked or flashed?"""

from collections.abc import Sequence

__all__ = ("ImageError",)


class ImageError(Exception):
    """Refusal to hand out, accept or flash a MicroPython image.

    ``what`` is one clear line, ``tried`` what was attempted and why each attempt ended, ``do``
    what the reader can do now. ``str(error)`` is the whole text, ready to print.
    """

    def __init__(self, what: str, tried: Sequence[str] = (), do: Sequence[str] = ()) -> None:
        self.what = what
        self.tried = tuple(tried)
        self.do = tuple(do)
        lines = [what]
        if self.tried:
            lines += ["  tried:", *(f"  - {line}" for line in self.tried)]
        if self.do:
            lines += ["  what to do:", *(f"  - {line}" for line in self.do)]
        super().__init__("\n".join(lines))
