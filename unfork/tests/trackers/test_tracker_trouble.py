"""Bad answers: each is named in a line with what to do, and the rest goes on."""

import ssl
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from asked import ask, refs_for, registry_with, seen, why_not
from tracking import Said, Served, as_json, bug, change, issue, page, patch, request, serving
from unfork.errors import InputError
from unfork.files import one_writer
from unfork.model.plan import LinkState
from unfork.model.tracker_host import TrackerHost, TrackerKind
from unfork.trackers import Answer, Unanswered, ask_all, registry_of

LINK = "https://github.com/org/repo/issues/6"
OTHER = "https://github.com/org/repo/issues/7"
THINGS = {"/repos/org/repo/issues/6": issue(6), "/repos/org/repo/issues/7": issue(7)}
JSON = {"Content-Type": "application/json"}


def github(*first: Said) -> Served:
    served = Served("github", THINGS)
    served.first = [*first]
    return served


@pytest.mark.parametrize(
    ("said", "what", "hint"),
    [
        (page("Sign in"), "answers with a login page ('Sign in')", "set a token in $UNFORK_TOKEN_GITHUB_COM"),
        (page("Welcome"), "answers with a web page ('Welcome'), not with data", "check api"),
        (page("Just a moment", 403), "answers 403: this may not be read", "set a token"),
        (Said(200, b"<html>", JSON), "answers with a web page", "check api"),
        (Said(200, b'{"a": 1} x', JSON), "does not answer with JSON", "check api"),
        (Said(200, b"[" * 100_000, JSON), "does not answer with JSON", "check api"),
        (as_json([1, 2]), "does not answer as github does", "check kind and api"),
        (as_json({"state": 5, "title": []}), "does not answer as github does", "check kind and api"),
        (Said(401, b"{}"), "answers 401: it asks for a token", "$UNFORK_TOKEN_GITHUB_COM or the keyring"),
        (Said(400, b"{}"), "answers 400: Bad Request", "check api"),
        (
            Said(302, b"", {"Location": "https://login.example.org/start"}),
            "redirects to a login at login.example.org",
            "set a token",
        ),
        (
            Said(301, b"", {"Location": "https://elsewhere.example.org/x"}),
            "redirects to elsewhere.example.org, which is no tracker that is known",
            "set api",
        ),
        (
            Said(302, b"", {"Location": "http://169.254.169.254/latest"}),
            "redirects to the private address 169.254.169.254",
            "set api",
        ),
        (
            Said(302, b"", {"Location": "http://localhost:1/"}),
            "redirects to the private address localhost:1",
            "set api",
        ),
        (Said(302, b"", {"Location": "file:///etc/passwd"}), "redirects to nowhere", "set api"),
        (
            Said(200, '{"title": "\xfc"}'.encode("latin-1"), JSON),
            "answers in another charset than UTF-8",
            "check api",
        ),
        (
            Said(200, b"\xff", {"Content-Type": "application/json; charset=klingon"}),
            "answers in the charset klingon",
            "check api",
        ),
        (page("Page not found", 404), "answers 404 with a web page, as for a wrong address", "check api"),
        (Said(503, b"", {"Retry-After": "9" * 400}), "its limit is reached until", "sync again then"),
        (Said(429, b"", {"RateLimit-Remaining": "0", "RateLimit-Reset": "9" * 400}), "its limit is", "again"),
        (Said(429, b"", {"Retry-After": "7200"}), "its limit is reached until", "sync again then"),
        (
            Said(403, b"", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3000)}),
            "its limit is reached until",
            "a token allows more",
        ),
    ],
)
def test_a_bad_answer_is_named_with_what_to_do(tmp_path: Path, said: Said, what: str, hint: str) -> None:
    served = github(said)
    with serving(served):
        why = why_not(served, tmp_path, LINK)
    assert what in why and hint in why
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "said",
    [
        Said(500, b"oops"),
        Said(503, b"<html>busy</html>", {"Content-Type": "text/html"}),
        Said(503, b"", {"Retry-After": "0"}),
        Said(429, b"", {"Retry-After": "0"}),
        Said(429, b"", {"Retry-After": formatdate(time.time() - 5, usegmt=True)}),
        Said(403, b'{"message": "You have exceeded a secondary rate limit"}', {"Retry-After": "0"}),
        Said(200, b'{"state": "op', JSON),
        Said(200, b'{"state": "open"', JSON, cut=True),
        Said(200, b"", JSON),
    ],
)
def test_what_passes_is_asked_again(tmp_path: Path, said: Said) -> None:
    served = github(said, said)
    with serving(served):
        assert seen(served, tmp_path, LINK).state is LinkState.OPEN
    assert len(served.asked) == 3


