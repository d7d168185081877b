"""Frames with what their encoders decided drawn on them (extra `view`)."""
