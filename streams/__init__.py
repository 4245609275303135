"""Stream processors: read facts, publish verdicts."""
