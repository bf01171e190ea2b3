"""``unfork series``: every series below a folder, and the patch files in none."""

from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model.survey import Survey
from unfork.progress import Progress, Silent
from unfork.series.detect import detect
from unfork.series.folder import DiskFolder, Folder, TreeFolder
from unfork.series.survey import survey


def run_survey(place: str, *, progress: Progress | None = None) -> Survey:
    """List the series below ``DIR`` or ``REPO@REV:DIR``; raises ``InputError`` when there is none such."""
    progress = progress or Silent()
    folder: Folder
    path = Path(place).expanduser()
    if path.is_dir():
        if (path / "HEAD").is_file() and (path / "objects").is_dir():
            raise InputError("is a bare repository", where=place, hint=f"name a commit of it: {place}@HEAD")
        folder, start = DiskFolder(path), place.rstrip("/")
    else:
        found = detect(place)
        if found.carrier != "tree":
            raise InputError("is no folder", where=place, hint="expected a directory, or REPO@REV:DIR")
        folder = TreeFolder(Repository(found.path), found.revision, found.directory)
        start = f"{found.path}@{found.revision}:{found.directory}"
    joint = "" if start.endswith(":") else "/"
    return survey(
        folder, place, lambda inside: f"{start}{joint}{inside}" if inside else start, progress=progress
    )
