"""Who does the tasks of a run: this process, workers on this machine, or a Ray cluster."""
