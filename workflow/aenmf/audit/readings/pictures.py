"""Marks in a picture: its pixels by colour, and the connected pieces of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from scipy import ndimage

from aenmf.errors import UserError


@dataclass(frozen=True)
class Blob:
    """A connected piece of pixels: its box [top, bottom) × [left, right), and which pixels of the box belong to it."""

    top: int
    left: int
    pixels: np.ndarray

    @property
    def height(self) -> int:
        """Rows of the box."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns of the box."""
        return self.pixels.shape[1]

    @property
    def centre(self) -> tuple[float, float]:
        """Mean row and column of the pixels."""
        rows, columns = np.nonzero(self.pixels)
        return self.top + float(rows.mean()), self.left + float(columns.mean())


def read_picture(path: Path) -> np.ndarray:
    """The picture as (height, width, 3) bytes of red, green and blue.

    Raises:
        UserError: there is no such file, or it is no picture.
    """
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, UnidentifiedImageError) as error:
        remedy = "Give the folder plots/ of the published archive"
        raise UserError("the picture cannot be read", where=str(path), remedy=remedy) from error


def near(picture: np.ndarray, colour: tuple[int, int, int], most: int) -> np.ndarray:
    """Which pixels differ from a colour by at most so much in each of its three parts: (height, width)."""
    close = np.ones(picture.shape[:2], bool)
    for part, value in enumerate(colour):
        close &= (picture[..., part] >= max(value - most, 0)) & (picture[..., part] <= min(value + most, 255))
    return close


def blobs(mask: np.ndarray, least: int = 1) -> list[Blob]:
    """The connected pieces of a mask with at least so many pixels; pixels that touch at a corner are connected."""
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    found = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        pixels = labels[rows, columns] == number
        if pixels.sum() >= least:
            found.append(Blob(rows.start, columns.start, pixels))
    return found
