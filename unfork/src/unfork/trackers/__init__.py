"""Recognizes links to reviews, bugs and requests, and asks their trackers what became of them."""

from unfork.trackers.answers import Answer
from unfork.trackers.asking import Unanswered, ask_all, from_mirrors
from unfork.trackers.hosts import Registry, rate_of, registry_of
from unfork.trackers.recognise import address_host, label_of, mentions, recognise

__all__ = [
    "Answer",
    "Registry",
    "Unanswered",
    "address_host",
    "ask_all",
    "from_mirrors",
    "label_of",
    "mentions",
    "rate_of",
    "recognise",
    "registry_of",
]
