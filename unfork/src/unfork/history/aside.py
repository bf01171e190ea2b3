"""Files beside the product."""


def is_aside(path: str) -> bool:
    """Whether a file is beside the product: tests and documents do nothing by themselves, and what stands in
    them is often copied."""
    folders = path.lower().split("/")
    return bool({"tests", "test", "doc", "docs", "releasenotes"} & set(folders[:-1]))