def test_a_server_that_stays_down_is_left_alone(tmp_path: Path) -> None:
    served = github()
    served.always = lambda path: Said(502, b"")
    links = [f"https://github.com/org/repo/issues/{number}" for number in range(1, 31)]
    with serving(served):
        answers = ask(served, tmp_path, *links, concurrency=1)
    assert all(isinstance(each, Unanswered) and "answers 502" in each.why for each in answers)
    assert len(served.asked) == 3 * 4  # three links, four attempts each


def test_one_bad_answer_does_not_cost_the_others(tmp_path: Path) -> None:
    served = github()
    served.always = lambda path: Said(500, b"") if path.endswith("/6") else None
    with serving(served):
        bad, good = ask(served, tmp_path, LINK, OTHER)
    assert isinstance(bad, Unanswered) and isinstance(good, Answer)


def test_a_host_is_waited_for_as_it_asks(tmp_path: Path) -> None:
    served = github(Said(429, b"", {"Retry-After": "1"}))
    with serving(served):
        answers = ask(served, tmp_path, LINK, OTHER, concurrency=1)
    assert all(isinstance(each, Answer) for each in answers)
    assert served.times[1] - served.times[0] >= 1.0


def test_the_last_request_of_a_window_is_respected(tmp_path: Path) -> None:
    last = as_json(issue(6), X_RateLimit_Remaining="0", X_RateLimit_Reset=str(int(time.time()) + 5000))
    served = github(last)
    with serving(served):
        first, second = ask(served, tmp_path, LINK, OTHER, concurrency=1)
    assert isinstance(first, Answer)
    assert isinstance(second, Unanswered) and "its limit is reached until" in second.why
    assert len(served.asked) == 1


def test_the_limit_of_a_host_is_kept_and_holds_for_the_next_process_too(tmp_path: Path) -> None:
    served = github()
    limits = {"limit": "3/second", "concurrency": 8}
    links = [f"https://github.com/org/repo/issues/{number}" for number in range(1, 6)]
    with serving(served):
        for _ in range(2):
            ask(served, tmp_path, *links, **limits)
    assert len(served.times) == 10
    for at, begin in enumerate(served.times[:-3]):
        assert served.times[at + 3] - begin > 0.9


def test_no_more_at_a_time_than_is_set(tmp_path: Path) -> None:
    served = Served("github", THINGS, delay=0.02)
    links = [f"https://github.com/org/repo/issues/{number}" for number in range(1, 21)]
    with serving(served):
        ask(served, tmp_path, *links, concurrency=3)
    assert served.most_at_once == 3


def test_what_is_not_there_is_an_answer(tmp_path: Path) -> None:
    served = github()
    with serving(served):
        (answer,) = ask(served, tmp_path, "https://github.com/org/repo/issues/404")
    assert isinstance(answer, Answer) and answer.observation is None


def test_a_project_that_is_hidden_is_no_answer_for_any_of_its_requests(tmp_path: Path) -> None:
    served = Served("gitlab")
    with serving(served):
        answers = ask(served, tmp_path, "a/b!1", "a/b!2")
    assert all(isinstance(each, Unanswered) and "answers 404" in each.why for each in answers)


@pytest.mark.parametrize("prefix", [b")]}'\n", b")]}'", b"\xef\xbb\xbf)]}'\n", b""])
def test_gerrits_prefix_is_taken_off(tmp_path: Path, prefix: bytes) -> None:
    served = Served("gerrit")
    body = prefix + as_json([change(1001)]).body
    served.always = lambda path: Said(200, body, JSON)
    with serving(served):
        assert seen(served, tmp_path, "https://review.opendev.org/1001").state is LinkState.OPEN


def test_another_charset_is_read_when_it_is_named(tmp_path: Path) -> None:
    body = '{"state": "open", "title": "Grüße"}'.encode("latin-1")
    served = github(Said(200, body, {"Content-Type": "application/json; charset=ISO-8859-1"}))
    with serving(served):
        assert seen(served, tmp_path, LINK).title == "Grüße"


