"""What a patch says about itself, in every form people write it."""

import base64
import quopri

import pytest
from unfork.model import Person
from unfork.series import emit_diff, parse_patch

DIFF = b"diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-gr\xc3\xbcn = 1\n+gr\xc3\xbcn = 2\n"
SHA = "1" * 40


def test_a_mail_of_format_patch() -> None:
    mail = (
        f"From {SHA} Mon Sep 17 00:00:00 2001\nFrom: A U Thor <a@example.com>\n"
        "Date: Thu, 12 Jan 2017 18:56:37 -0500\nSubject: [PATCH v2 07/143] Make the long\n folded subject\n\n"
        "Body.\n\nChange-Id: I1\nSigned-off-by: A U Thor <a@example.com>\n---\n f | 2 +-\n\n"
    )
    patch = parse_patch(mail.encode() + DIFF + b"-- \n2.39.5\n\n", "p")
    assert (patch.error, patch.warnings) == (None, ())
    assert patch.subject == "Make the long folded subject"
    assert patch.message == "Body.\n\nChange-Id: I1\nSigned-off-by: A U Thor <a@example.com>"
    assert patch.author == Person("A U Thor", "a@example.com")
    assert patch.date == 1484265397
    assert patch.sha == SHA
    assert patch.trailers == (("Change-Id", "I1"), ("Signed-off-by", "A U Thor <a@example.com>"))
    assert emit_diff(patch) == DIFF


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[PATCH] Fix it", "Fix it"),
        ("[PATCH 1/2] [placement] Fix it", "[placement] Fix it"),
        ("[list][PATCH v3 01/10] Fix it", "Fix it"),
        ("[PATCH][RFC] Fix it", "Fix it"),
        ("Re: [PATCH] Fix it", "Fix it"),
        ("[stable] Fix it", "[stable] Fix it"),
        ("Fix [PATCH] it", "Fix [PATCH] it"),
        ("=?UTF-8?q?Gr=C3=BCn?=\n =?UTF-8?b?IGlzdCBlcw==?=", "Grün ist es"),
        ("=?nothing-known?q?Gr=FCn?=", "Grün"),
        ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
    ],
)
def test_subjects(written: str, meant: str) -> None:
    patch = parse_patch(f"From: a <a@b.c>\nSubject: {written}\n\n---\n".encode() + DIFF, "p")
    assert patch.subject == meant


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_transfer_encodings_give_the_same_diff(encoding: str) -> None:
    body = "Größe\n---\n".encode() + DIFF
    coded = {"quoted-printable": quopri.encodestring(body), "base64": base64.encodebytes(body), "8bit": body}
    header = (
        f"From: =?utf-8?q?J=C3=B6rg?= <j@b.c>\nSubject: [PATCH] x\nContent-Type: text/plain; charset=UTF-8\n"
        f"Content-Transfer-Encoding: {encoding}\n\n"
    )
    patch = parse_patch(header.encode() + coded[encoding], "p")
    assert patch.error is None
    assert patch.message == "Größe"
    assert patch.author == Person("Jörg", "j@b.c")
    assert emit_diff(patch) == DIFF


def test_an_attached_patch() -> None:
    mail = (
        b'From: a <a@b.c>\nSubject: x\nContent-Type: multipart/mixed; boundary="B"\n'
        b"MIME-Version: 1.0\n\n--B\n"
        b"Content-Type: text/plain\n\nHello\n--B\nContent-Type: text/x-patch\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(DIFF) + b"--B--\n"
    )
    patch = parse_patch(mail, "p")
    assert (patch.error, patch.message, emit_diff(patch)) == (None, "Hello", DIFF)


def test_text_in_latin_1_is_read_by_its_charset_or_guessed() -> None:
    named = "From: a <a@b.c>\nSubject: x\nContent-Type: text/plain; charset=koi8-r\n\n"
    assert parse_patch(named.encode() + "Да\n---\n".encode("koi8-r") + DIFF, "p").message == "Да"
    assert parse_patch(b"From: J\xf6rg <a@b.c>\nSubject: x\n\n---\n" + DIFF, "p").author == Person(
        "Jörg", "a@b.c"
    )


