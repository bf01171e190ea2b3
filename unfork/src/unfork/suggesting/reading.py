"""Reads all that upstream wrote about its changes: messages, release notes, changelogs, specifications."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from unfork.git import Repository, TreeEntry
from unfork.history import Source
from unfork.suggesting.changelogs import News, read_news
from unfork.suggesting.commits import Commits
from unfork.suggesting.documents import Document, Documents, Writer, beginning
from unfork.suggesting.notes import is_note, read_notes
from unfork.suggesting.options import defines_options, new_options
from unfork.suggesting.specs import is_spec, latest, read_specs
from unfork.suggesting.words import prose, shown

_NAMED = 3  # broken files named in a warning
# Entries one commit may bring to a changelog and still be what they tell of: with more it is the
# commit that collects them for a release.
_OWN = 3
_FORMAT = "%x00".join(("%H", "%B")) + "%x00"


Specs = Sequence[tuple[Repository, str]]  # repositories of specifications, and the commit to read


def read_documents(commits: Commits, specs: Specs, *, title: int) -> Documents:
    """Read all there is, the subject of a commit ``title`` times; what cannot be read is named in the
    warnings."""
    writer = Writer()
    gathered = _Gathered(commits)
    files = commits.file_names()
    for source in commits.sources:
        with ThreadPoolExecutor(max_workers=1) as beside:
            reading = beside.submit(new_options, source.repository, _defining(commits, source))
            gathered.read_trees(source)
            messages = list(_messages(source.repository, source.graph.shas))
            options = reading.result()
        for place, (sha, message) in enumerate(messages, start=source.first):
            kind, path, note = gathered.notes.get(place, ("commit", "", ""))
            new = options.get(sha, ())
            subject, _, body = message.partition("\n")
            writer.add(
                Document(kind=kind, places=(place,), path=shown(path), says=beginning(note), options=new),
                (*[subject] * title, prose(body), note, next(files), " ".join(new)),
            )
    for repository, commit in specs:
        gathered.add_specs(repository, repository.tree(commit), own=False)
    for document, text in gathered.others:
        writer.add(document, (text,))
    return writer.written(gathered.warnings)


def _messages(repository: Repository, shas: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Hash and whole message of each commit, in the order named: one git process."""
    out = repository.run(
        "log", "--no-walk=unsorted", "--stdin", "--encoding=UTF-8", f"--format={_FORMAT}",
        stdin=("\n".join(shas) + "\n").encode(),
    )  # fmt: skip
    fields = out.decode("utf-8", "replace").split("\0")
    for at in range(0, len(fields) - 2, 2):
        yield fields[at].lstrip("\n"), fields[at + 1]


class _Gathered:
    """Notes by the commit that brought them, and what stands for itself."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self.notes: dict[int, tuple[str, str, str]] = {}  # by place: kind, path and text
        self.others: list[tuple[Document, str]] = []
        self.warnings: list[str] = []

    def read_trees(self, source: Source) -> None:
        """Read the trees of a repository that is searched, newest last. What is there already at the
        begin of the range is no news."""
        repository, wanted = source.repository, source.wanted
        old = repository.tree(wanted.since) if wanted.since else {}
        trees = [repository.tree(revision) for revision in dict.fromkeys((*wanted.tips, wanted.target))]
        tree = {path: entry for each in reversed(trees) for path, entry in each.items()}
        self._add_notes(source, {path: tree[path] for path in tree if is_note(path) and path not in old})
        news, broken = read_news(self._commits, source, tree, old)
        self._add_news(news)
        self._warn(broken, "changelog")
        self.add_specs(repository, {path: tree[path] for path in tree if path not in old}, own=True)

    def _add_notes(self, source: Source, notes: Mapping[str, TreeEntry]) -> None:
        # Newest first, so that the oldest commit that touched a note stays: the one that brought it.
        brought = {path: place for place, path in self._commits.touching(source, notes)}
        wanted = {path: notes[path] for path in notes if path in brought}
        texts, broken = read_notes(source.repository, wanted)
        for path, text in texts.items():
            self._note(brought[path], "release-note", path, text)
        self._warn(broken, "release note")

    def _add_news(self, news: Sequence[News]) -> None:
        many: dict[int | None, int] = {}
        for each in news:
            many[each.place] = many.get(each.place, 0) + 1
        for each in news:
            if each.place is not None and many[each.place] <= _OWN:
                self._note(each.place, "changelog", each.entry.path, each.entry.text)
                continue
            about = Document(
                kind="changelog",
                path=shown(each.entry.path),
                title=beginning(each.entry.text),
                release=each.entry.release or each.entry.date,
            )
            self.others.append((about, each.entry.text))

    def _note(self, place: int, kind: str, path: str, text: str) -> None:
        kind, path, before = self.notes.get(place, (kind, path, ""))
        self.notes[place] = (kind, path, f"{before}\n\n{text}".strip())

    def add_specs(self, repository: Repository, tree: Mapping[str, TreeEntry], *, own: bool) -> None:
        """Take the specifications that are news: new in the upstream's tree (``own``), or of a
        blueprint that a searched commit names. Others are older, or were never done."""
        paths = {path: tree[path] for path in tree if is_spec(path)}
        for spec in latest(read_specs(repository, paths)):
            places = tuple(self._commits.by_id.get(f"blueprint:{spec.blueprint}", ()))
            if own or places:
                about = Document(
                    kind="spec",
                    places=places,
                    path=shown(spec.path),
                    title=shown(spec.title),
                    release=shown(spec.release) if spec.release else None,
                    blueprint=shown(spec.blueprint),
                )
                self.others.append((about, spec.text))

    def _warn(self, broken: Mapping[str, str], what: str) -> None:
        if not broken:
            return
        names = [f"{shown(path)} ({why})" for path, why in sorted(broken.items())]
        more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        count = f"1 {what} was" if len(names) == 1 else f"{len(names)} {what}s were"
        self.warnings.append(f"{count} left out, not readable: {', '.join(names[:_NAMED])}{more}")


def _defining(commits: Commits, source: Source) -> list[str]:
    """The commits of a repository that touch a file where options are defined."""
    paths = [path for path in commits.paths if defines_options(path)]
    places = sorted({place for place, _ in commits.touching(source, paths)})
    return [commits.shas[place] for place in places]
