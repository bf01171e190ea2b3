"""A process that reads clouds.yaml with openstacksdk and writes what a request needs, then ends.

``CloudSection`` as JSON on the standard input, ``Config`` of ``outboard.cloud_api`` on the standard output.
"""

import sys

import msgspec

from outboard.cloud import CloudSection, one_line
from outboard.cloud_api import COMPUTE, INSTANCE_HA, Config


def main() -> int:
    """The exit code: 3 with a line on the standard error where the settings name no usable cloud."""
    section = msgspec.json.decode(sys.stdin.buffer.read(), type=CloudSection)
    try:
        from openstack.config import OpenStackConfig
        from openstack.exceptions import ConfigException
    except ImportError:
        sys.stderr.write("openstacksdk is not installed: install outboard[cloud], or python3-openstacksdk")
        return 3
    try:
        cloud = OpenStackConfig().get_one(
            cloud=section.name, region_name=section.region or None, interface=section.interface
        )
    except ConfigException as error:
        sys.stderr.write(f"no cloud {section.name!r}: {one_line(error)}")
        return 3
    verify, cert = cloud.get_requests_verify_args()
    services = (COMPUTE, INSTANCE_HA)
    found = Config(
        auth_type=cloud.config["auth_type"],
        auth=dict(cloud.config["auth"]),
        verify=verify,
        cert=cert,
        region=cloud.get_region_name() or None,
        interfaces={each: cloud.get_interface(each) for each in services},
        endpoints={each: cloud.get_endpoint(each) for each in services},
    )
    sys.stdout.buffer.write(msgspec.json.encode(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
