"""Docker's health check: asks Patroni's REST API whether its loop is alive (`GET /liveness`).

The address is the one that Patroni itself listens on: PATRONI_RESTAPI_LISTEN, which wins over the file for
Patroni too, or `restapi.listen` of the configuration file (first argument, /secrets/patroni.yml by default).
So it follows ports that are handed out at run time.

It runs every few seconds in every container, so it imports no more than it needs: 50 to 70 ms of CPU time a run,
most of it for Python itself and for reading YAML.
"""

import os
import socket
import sys

CONFIG_FILE = "/secrets/patroni.yml"
TIMEOUT_SECONDS = 4


def section(config_file, name):
    """Returns a section of Patroni's configuration file, empty where it or the file isn't there."""
    try:
        with open(config_file, encoding="utf-8") as file:
            import yaml

            return (yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}).get(name) or {}
    except FileNotFoundError:
        return {}


def restapi_settings(config_file):
    """Returns the `restapi` section's listen address and certificate, either of them None where not set."""
    listen = os.environ.get("PATRONI_RESTAPI_LISTEN")
    certificate = os.environ.get("PATRONI_RESTAPI_CERTFILE")
    if listen and certificate:
        return listen, certificate
    restapi = section(config_file, "restapi")
    return listen or restapi.get("listen"), certificate or restapi.get("certfile")


def loopback_for(hosts):
    """Turns the hosts that Patroni listens on into one to connect to. They may be several, or a wildcard."""
    host = hosts.split(",")[0].strip().strip("[]")
    return {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def connect(host, port, certificate):
    connection = socket.create_connection((host, port), timeout=TIMEOUT_SECONDS)
    if not certificate:
        return connection
    import ssl

    # It asks the process beside it whether it lives; who that is, is not in question.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def status_line(host, port, certificate):
    with connect(host, port, certificate) as connection:
        connection.sendall(b"GET /liveness HTTP/1.0\r\n\r\n")
        with connection.makefile("rb") as reply:
            return reply.readline().decode("latin-1").strip()


def main(arguments):
    config_file = arguments[1] if len(arguments) > 1 else CONFIG_FILE
    try:
        listen, certificate = restapi_settings(config_file)
        if not listen:
            return "neither PATRONI_RESTAPI_LISTEN nor restapi.listen in %s says where Patroni listens" % config_file
        hosts, _, port = listen.rpartition(":")
        answer = status_line(loopback_for(hosts), int(port), certificate)
    except (OSError, ValueError) as error:
        return "Patroni's REST API does not answer: %s" % error
    if answer.split(" ")[1:2] == ["200"]:
        return None
    return "Patroni's loop does not run: /liveness answered %r" % answer


if __name__ == "__main__":
    sys.exit(main(sys.argv))
