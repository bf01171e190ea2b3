"""What headers of patches say of upstream, in three forms, read and written back byte for byte."""

from unfork.headers.read import read_header
from unfork.headers.write import contradicted, write_header

__all__ = ["contradicted", "read_header", "write_header"]
