"""Sessions that nobody but the cluster itself can end.

Consul's right to sessions is one to all sessions of a node, whosoever they are: with sessions on the nodes that members
run on, one cluster could end another's, and take its leader lock away. So a cluster has a node of its own in Consul's
catalog, on which nothing runs, and its sessions are on that one: `session_node` in the `consul` section of Patroni's
configuration.

A session on a node that nothing runs on can't end with an agent's health check (`serfHealth`), as Patroni asks for in
`checks`. Its name then ends in the node that its member runs on, which is `agent_node`, and every member looks after
those of the others: when Consul calls a node's agent failed, the sessions of that node end.
"""

import json
import logging
import threading
import time
from urllib.parse import quote

log = logging.getLogger("consul_sessions")

AGENT_CHECK = "serfHealth"

# How long Consul may hold a question back until there is something new, and how long to wait after a failure.
WAIT_SECONDS = 30
RETRY_SECONDS = 1


class OwnSessions:
    """A pool of connections by which sessions are created on the cluster's own node."""

    def __init__(self, pool, base_uri, session_node, agent_node):
        self.pool = pool
        self.base_uri = base_uri
        self.session_node = session_node
        self.agent_node = agent_node
        self.watching = False

    def request(self, method, url, body=None, **kwargs):
        if method == "PUT" and url.endswith("/v1/session/create"):
            body = json.dumps(self.on_own_node(json.loads(body or "{}")))
        return self.pool.request(method, url, body=body, **kwargs)

    def on_own_node(self, session):
        checks = session.pop("checks", None) or []
        if AGENT_CHECK in checks:
            session["name"] = "%s@%s" % (session.get("name", ""), self.agent_node)
            self.start_watching()
        # An empty list; without one Consul would add the agent's check.
        return {**session, "node": self.session_node, "checks": [check for check in checks if check != AGENT_CHECK]}

    def start_watching(self):
        if not self.watching:
            self.watching = True
            threading.Thread(target=self.watch, name="consul_sessions", daemon=True).start()

    def watch(self):
        index = None
        while True:
            try:
                failed, index = self.failed_nodes(index)
                if failed:
                    self.end_sessions_of(failed)
            # Whatever it is, the lock still has its time to live.
            except Exception as failure:
                log.info("could not look after the sessions of failed nodes: %s", failure)
                index = None
                time.sleep(RETRY_SECONDS)

    def failed_nodes(self, index):
        """Returns the nodes whose agents Consul calls failed, and the index to wait for a change of them with."""
        since = "" if index is None else "?index=%s&wait=%ds" % (index, WAIT_SECONDS)
        answer = self.ask("GET", "/v1/health/state/critical" + since, WAIT_SECONDS + 5)
        failed = {check["Node"] for check in json.loads(answer.data) if check["CheckID"] == AGENT_CHECK}
        return failed, answer.headers.get("X-Consul-Index")

    def end_sessions_of(self, failed):
        answer = self.ask("GET", "/v1/session/node/" + quote(self.session_node, safe=""))
        for session in json.loads(answer.data):
            member, separator, node = session["Name"].rpartition("@")
            if separator and node in failed:
                log.warning("%s has failed: the session of %s ends", node, member)
                self.ask("PUT", "/v1/session/destroy/" + session["ID"])

    def ask(self, method, path, timeout=5):
        answer = self.pool.request(method, self.base_uri + path, retries=0, timeout=timeout)
        if answer.status != 200:
            raise OSError("Consul answered %s with %d %s" % (path, answer.status, answer.data.decode(errors="replace")))
        return answer