def test_scissors_and_headers_in_the_body() -> None:
    mail = (
        b"From: Sender <s@b.c>\nSubject: Re: talk\n\nHello,\n\n-- >8 --\nFrom: Author <a@b.c>\n"
        b"Subject: [PATCH] The real one\n\nWhy.\n---\n"
    )
    patch = parse_patch(mail + DIFF, "p")
    assert (patch.subject, patch.message) == ("The real one", "Why.")
    assert patch.author == Person("Author", "a@b.c")


def test_dep3() -> None:
    header = (
        b"Description: Do not crash\n When it is dark.\n .\n Second paragraph.\nAuthor: A <a@b.c>\n"
        b"Origin: backport, commit:abc1234\nBug-Debian: https://bugs.debian.org/1\n"
        b"Applied-Upstream: 1.2\nForwarded: not-needed\n"
        b"Last-Update: 2020-01-01\n---\nThis patch header follows DEP-3\n"
    )
    patch = parse_patch(header + DIFF, "p")
    assert patch.subject == "Do not crash"
    assert patch.message == "When it is dark.\n\nSecond paragraph."
    assert patch.author == Person("A", "a@b.c")
    assert patch.trailers == (
        ("Origin", "backport, commit:abc1234"),
        ("Bug-Debian", "https://bugs.debian.org/1"),
        ("Applied-Upstream", "1.2"),
        ("Forwarded", "not-needed"),
        ("Last-Update", "2020-01-01"),
    )


def test_dep3_written_loosely() -> None:
    patch = parse_patch(b"Description: Fix it\nwithout any indent\nAuthor: Nobody\n\n" + DIFF, "p")
    assert (patch.subject, patch.message) == ("Fix it", "without any indent")
    assert patch.author == Person("Nobody", "")


def test_plain_text_before_the_diff() -> None:
    patch = parse_patch(b"Make it green\n\nNote: it was blue.\nSo there.\n\n" + DIFF, "p")
    assert (patch.subject, patch.message) == ("Make it green", "Note: it was blue.\nSo there.")


def test_comments_before_the_diff() -> None:
    patch = parse_patch(b"#! /bin/sh /usr/share/dpatch/dpatch-run\n## DP: Fix it\n\n" + DIFF, "p")
    assert patch.subject == "Fix it"


def test_git_show() -> None:
    shown = f"commit {SHA}\nAuthor: A <a@b.c>\nDate:   Mon Jan 1\n\n    Fix it\n\n    Because.\n\n"
    patch = parse_patch(shown.encode() + DIFF, "p")
    assert (patch.sha, patch.subject, patch.message) == (SHA, "Fix it", "Because.")
    assert patch.author == Person("A", "a@b.c")


def test_trailers_are_found_where_they_stand() -> None:
    message = (
        "Patch-mainline: v4.1\nGit-commit: abcdef1\nSubject: x\nFrom: a <a@b.c>\n\n"
        "Upstream-Status: Backport [x]\n\nNote: prose here\nand more prose\n\n"
        "Closes-Bug: #1\n  and #2\n(cherry picked from commit 0123abc)\n\nConflicts:\n\ta.py\n"
        "\nSigned-off-by: A <a@b.c>\n---\nChange-Id: I9\n"
    )
    patch = parse_patch(message.encode() + DIFF, "p")
    assert patch.trailers == (
        ("Patch-mainline", "v4.1"),
        ("Git-commit", "abcdef1"),
        ("Upstream-Status", "Backport [x]"),
        ("Closes-Bug", "#1 and #2"),
        ("cherry picked from commit", "0123abc"),
        ("Conflicts", "a.py"),
        ("Signed-off-by", "A <a@b.c>"),
        ("Change-Id", "I9"),
    )


def test_a_mail_without_a_diff_is_an_empty_patch() -> None:
    patch = parse_patch(
        f"From {SHA} Mon Sep 17 00:00:00 2001\nFrom: a <a@b.c>\nSubject: Rebuild\n\n".encode(), "p"
    )
    assert patch.error is None
    assert patch.files == ()
    assert patch.warnings == ("p:1: has a message but changes nothing",)


def test_the_id_is_that_of_the_change() -> None:
    plain = parse_patch(DIFF, "p")
    moved = parse_patch(b"Other text\n\n" + DIFF.replace(b"@@ -1 +1 @@", b"@@ -9 +12 @@ def f():"), "q")
    other = parse_patch(DIFF.replace(b"= 2", b"= 3"), "p")
    assert plain.id == moved.id
    assert plain.id != other.id
    assert len(plain.id) == 40
