"""MicroPython images: get one, build one, check one, flash one."""

from .errors import ImageError
from .get import ensure_image
from .model import BOARDS, MICROPYTHON_VERSION, BoardName, Image, Progress

__all__ = (
    "BOARDS",
    "MICROPYTHON_VERSION",
    "BoardName",
    "Image",
    "ImageError",
    "Progress",
    "ensure_image",
)