def test_a_huge_answer_is_not_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unfork.trackers.client._LARGEST", 100_000)
    served = github(Said(200, b" " * 200_000, JSON))
    with serving(served):
        assert "the answer is larger than" in why_not(served, tmp_path, LINK)


def test_an_answer_that_drips_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unfork.trackers.client._LONGEST", 0.3)
    served = github(Said(200, b" " * 1000, JSON, drip=0.02))
    begin = time.monotonic()
    with serving(served):
        assert "takes longer than" in why_not(served, tmp_path, LINK)
    assert time.monotonic() - begin < 5


def test_a_list_of_many_is_read_whole(tmp_path: Path) -> None:
    requests = [request(number, title="x" * 20_000) for number in range(1, 51)]
    served = Served("gitlab", {"/api/v4/projects/a/b/merge_requests": requests})
    with serving(served):
        answers = ask(served, tmp_path, *(f"a/b!{number}" for number in range(1, 51)))
    titles = [each.observation.title for each in answers if isinstance(each, Answer) and each.observation]
    assert len(titles) == 50 and {len(each) for each in titles} == {300}


def test_a_private_bug_does_not_cost_the_others(tmp_path: Path) -> None:
    served = Served("launchpad", bug(1234567, ("nova", "New")))
    served.always = lambda path: Said(401, b"") if "7654321" in path else None
    with serving(served):
        private, public = ask(served, tmp_path, "LP: #7654321", "LP: #1234567", concurrency=1)
    assert isinstance(private, Unanswered) and "what is private on Launchpad cannot be read" in private.why
    assert isinstance(public, Answer)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon", "", "1e999"]
)
def test_a_time_that_is_none_is_left_out(tmp_path: Path, at: str) -> None:
    served = Served("github", {"/repos/org/repo/issues/6": issue(6, updated_at=at)})
    with serving(served):
        assert seen(served, tmp_path, LINK).activity is None


def test_no_connection_is_said_once_for_all(tmp_path: Path) -> None:
    served = github()
    served.stop()
    answers = ask(served, tmp_path, LINK, OTHER)
    assert {each.why for each in answers if isinstance(each, Unanswered)} == {
        "no connection: Connection refused (check the network)"
    }


# -- redirects and secrets ---------------------------------------------------------------


def test_a_redirect_on_the_host_itself_is_followed_with_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    served = github(Said(301, b"", {"Location": "/repos/org/repo/issues/7"}))
    with serving(served):
        assert seen(served, tmp_path, LINK).title == "Issue 7"
    assert [each.get("Authorization") for each in served.headers] == ["Bearer s3cret"] * 2


def test_a_redirect_to_another_known_tracker_is_followed_without_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    other = Served("github", THINGS)
    served = github(Said(307, b"", {"Location": f"{other.address}/repos/org/repo/issues/7"}))
    registry = registry_of(
        [
            TrackerHost("github.com", TrackerKind.GITHUB, api=served.address),
            TrackerHost("github.example.org", TrackerKind.GITHUB, api=other.address),
        ]
    )
    with serving(served, other), one_writer(tmp_path, "asking"):
        (answer,) = ask_all(refs_for(registry, LINK), {}, registry, tmp_path)
    assert isinstance(answer, Answer) and answer.observation is not None
    assert served.headers[0]["Authorization"] == "Bearer s3cret"
    assert "Authorization" not in other.headers[0]


def test_an_unknown_host_never_sees_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    other = Served("github", THINGS)
    served = github(Said(307, b"", {"Location": f"{other.address}/repos/org/repo/issues/7"}))
    with serving(served, other):
        why = why_not(served, tmp_path, LINK)
    assert "redirects to the private address" in why
    assert other.asked == []


def test_a_circle_of_redirects_ends(tmp_path: Path) -> None:
    served = github()
    served.always = lambda path: Said(302, b"", {"Location": path})
    with serving(served):
        assert "redirects in a circle" in why_not(served, tmp_path, LINK)


