"""The members of a cluster, as Patroni's REST API shows them to the one that this runs beside."""

import json
import ssl
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import healthcheck

ANSWER_SECONDS = 2


def own_url(config_file):
    """Where this container's Patroni answers."""
    listen, certificate = healthcheck.restapi_settings(config_file)
    hosts, _, port = (listen or "").rpartition(":")
    host = healthcheck.loopback_for(hosts)
    return "%s://%s:%d" % ("https" if certificate else "http", "[%s]" % host if ":" in host else host, int(port))


def opener():
    # It asks the members of its own cluster, whom no proxy knows; their certificates are for their clients.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return build_opener(ProxyHandler({}), HTTPSHandler(context=context))


def base_url(member):
    """Where a member of `GET /cluster` answers, or None where it hasn't said so yet."""
    return (member.get("api_url") or "").rpartition("/patroni")[0] or None


class Members:
    def __init__(self, own_url):
        self.own_url = own_url
        self.opener = opener()

    def get(self, path, url=None):
        """The document at a path. It raises HTTPError where Patroni says no, OSError or ValueError where it can't be had."""
        with self.opener.open((url or self.own_url) + path, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)

    def answer_of(self, path, url=None):
        """The same, or None."""
        try:
            return self.get(path, url)
        except (OSError, ValueError):
            return None

    def own(self):
        return self.get("/patroni")

    def cluster(self):
        return self.get("/cluster")

    def post(self, path, body, timeout):
        """Asks this member for an act, and returns Patroni's words. It raises where Patroni refuses."""
        data = json.dumps(body).encode()
        request = Request(self.own_url + path, data=data, headers={"Content-Type": "application/json"})
        with self.opener.open(request, timeout=timeout) as answer:
            return answer.read().decode()
