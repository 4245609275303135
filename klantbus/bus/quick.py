"""The part of the bus that is written in C, where `make compiled` built it: reading facts and records."""

from importlib import import_module
from types import ModuleType

native: ModuleType | None
try:
    native = import_module("klantbus.bus.native")
except ImportError:  # as it is without a C compiler
    native = None
