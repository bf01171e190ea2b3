"""How the processes of guests ended, kept on disk by whoever was there to see it.

Light on purpose: the witness of its own, ``outboard exits``, loads this and no libvirt.
"""

from outboard.exits.records import Records, key_of
from outboard.exits.settings import GuestFiles, records_of
from outboard.exits.watch import ExitWatch

__all__ = ["ExitWatch", "GuestFiles", "Records", "key_of", "records_of"]
