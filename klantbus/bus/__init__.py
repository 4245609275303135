"""The shell around the log: envelope, codec, topics, the two logs, the desk, what is parked."""
