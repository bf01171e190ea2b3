"""Which policy a guest has. Pure."""

from outboard.cpulat.settings import CpuLatSection
from outboard.domain import Domain


def policy_of(domain: Domain, section: CpuLatSection) -> tuple[str, str]:
    """The policy's name, empty for none, and a remark where the guest asks for one that is not there.

    The first that speaks: an extra spec, a required trait, the flavor's name, the host's default.
    """
    if domain.nova is None:
        return section.default, ""
    specs = domain.nova.extra_specs
    for key in section.extra_specs:
        if key in specs:
            name = specs[key]
            if name in section.policies:
                return name, ""
            return section.default, f"no policy {name[:40]!r} on this host"
    for trait, name in section.traits.items():
        if specs.get(f"trait:{trait}") == "required":
            return name, ""
    return section.flavors.get(domain.nova.flavor, section.default), ""
