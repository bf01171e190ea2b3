"""Results in, bytes or text out. Nothing here reads, writes or decides.

One module a form: ``text``, ``json``, ``markdown``, ``html`` for a scan; ``align`` and ``show`` for one
patch; ``tables`` for small results. Import the one you need: what JSON or HTML costs to import, a
table in a terminal does not pay.
"""

from unfork.reports._safe import printable

__all__ = ["printable"]
