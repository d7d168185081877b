"""How fast streams are read, as ratios against named peers measured in the same run: `scripts/bench`."""
