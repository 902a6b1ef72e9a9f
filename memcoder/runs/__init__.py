"""The run store: append-only trajectories, resume, listing, one self-contained HTML page of a run."""
