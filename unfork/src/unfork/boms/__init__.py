"""Bills of materials: the pedigree of a patched component as CycloneDX has it, written and read.

All of it through the standard's own library, which takes a second to load: import late.
"""

from unfork.boms.read import read_pedigree
from unfork.boms.write import write_pedigree

__all__ = ["read_pedigree", "write_pedigree"]
