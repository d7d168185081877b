"""Intrinsics in the shapes that models of others are fed, each with the paper or repository that it is of."""

from __future__ import annotations

from codecorpus.layouts.accumulated import Accumulated, accumulate, residual_images
from codecorpus.layouts.camera import Camera, MotionScore, compensate, motion_score
from codecorpus.layouts.control import control_video
from codecorpus.layouts.points import video_lavit, videocomposer
from codecorpus.layouts.resized import resize_flow

__all__ = [
    "Accumulated",
    "Camera",
    "MotionScore",
    "accumulate",
    "compensate",
    "control_video",
    "motion_score",
    "residual_images",
    "resize_flow",
    "video_lavit",
    "videocomposer",
]
