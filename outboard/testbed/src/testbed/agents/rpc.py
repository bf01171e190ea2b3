"""RPC as neutron's agents have it, for many agents at once: few connections instead of one for each agent."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import oslo_messaging
from neutron.common import config
from neutron.conf import service as service_options
from neutron.conf.agent import common as agent_options
from neutron_lib import context, rpc
from oslo_config import cfg
from oslo_messaging._drivers import common as driver_common
from oslo_messaging._drivers.amqpdriver import RpcAMQPListener

Handler = Callable[[str, Mapping[str, Any]], Any]  # method, arguments -> reply
_POLL_SECONDS = 1.0


def connect(neutron_conf: str) -> None:
    """Read neutron's configuration and connect to its RabbitMQ."""
    agent_options.register_agent_state_opts_helper(cfg.CONF)
    config.register_common_config_options()
    # neutron_lib wants it when a call takes too long, and does not register it itself.
    service_options.register_service_opts(service_options.RPC_EXTRA_OPTS)
    config.init(["--config-file", neutron_conf])


def caller() -> Any:
    """The context of a call: an administrator without a database."""
    return context.get_admin_context_without_session()


def client(topic: str, version: str, namespace: str | None = None) -> Any:
    """For calls that no class of neutron's has."""
    return rpc.get_client(oslo_messaging.Target(topic=topic, version=version, namespace=namespace))


class Listener:
    """One connection that consumes any number of queues. oslo.messaging's own ``listen`` takes a connection
    and a thread for each target, which 300 hosts are too many for; what is below it is used as it is."""

    def __init__(self) -> None:
        self._driver = rpc.TRANSPORT._driver
        self._connection = self._driver._get_connection(driver_common.PURPOSE_LISTEN)
        self._listener = RpcAMQPListener(self._driver, self._connection)
        self._handlers: list[Handler] = []

    def topic(self, topic: str, server: str, handler: Handler) -> None:
        """What is sent to ``server`` alone."""
        exchange = self._driver._default_exchange
        self._connection.declare_topic_consumer(
            exchange_name=exchange, topic=f"{topic}.{server}", callback=self._tagged(handler)
        )

    def fanout(self, topic: str, handler: Handler) -> None:
        """What is sent to everybody."""
        self._connection.declare_fanout_consumer(topic, self._tagged(handler))

    def start(self) -> None:
        """Consume in a thread of its own. Nothing may be declared after this."""
        threading.Thread(target=self._consume, daemon=True).start()

    def _tagged(self, handler: Handler) -> Callable[[Any], None]:
        self._handlers.append(handler)
        number = len(self._handlers) - 1

        def receive(message: Any) -> None:
            message["_testbed_handler"] = number
            self._listener(message)

        return receive

    def _consume(self) -> None:
        while True:
            for incoming in self._listener.poll(timeout=_POLL_SECONDS) or ():
                message = incoming.message
                handler = self._handlers[message.pop("_testbed_handler")]
                answer = handler(message["method"], message.get("args", {}))
                if answer is not NO_REPLY:
                    incoming.reply(answer)


NO_REPLY = object()  # the agent is silent: the caller waits until its patience ends
