"""Take a squashed patch apart: propose the parts, read what people made of it, write the series."""

from unfork.unsquashing.composing import compose
from unfork.unsquashing.mail import as_mail, file_name
from unfork.unsquashing.model import Donor, Origin, Part, Proposal, Title
from unfork.unsquashing.pieces import lines_of
from unfork.unsquashing.proof import prove
from unfork.unsquashing.proposal_text import ProposalRead, read_text
from unfork.unsquashing.proposing import propose
from unfork.unsquashing.reading_proposal import check_proposal
from unfork.unsquashing.settings import default_weights
from unfork.unsquashing.writing import write_proposal

__all__ = [
    "Donor",
    "Origin",
    "Part",
    "Proposal",
    "ProposalRead",
    "Title",
    "as_mail",
    "check_proposal",
    "compose",
    "default_weights",
    "file_name",
    "lines_of",
    "propose",
    "prove",
    "read_text",
    "write_proposal",
]
