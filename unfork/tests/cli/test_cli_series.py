"""``unfork series`` and the scan of an edit, as users run them."""

import json
from pathlib import Path

from command_line import Run
from making import Made

DIFF = "Subject: Change f\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"


def put(root: Path, path: str, text: str = DIFF) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_series(unfork: Run, tmp_path: Path) -> None:
    put(tmp_path, "d/patches/series", "b.patch\ngone.patch\n")
    put(tmp_path, "d/patches/b.patch")
    put(tmp_path, "d/patches/loose.patch")
    put(tmp_path, "plain/x.patch", "no patch\n")
    put(tmp_path, "image/Dockerfile", "FROM x\nRUN sed -i s/a/b/ /etc/f\n")
    code, out, _ = unfork("series", str(tmp_path))
    assert code == 1
    assert "missing: d/patches names gone.patch" in out
    assert "in no series: d/patches/loose.patch" in out
    assert "unreadable: plain: x.patch:1: is no patch" in out
    assert "3 series with 2 patches and 1 edit without a diff; 1 patch file in no series" in out
    code, out, _ = unfork("series", "--patches", "--quiet", str(tmp_path / "d"))
    assert "    b.patch  Change f\n" in out
    code, out, _ = unfork("series", "--json", "-", str(tmp_path))
    found = json.loads(out)
    assert found["schema"] == "unfork-series/1"
    assert [each["patches"][0]["edit"] for each in found["survey"]["series"]] == [None, "sed", None]


def test_series_of_nothing_and_of_a_folder_that_is_not_there(unfork: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, _ = unfork("series", str(tmp_path / "empty"))
    assert code == 0 and "no series found" in out
    code, _, err = unfork("series", str(tmp_path / "emty"))
    assert code == 3 and "empty" in err and "Traceback" not in err


def test_an_edit_in_every_form_of_a_scan(unfork: Run, tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        writer.commit("Base", {"nova/x.py": "import a\n"})
    made.git("tag", "1.0")
    with made.writing() as writer:
        writer.commit("More", {"nova/y.py": "import b\n"})
    put(
        tmp_path,
        "Dockerfile",
        "FROM x\nRUN sed -i s/import/export/ /usr/lib/python3/dist-packages/nova/x.py && \\\n"
        "    sed -i s/nothing/x/ /usr/lib/python3/dist-packages/nova/y.py\n",
    )
    scan = ("--series", str(tmp_path / "Dockerfile"), "--upstream", str(made.path), "--base", "1.0")
    code, out, err = unfork("scan", *scan, "--suggest")
    assert code == 0, err
    rows = [line.split() for line in out.splitlines() if line.startswith("Dockerfile")]
    assert [row[:7] for row in rows] == [
        ["Dockerfile:2", "unknown", "-", "-", "clean", "clean", "decide"],
        ["Dockerfile:3", "unknown", "-", "-", "obsolete", "obsolete", "decide"],
    ]
    assert "unreadable" not in out
    files = {form: tmp_path / f"report.{form}" for form in ("json", "html", "markdown")}
    code, _, err = unfork(
        "scan", *scan, *(part for form in files for part in (f"--{form}", str(files[form])))
    )
    assert code == 0, err
    patches = json.loads(files["json"].read_text())["patches"]
    assert [each["edit"] for each in patches] == ["sed", "sed"]
    assert any("without a diff" in each["detail"] for each in patches[0]["evidence"])
    for form in ("html", "markdown"):
        assert "Dockerfile:3" in files[form].read_text()
    code, out, err = unfork("show", "Dockerfile:3", *scan)
    assert code == 0, err
    assert "it matches nothing there" in out
    snapshot = tmp_path / "snapshot"
    put(snapshot, "nova/x.py", "import a\n")
    code, out, err = unfork("scan", *scan[:2], "--upstream", str(snapshot))
    assert code == 0, err
    assert "Dockerfile:2  unknown" in out and "clean" in out
