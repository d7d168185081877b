"""Intra prediction of luma blocks whose prediction is simple, from the decoded samples around them."""

from __future__ import annotations

import numpy as np
from motion_compensation.pictures import Samples
from motion_compensation.residual import Transform


def _around(picture: Samples, transform: Transform) -> tuple[Samples, Samples, int]:
    """The row above a block, the column to its left, and the sample between them."""
    x, y, w, h = transform[1:5]
    return picture[y - 1, x : x + w], picture[y : y + h, x - 1], int(picture[y - 1, x - 1])


def _vertical(above: Samples, height: int) -> Samples:
    return np.repeat(above[None, :], height, axis=0)


def _horizontal(left: Samples, width: int) -> Samples:
    return np.repeat(left[:, None], width, axis=1)


def _dc(above: Samples, left: Samples) -> int:
    count = len(above) + len(left)
    return int((above.sum() + left.sum() + count // 2) // count)


def h264(picture: Samples, transform: Transform, depth: int) -> Samples | None:
    """Intra_16x16 (8.3.3) of a macroblock with DC coefficients."""
    if transform.type != "Intra16x16DCLevel":
        return None
    above, left, corner = _around(picture, transform)
    match transform.mode:
        case "Intra_16x16_Vertical":
            return _vertical(above, 16)
        case "Intra_16x16_Horizontal":
            return _horizontal(left, 16)
        case "Intra_16x16_DC":
            return np.full((16, 16), _dc(above, left))
        case "Intra_16x16_Plane":
            slopes = []
            for edge in (above, left):
                line = np.concatenate([[corner], edge])
                slopes.append(sum(i * int(line[8 + i] - line[8 - i]) for i in range(1, 9)))
            across, down = ((5 * slope + 32) >> 6 for slope in slopes)
            place = np.arange(16) - 7
            base = 16 * int(above[-1] + left[-1])
            return np.clip((base + across * place[None, :] + down * place[:, None] + 16) >> 5, 0, (1 << depth) - 1)
    return None


def hevc(picture: Samples, transform: Transform, depth: int) -> Samples | None:
    """INTRA_DC, and the vertical and horizontal directions (8.4.4.2.5, 8.4.4.2.6), with their filtered edges."""
    if transform.partition != "PART_2Nx2N":
        return None
    above, left, corner = _around(picture, transform)
    size, highest = transform.w, (1 << depth) - 1
    match transform.mode:
        case "INTRA_DC":
            dc = _dc(above, left)
            block = np.full((size, size), dc)
            if size < 32:
                block[0, :] = (above + 3 * dc + 2) >> 2
                block[:, 0] = (left + 3 * dc + 2) >> 2
                block[0, 0] = (left[0] + 2 * dc + above[0] + 2) >> 2
            return block
        case "INTRA_ANGULAR26":
            block = _vertical(above, size)
            if size < 32:
                block[:, 0] = np.clip(above[0] + ((left - corner) >> 1), 0, highest)
            return block
        case "INTRA_ANGULAR10":
            block = _horizontal(left, size)
            if size < 32:
                block[0, :] = np.clip(left[0] + ((above - corner) >> 1), 0, highest)
            return block
    return None


def vp9(picture: Samples, transform: Transform, depth: int) -> Samples | None:
    """V_PRED, H_PRED, TM_PRED and DC_PRED (8.5.1) of blocks of 8x8 and more."""
    if transform.partition in {"BLOCK_4X4", "BLOCK_4X8", "BLOCK_8X4"}:
        return None
    above, left, corner = _around(picture, transform)
    match transform.mode:
        case "V_PRED":
            return _vertical(above, transform.h)
        case "H_PRED":
            return _horizontal(left, transform.w)
        case "TM_PRED":
            return np.clip(left[:, None] + above[None, :] - corner, 0, (1 << depth) - 1)
        case "DC_PRED":
            return np.full((transform.h, transform.w), _dc(above, left))
    return None
