"""``unfork evaluate``: measure the matcher where the truth is known."""

from dataclasses import dataclass
from pathlib import Path

from unfork.commands.upstreams import open_others, with_others
from unfork.files import cache_root
from unfork.history import Range, open_history, open_upstream, without_secret
from unfork.matching import default_models, measure, read_truth
from unfork.model.evaluation import Evaluation
from unfork.progress import Progress, Silent
from unfork.upstream_spec import need_history


@dataclass(frozen=True)
class EvaluateRequest:
    """What to measure."""

    upstream: str
    since: str
    backports: tuple[str, ...]
    content_only: bool = False
    leave_out: bool = False
    cache_dir: Path | None = None
    also: tuple[str, ...] = ()  # further repositories to search


def run_evaluate(request: EvaluateRequest, *, progress: Progress | None = None) -> Evaluation:
    """Query every backport without its trailers and compare with what they say."""
    progress = progress or Silent()
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an evaluation")
    repository = open_upstream(request.upstream, cache, progress)
    head = repository.resolve("HEAD")
    since = repository.resolve(request.since)
    others = open_others(request.also, repository, since, cache=cache, progress=progress)
    wanted = Range(since, (head,), head)
    history = open_history(
        repository, wanted, name=without_secret(request.upstream), cache=cache, progress=progress
    )
    history = with_others(history, others, cache=cache, progress=progress)
    truth = read_truth(repository, history, request.backports, progress)
    return measure(
        history,
        truth,
        request.backports,
        default_models(),
        content_only=request.content_only,
        leave_out=request.leave_out,
    )
