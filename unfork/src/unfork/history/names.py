"""File names as git prints them."""

_ESCAPES = {
    ord("a"): 7, ord("b"): 8, ord("t"): 9, ord("n"): 10, ord("v"): 11, ord("f"): 12, ord("r"): 13,
    ord('"'): 34, ord("\\"): 92,
}  # fmt: skip


def unquote(name: bytes) -> str:
    """A file name out of git's C-style quotes (or as it is when it has none)."""
    if not (name.startswith(b'"') and name.endswith(b'"') and len(name) > 1):
        return name.decode("utf-8", "surrogateescape")
    out = bytearray()
    body = name[1:-1]
    at = 0
    while at < len(body):
        byte = body[at]
        if byte != 92:
            out.append(byte)
            at += 1
        elif body[at + 1 : at + 2].isdigit():
            out.append(int(body[at + 1 : at + 4], 8) & 255)
            at += 4
        else:
            out.append(_ESCAPES.get(body[at + 1], body[at + 1]) if at + 1 < len(body) else 92)
            at += 2
    return out.decode("utf-8", "surrogateescape")


def path_of(names: bytes) -> str:
    """The path out of ``a/PATH b/PATH``; a rename's paths come from its own lines later."""
    # Unless it is a rename both names are the same but for a/ and b/, and so are their quotes. To
    # look for the space between them instead would fall for names that hold spaces and quotes.
    return unquote(names[len(names) // 2 + 1 :])[2:]