@pytest.mark.parametrize(
    ("kind", "link", "settings", "header", "value"),
    [
        ("github", LINK, {}, "Authorization", "Bearer s3cret"),
        ("gitlab", "a/b!1", {}, "Private-Token", "s3cret"),
        ("patchwork", "https://patchwork.kernel.org/patch/12/", {}, "Authorization", "Token s3cret"),
        (
            "gerrit",
            "https://review.opendev.org/1001",
            {"user": "ann"},
            "Authorization",
            "Basic YW5uOnMzY3JldA==",
        ),
        ("gerrit", "https://review.opendev.org/1001", {}, "Authorization", "Bearer s3cret"),
    ],
)
def test_a_token_is_sent_as_its_tracker_wants_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    link: str,
    settings: dict,
    header: str,
    value: str,
) -> None:
    monkeypatch.setenv("MY_TOKEN", "s3cret\n")
    things = {
        "/repos/org/repo/issues/6": issue(6),
        "/api/v4/projects/a/b/merge_requests": [request(1)],
        "/api/patches/12/": patch(12),
        "1": change(1001),
    }
    served = Served(kind, {key: each for key, each in things.items() if kind != "gerrit" or key == "1"})
    with serving(served):
        seen(served, tmp_path, link, token_env="MY_TOKEN", **settings)
    sent = {name.lower(): text for name, text in served.headers[0].items()}
    assert sent[header.lower()] == value
    if kind == "gerrit":
        assert served.asked[0].startswith("/a/changes/" if "user" in settings else "/changes/")


def test_a_wrong_token_is_said_with_where_it_is_from_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    served = github()
    served.always = lambda path: Said(401, b'{"message": "Bad credentials"}')
    with serving(served):
        answers = ask(served, tmp_path, LINK, OTHER, concurrency=1)
    why = {each.why for each in answers if isinstance(each, Unanswered)}
    assert len(why) == 1 and len(served.asked) == 1
    assert "refuses the token from $GITHUB_TOKEN: it is wrong or expired" in why.pop()
    assert "s3cret" not in repr(answers)


def test_a_token_from_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_password", lambda service, name: f"{service}-{name}")
    served = github()
    with serving(served):
        seen(served, tmp_path, LINK)
    assert served.headers[0]["Authorization"] == "Bearer unfork-github.com"


def test_no_token_of_a_netrc_is_sent(tmp_path: Path, hermetic: Path) -> None:
    (hermetic / ".netrc").write_text("machine 127.0.0.1 login ann password s3cret\n")
    served = github()
    with serving(served):
        seen(served, tmp_path, LINK)
    assert "Authorization" not in served.headers[0]


@pytest.mark.parametrize(
    ("token", "api", "what"),
    [
        ("two words", "https://api.github.com", "a space or another character"),
        ("s3cret", "http://github.example.org", "would be sent in the clear"),
    ],
)
def test_a_token_that_cannot_be_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, api: str, what: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    registry = registry_of([TrackerHost("github.com", api=api)])
    with pytest.raises(InputError, match=what) as raised:
        next(ask_all(refs_for(registry, LINK), {}, registry, tmp_path))
    assert token not in str(raised.value)


def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path, certificate: Path) -> None:
    served = github()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    served.server.socket = context.wrap_socket(served.server.socket, server_side=True)
    api = served.address.replace("http:", "https:")
    registry = registry_of([TrackerHost("github.com", api=api)])
    trusting = registry_of([TrackerHost("github.com", api=api, ca=str(certificate))])
    with serving(served):
        (bad,) = ask_all(refs_for(registry, LINK), {}, registry, tmp_path)
        (good,) = ask_all(refs_for(trusting, LINK), {}, trusting, tmp_path)
    assert isinstance(bad, Unanswered) and "its certificate is not trusted: self" in bad.why
    assert isinstance(good, Answer) and good.observation is not None


def test_leaving_early_asks_nothing_more(tmp_path: Path) -> None:
    served = Served("github", THINGS, delay=0.05)
    registry = registry_with(served, concurrency=2)
    refs = refs_for(registry, *(f"https://github.com/org/repo/issues/{number}" for number in range(1, 101)))
    with serving(served):
        answers = ask_all(refs, {}, registry, tmp_path)
        next(answers)
        answers.close()
        asked = len(served.asked)
        time.sleep(0.2)
        assert asked == len(served.asked) < 10
    assert not [each for each in threading.enumerate() if "ThreadPool" in each.name]
