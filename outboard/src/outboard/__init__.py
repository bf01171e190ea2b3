"""Services beside stock OpenStack that do what StarlingX once patched into it."""

__version__ = "0.1.0"
