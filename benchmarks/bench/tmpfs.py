"""Where /sys, /proc and /run of a host made of files belong: in memory, as the kernel's do."""

from pathlib import Path

ON_TMPFS = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
