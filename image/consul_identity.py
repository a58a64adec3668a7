"""How a member of a cluster is known to Consul: by its task's Nomad workload identity, and no token that anybody keeps.

Patroni makes its Consul client with `client` below. Where the `consul` section of its configuration has an
`auth_method`, the client logs in there with the identity in `jwt_file`, and every request carries the token of that
login. It logs in again when half of the token's time is over, and at once when Consul doesn't know the token any more:
the request that is refused for it is sent again with another one, so that a leader doesn't lose its lock over it.
Where there is a `session_node` as well, its sessions are those of `consul_sessions`.

https://developer.hashicorp.com/consul/api-docs/acl#login-to-auth-method
"""

import json
import logging
import math
import re
import threading
import time
from datetime import datetime

from consul_sessions import OwnSessions

log = logging.getLogger("consul_identity")

# How soon a login that failed is tried again while the token that is there still lasts.
RETRY_SECONDS = 10

# What Consul says of a token that was revoked or has expired, beside a status of 403.
UNKNOWN_TOKEN = b"ACL not found"


class LoginRefused(OSError):
    """Consul gives no token for the identity. To Patroni it is a failure as of a connection, which it tries again."""


def client(client_class, config, options):
    """Returns Patroni's Consul client: `client_class(**options)`, known by the identity that `config` names, if any."""
    if not config.get("auth_method"):
        return client_class(**options)

    class IdentifiedClient(client_class):
        def http_connect(self, *args, **kwargs):
            http = super().http_connect(*args, **kwargs)
            http.http = Identified(http.http, http.base_uri, config["auth_method"], config["jwt_file"])
            if config.get("session_node"):
                http.http = OwnSessions(http.http, http.base_uri, config["session_node"], config.get("agent_node"))
            return http

    return IdentifiedClient(**{name: value for name, value in options.items() if name != "token"})


class Identified:
    """A pool of connections whose requests carry the token of a login."""

    def __init__(self, pool, base_uri, auth_method, jwt_file, clock=time.time):
        self.pool = pool
        self.base_uri = base_uri
        self.auth_method = auth_method
        self.jwt_file = jwt_file
        self.clock = clock
        self.lock = threading.Lock()
        self.token = None
        self.renew_at = 0

    def request(self, method, url, headers=None, **kwargs):
        token = self.current_token()
        answer = self.send(method, url, headers, token, kwargs)
        if answer.status == 403 and UNKNOWN_TOKEN in answer.data:
            self.forget(token)
            answer = self.send(method, url, headers, self.current_token(), kwargs)
        return answer

    def send(self, method, url, headers, token, kwargs):
        return self.pool.request(method, url, headers={**(headers or {}), "X-Consul-Token": token}, **kwargs)

    def current_token(self):
        with self.lock:
            if self.token is None:
                self.log_in()
            elif self.clock() >= self.renew_at:
                try:
                    self.log_in()
                # Whatever it is: the token that is there still lasts.
                except Exception as failure:
                    self.renew_at = self.clock() + RETRY_SECONDS
                    log.warning("the Consul token could not be renewed yet: %s", failure)
            return self.token

    def forget(self, token):
        with self.lock:
            if self.token == token:
                self.token = None

    def log_in(self):
        with open(self.jwt_file, encoding="ascii") as file:
            body = json.dumps({"AuthMethod": self.auth_method, "BearerToken": file.read().strip()})
        answer = self.pool.request("POST", self.base_uri + "/v1/acl/login", body=body, retries=0, timeout=5)
        said = answer.data.decode(errors="replace").strip()
        if answer.status == 403:
            refusal = "Consul's auth method %s refused this task's identity: %s" % (self.auth_method, said)
            log.error("%s", refusal)
            raise LoginRefused(refusal)
        if answer.status != 200:
            raise OSError("Consul's auth method %s failed: %d %s" % (self.auth_method, answer.status, said))
        login = json.loads(answer.data)
        self.token = login["SecretID"]
        self.renew_at = self.clock() + lifetime(login) / 2
        log.info("logged in to Consul by auth method %s as %s", self.auth_method, login["AccessorID"])


def lifetime(login):
    """Returns how many seconds the token of a login lasts, as Consul's clock has it; infinity for one without an end."""
    if login.get("ExpirationTime") is None:
        return math.inf
    return (moment(login["ExpirationTime"]) - moment(login["CreateTime"])).total_seconds()


def moment(text):
    # Go writes nine digits of a second, of which Python takes six.
    return datetime.fromisoformat(re.sub(r"[.][0-9]+", "", text).replace("Z", "+00:00"))
