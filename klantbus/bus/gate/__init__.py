"""The gate before the contract: what may not get in, because somebody could no longer read it.

    of one file    one_file   shape, docs, personal text, defaults of enums, no cheap bombs
    of two files   pairs      every version reads every other, by Apache's checker and where that is blind
    of the folder  folder     released files never change, ids never meet, golden bytes stay readable

Each rule is a function that yields `Finding`s; no finding, and the gate is open.
"""

from klantbus.bus.gate.finding import Finding
from klantbus.bus.gate.folder import check_folder

__all__ = ["Finding", "check_folder"]
