"""mpeg4: MPEG-4 Part 2, FFmpeg's own."""

from codecorpus.encode import libavcodec, rates

ENCODER = libavcodec.encoder("mpeg4", "mpeg4", "mpeg4", ("yuv420p",), rates.mpeg4_rate)
