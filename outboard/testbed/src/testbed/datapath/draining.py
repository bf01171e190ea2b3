"""``outboard netbalance drain`` on the data-path bed, as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path

from testbed.datapath.bed import DataPath
from testbed.errors import BedError

PROGRAM = Path(sys.executable).with_name("outboard")


def drain(bed: DataPath, host: str, folder: Path, program: Path = PROGRAM) -> str:
    """Empty ``host``; what the command printed. Its journal and its lease are in ``folder``.

    Raises ``BedError`` when it could not move everything.
    """
    folder.mkdir(exist_ok=True)
    settings = folder / "outboard.toml"
    settings.write_text(
        f'[host]\nstate_dir = "{folder}/state"\nrun_dir = "{folder}/run"\n'
        '[cloud]\nname = "testbed"\ninterface = "public"\ntimeout = 60.0\n'
    )
    environment = {
        **os.environ,
        "OS_CLIENT_CONFIG_FILE": str(bed.bed.layout.clouds_yaml), "OUTBOARD_CONFIG": str(settings),
    }  # fmt: skip
    done = subprocess.run(
        [program, "netbalance", "drain", host],
        env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        raise BedError(f"outboard netbalance drain {host}: ended with {done.returncode}\n{done.stdout}")
    return done.stdout
