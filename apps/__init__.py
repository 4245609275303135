"""What you start: wiring, no rules."""
