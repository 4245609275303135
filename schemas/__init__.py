"""The contract: one Avro file per event type and version, and the few lines that read them."""
