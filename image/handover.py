"""Hands the leadership over before a member stops: asks Patroni for a switchover where this member leads.

`launch.py` runs it when the container is told to stop, whoever does it: a rolling update, a drain of the node, a
smaller cluster. Nomad replaces members in an order of its own, so the replica whose PostgreSQL started last is asked:
during an update that is one which was updated already, and has not to hand over again.

It only ever asks Patroni, over its REST API, and where it doesn't or can't, Patroni hands over by itself when it stops,
to whom it chooses. A REST API that wants a password or a client's certificate is such a case.
"""

import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.error import HTTPError

import healthcheck
from members import Members, base_url, own_url

# Who is stopped at the same moment, because the whole cluster is, no longer answers when this has passed.
SIMULTANEOUS_STOP_SECONDS = 1

# Longer than the launcher waits.
SWITCHOVER_SECONDS = 60

# One WAL segment: what a replica that streams is behind under load, and catches up with at once.
MAX_LAG_BYTES = 16 * 1024 * 1024

log = logging.getLogger("handover")


def is_able(status, leader):
    """Whether a member could lead at once. Both are what members say of themselves (`GET /patroni`)."""
    tags = status.get("tags") or {}
    received = (status.get("xlog") or {}).get("received_location")
    return (
        status.get("role") == "replica"
        and status.get("state") == "running"
        and status.get("replication_state") == "streaming"
        and status.get("timeline") == leader.get("timeline")
        and status.get("postmaster_start_time") is not None
        and received is not None
        and leader["xlog"]["location"] - received <= MAX_LAG_BYTES
        and not tags.get("nofailover")
        and int(tags.get("failover_priority", 1)) > 0
    )


def choose(leader, replicas):
    """Returns the name of the best member to hand over to, or None; `replicas` is what the other members say, by name.

    In synchronous mode it is a synchronous one. Where that has none, Patroni refuses any, and nothing is lost.
    """
    able = {name: status for name, status in replicas.items() if is_able(status, leader)}
    synchronous = {
        name: status for name, status in able.items() if status.get("sync_standby") or status.get("quorum_standby")
    }
    candidates = synchronous or able
    return max(
        candidates,
        key=lambda name: (datetime.fromisoformat(candidates[name]["postmaster_start_time"]), name),
        default=None,
    )


def others(members, own_name):
    """What the other members say of themselves, by name, of those that answer."""
    listed = {member["name"]: base_url(member) for member in members.cluster()["members"]}
    urls = {name: url for name, url in listed.items() if name != own_name and url}
    with ThreadPoolExecutor(max_workers=len(urls) or 1) as pool:
        answers = pool.map(lambda url: members.answer_of("/patroni", url), urls.values())
        return {name: answer for name, answer in zip(urls, answers) if answer is not None}


def switch_over(members, leader, candidate):
    """Asks for a switchover, and returns Patroni's words when another leads. It raises where Patroni refuses."""
    return members.post("/switchover", {"leader": leader, "candidate": candidate}, SWITCHOVER_SECONDS)


def hand_over(members):
    """Returns what came of it, or None where there is nothing to hand over."""
    if members.own().get("role") != "primary":
        return None
    time.sleep(SIMULTANEOUS_STOP_SECONDS)
    leader = members.own()
    if leader.get("role") != "primary":
        return None
    if leader.get("pause"):
        return "the cluster is paused, so nothing is handed over"
    name = leader["patroni"]["name"]
    candidate = choose(leader, others(members, name))
    if candidate is None:
        return "there is no replica to hand over to"
    log.info("%s is told to stop and hands over to %s", name, candidate)
    return switch_over(members, name, candidate)


def main(arguments):
    # As Patroni's own lines are, among which it stands.
    logging.basicConfig(format="%(asctime)s %(levelname)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    try:
        outcome = hand_over(Members(own_url(arguments[1] if len(arguments) > 1 else healthcheck.CONFIG_FILE)))
    except HTTPError as refusal:
        outcome = "not handed over before the stop: %s" % (refusal.read().decode(errors="replace") or refusal)
    except (OSError, ValueError, KeyError, TypeError) as error:
        outcome = "not handed over before the stop: %s" % error
    if outcome is not None:
        log.info("%s", outcome)


if __name__ == "__main__":
    main(sys.argv)
