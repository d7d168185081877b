"""mpeg2video: MPEG-2, FFmpeg's own."""

from codecorpus.encode import libavcodec, rates

ENCODER = libavcodec.encoder("mpeg2video", "mpeg2", "mpeg2", ("yuv420p", "yuv422p"), rates.mpeg2_rate)
