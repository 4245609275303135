"""A real single-node Kafka on this machine, without Docker: for laptops, tests and CI.

`settings` says how the node is set up (docker-compose.yml agrees with it, by a test), `java` and `jars` find
its parts, `process` knows a process by more than its number, `node` starts and stops it.
"""
