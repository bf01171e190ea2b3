"""What ``unfork series`` finds in a downstream whose patch files somebody has listed by hand.

    benchmarks/carried_series.py TABLE NAME=REPO@REV [NAME=REPO@REV ...] [--upstream PROJECT=REPO]

TABLE is a CSV with the columns layer, package, distro, kind, base_version, patch_file and in_series; NAME
is the layer a repository stands for. The order is checked against the lines of the series files as git
shows them, the edits against the lines of image recipes that hold "sed -i". For each image recipe whose
project has an ``--upstream``, its edits are tried on the revision the recipe names.
"""

import argparse
import csv
import posixpath
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from unfork.commands.scan import ScanRequest, run_scan
from unfork.commands.series import run_survey
from unfork.model.survey import Found, Survey

Key = tuple[str, str, str, str, str]  # layer, package, distro, kind, file


def main() -> int:
    """Print the table; exit code 1 when something differs from the list."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("layers", nargs="+", metavar="NAME=REPO@REV")
    parser.add_argument("--upstream", action="append", default=[], metavar="PROJECT=REPO")
    parser.add_argument("--cache-dir", type=Path)
    asked = parser.parse_args()
    layers = dict(each.split("=", 1) for each in asked.layers)
    found = {layer: run_survey(place) for layer, place in layers.items()}
    with asked.table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = _files(rows, found) + _orders(layers, found) + _edits(layers, found)
    _states(found, dict(each.split("=", 1) for each in asked.upstream), asked.cache_dir)
    print(f"\n{wrong} differences")
    return 1 if wrong else 0


def _files(rows: Iterable[Mapping[str, str]], found: Mapping[str, Survey]) -> int:
    """Every file of the list, where the survey has it, and its base."""
    read: dict[Key, str | None] = {}
    loose: set[Key] = set()
    unreadable = []
    for layer, survey in found.items():
        for each in survey.series:
            for patch in each.patches:
                if patch.edit is None:
                    read[_key(layer, posixpath.join(each.path, patch.name))] = each.base
                if patch.error:
                    unreadable.append(f"{layer}: {each.path}/{patch.name}: {patch.error}")
        loose |= {_key(layer, path) for path in survey.loose}
    counts: Counter[str] = Counter()
    wrong = []
    for row in rows:
        key = (row["layer"], row["package"], row["distro"], row["kind"], row["patch_file"])
        expected = loose if row["in_series"] == "NO" else read
        counts["in no series" if row["in_series"] == "NO" else "in a series"] += 1
        if key not in expected:
            wrong.append(f"not found as listed: {key}")
        elif key in read and not _same_base(row["base_version"], read[key]):
            wrong.append(f"another base: {key}: {read[key]}")
        else:
            counts["as listed"] += 1
    listed = {(r["layer"], r["package"], r["distro"], r["kind"], r["patch_file"]) for r in rows}
    wrong += [f"found and not listed: {key}" for key in sorted({*read, *loose} - listed)]
    print(f"patch files listed                {sum(counts.values()) - counts['as listed']}")
    print(f"  listed in a series              {counts['in a series']}, read {len(read)}")
    print(f"  listed in none                  {counts['in no series']}, found {len(loose)}")
    print(f"  found as listed, with its base  {counts['as listed']}")
    print(f"  unreadable                      {len(unreadable)}")
    print("".join(f"    {key[0]} {key[1]} {key[2]} {key[4]}\n" for key in sorted(loose)), end="")
    print("".join(f"  {text}\n" for text in [*wrong, *unreadable]), end="")
    return len(wrong) + len(unreadable)


def _key(layer: str, path: str) -> Key:
    """StarlingX's layout: PACKAGE/debian/DISTRO/{patches,deb_patches,deb_folder/patches}/FILE."""
    parts = path.split("/")
    at = parts.index("debian")
    folder = parts[at + 2]
    kind = {"patches": "source", "deb_patches": "packaging", "deb_folder": "chart"}[folder]
    return layer, parts[at - 1], parts[at + 1], kind, parts[-1]


def _same_base(listed: str, found: str | None) -> bool:
    """The list has commits shortened."""
    version, _, commit = (listed.rstrip(")")).partition(" (git ")
    return found is not None and found.startswith(version) and commit in found


def _orders(layers: Mapping[str, str], found: Mapping[str, Survey]) -> int:
    wrong = checked = 0
    for layer, survey in found.items():
        for each in survey.series:
            if each.carrier not in ("quilt", "debian"):
                continue
            lines = _git_show(layers[layer], f"{each.path}/series").splitlines()
            names = [line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("#")]
            checked += 1
            wrong += names != [patch.name for patch in each.patches]
    print(f"series files                      {checked}, in another order {wrong}")
    return wrong


def _edits(layers: Mapping[str, str], found: Mapping[str, Survey]) -> int:
    """Edits against the lines of image recipes that hold "sed -i"."""
    wrong = total = 0
    for layer, survey in found.items():
        place, _, revision = layers[layer].rpartition("@")
        done = subprocess.run(
            ["git", "-C", place, "grep", "-n", "sed -i", revision, "--", "*docker_image"],
            capture_output=True,
            text=True,
            check=False,
        )
        lines = {":".join(line.split(":", 3)[1:3]) for line in done.stdout.splitlines()}
        names = {
            posixpath.join(posixpath.dirname(each.path), patch.name)
            for each in survey.series
            for patch in each.patches
            if each.carrier == "edits" and patch.edit == "sed"
        }
        total += len(names)
        wrong += len(lines ^ names)
    print(f"edits in image recipes            {total}, differing from the lines that grep finds {wrong}")
    return wrong


def _states(found: Mapping[str, Survey], upstreams: Mapping[str, str], cache: Path | None) -> None:
    for survey in found.values():
        for each in survey.series:
            upstream = upstreams.get(each.package or "")
            if each.carrier == "edits" and upstream and each.base:
                _state(each, upstream, cache)


def _state(each: Found, upstream: str, cache: Path | None) -> None:
    revision = each.base or ""
    for target in (revision, "HEAD"):
        request = ScanRequest(
            series=each.spec, upstream=upstream, base=f"{target}~1", target=target, cache_dir=cache
        )
        for verdict in run_scan(request).patches:
            said = "; ".join(reason.detail for reason in verdict.evidence if reason.method == "state")
            print(f"  {verdict.name} on {target[:12]}: {verdict.state}: {said}")


def _git_show(place: str, path: str) -> str:
    repository, _, revision = place.rpartition("@")
    name = re.sub(r"^\./", "", path)
    done = subprocess.run(
        ["git", "-C", repository, "show", f"{revision}:{name}"], capture_output=True, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
