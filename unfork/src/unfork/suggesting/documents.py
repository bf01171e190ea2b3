"""What upstream wrote about its changes, as documents to search: one a commit, with the release note
and the options it brought, and one a specification."""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from unfork.git import Repository, TreeEntry
from unfork.history import History, Source, only
from unfork.suggesting.notes import is_note, read_notes
from unfork.suggesting.options import defines_options, new_options
from unfork.suggesting.specs import is_spec, latest, read_specs
from unfork.suggesting.words import prose, shown, terms

_MOST = 4000  # terms of one document: nobody writes more about one change
_NAMED = 3  # broken notes named in a warning
_FORMAT = "%x00".join(("%H", "%B")) + "%x00"


class Document(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a document beside its terms."""

    place: int = -1  # of its commit in ``History.searched``; -1: none
    note: str = ""  # path of the release note the commit brought
    says: str = ""  # the note's first sentence
    options: tuple[str, ...] = ()
    spec: str = ""  # path of the specification, where it is one
    title: str = ""  # of the specification
    release: str | None = None  # by the specification's folder
    blueprint: str = ""
    places: tuple[int, ...] = ()  # commits that name the specification's blueprint, newest first


class Documents(msgspec.Struct, frozen=True):
    """All documents of a range, kept on disk: commits first, in the order searched."""

    vocabulary: list[str]
    terms: bytes  # numbers in the vocabulary, as 32-bit words: document after document
    sizes: list[int]  # terms of each document
    about: list[Document]
    warnings: list[str] = []

    def each(self) -> list[list[int]]:
        """The terms of each document."""
        numbers = array("I", self.terms).tolist()
        found: list[list[int]] = []
        at = 0
        for size in self.sizes:
            found.append(numbers[at : at + size])
            at += size
        return found


Specs = Sequence[tuple[Repository, str]]  # repositories of specifications, and the commit to read


def read_documents(history: History, specs: Specs = ()) -> Documents:
    """Read all there is; what cannot be read is named in the warnings."""
    gathered = _Gathered(history)
    for source in history.sources:
        gathered.read_trees(source)
    for repository, commit in specs:
        gathered.add_specs(repository, repository.tree(commit), own=False)
    writer = _Writer()
    for source in history.sources:
        options = new_options(source.repository, _defining(history, source))
        messages = _messages(source.repository, source.graph.shas)
        for place, (sha, message) in enumerate(messages, start=source.first):
            path, note = gathered.notes.get(place, ("", ""))
            names = options.get(sha, ())
            subject, _, body = message.partition("\n")
            writer.add(
                Document(place=place, note=shown(path), says=_first_sentence(note), options=names),
                (subject, prose(body), note, " ".join(names)),
            )
    for document, text in gathered.specs:
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


class _Writer:
    """Puts terms into numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms = array("I")
        self._sizes: list[int] = []
        self._about: list[Document] = []

    def add(self, about: Document, texts: Iterable[str]) -> None:
        before = len(self._terms)
        for text in texts:
            room = _MOST - (len(self._terms) - before)
            # A term has at least one character and no text is worth more than its beginning.
            for term in terms(text[: 64 * _MOST])[:room]:
                self._terms.append(self._numbers.setdefault(term, len(self._numbers)))
        self._sizes.append(len(self._terms) - before)
        self._about.append(about)

    def written(self, warnings: list[str]) -> Documents:
        return Documents(list(self._numbers), self._terms.tobytes(), self._sizes, self._about, warnings)


class _Gathered:
    """Release notes by the commit that brought them, and specifications."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.notes: dict[int, tuple[str, str]] = {}  # by place: path and text
        self.specs: list[tuple[Document, str]] = []
        self.warnings: list[str] = []
        self._blueprints = _blueprints(history)

    def read_trees(self, source: Source) -> None:
        """Read the trees of a repository that is searched, newest last. What is there already at the
        begin of the range is no news."""
        repository, wanted = source.repository, source.wanted
        old = repository.tree(wanted.since) if wanted.since else {}
        trees = [repository.tree(revision) for revision in dict.fromkeys((*wanted.tips, wanted.target))]
        tree = {path: entry for each in reversed(trees) for path, entry in each.items()}
        notes = {path: entry for path, entry in tree.items() if is_note(path) and path not in old}
        brought = _brought(self._history, source, notes)
        texts, broken = read_notes(repository, {path: notes[path] for path in notes if path in brought})
        for path, text in texts.items():
            place = brought[path]
            known = self.notes.get(place, (path, ""))
            self.notes[place] = (known[0], f"{known[1]}\n\n{text}".strip())
        self.warnings += _broken(broken)
        self.add_specs(repository, {path: tree[path] for path in tree if path not in old}, own=True)

    def add_specs(self, repository: Repository, tree: Mapping[str, TreeEntry], *, own: bool) -> None:
        """Take the specifications that are news: new in the upstream's tree (``own``), or of a
        blueprint that a searched commit names. Others are older, or were never done."""
        paths = {path: tree[path] for path in tree if is_spec(path)}
        for spec in latest(read_specs(repository, paths)):
            places = tuple(self._blueprints.get(spec.blueprint, ()))
            if own or places:
                about = Document(
                    spec=shown(spec.path),
                    title=shown(spec.title),
                    release=shown(spec.release) if spec.release else None,
                    blueprint=shown(spec.blueprint),
                    places=places,
                )
                self.specs.append((about, spec.text))


def _brought(history: History, source: Source, paths: Iterable[str]) -> dict[str, int]:
    """The place of the oldest searched commit of a repository that touched each path: the one that
    brought it."""
    index = history.index
    wanted = {source.spelled(path): path for path in paths}
    numbers = {number: wanted[path] for number, path in enumerate(index.paths) if path in wanted}
    starts = index.commit_files.tolist()
    files = index.file_path.tolist()
    brought: dict[str, int] = {}
    for place, number in enumerate(_searched(history, source), start=source.first):
        for path in files[starts[number] : starts[number + 1]]:  # newest first: the oldest stays
            if path in numbers:
                brought[numbers[path]] = place
    return brought


def _searched(history: History, source: Source) -> list[int]:
    """The numbers of the searched commits of one repository."""
    searched: list[int] = history.searched.tolist()
    return searched[source.first : source.first + len(source.graph.shas)]


def _defining(history: History, source: Source) -> list[str]:
    """The commits of a repository that touch a file where options are defined."""
    index = history.index
    wanted = {number for number, path in enumerate(index.paths) if defines_options(path)}
    starts = index.commit_files.tolist()
    files = index.file_path.tolist()
    return [
        index.infos[number].sha
        for number in _searched(history, source)
        if not wanted.isdisjoint(files[starts[number] : starts[number + 1]])
    ]


def _blueprints(history: History) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, number in enumerate(history.searched.tolist()):
        for name in only(history.index.infos[number].ids, "blueprint"):
            found.setdefault(name, []).append(place)
    return found


def _broken(broken: Mapping[str, str]) -> list[str]:
    if not broken:
        return []
    names = [f"{shown(path)} ({why})" for path, why in sorted(broken.items())]
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    count = "1 release note was" if len(names) == 1 else f"{len(names)} release notes were"
    return [f"{count} left out, not readable: {', '.join(names[:_NAMED])}{more}"]


def _first_sentence(text: str) -> str:
    """The beginning of a note in one line."""
    line = re.sub(r"\s+", " ", text[:2000]).strip()
    end = re.search(r"[.!?](?= |$)", line)
    line = line[: end.end()] if end else line
    return line if len(line) <= 160 else line[:157].rsplit(" ", 1)[0] + " …"
