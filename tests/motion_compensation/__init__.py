"""Proof of motion vectors from pixels alone: see `check`; a module for each codec's own interpolation."""

from motion_compensation.check import Comparison, compare
from motion_compensation.pictures import decode_luma

__all__ = ["Comparison", "compare", "decode_luma"]
