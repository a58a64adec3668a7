"""Has a member that is stuck copy the leader's data anew: once, when it has been stuck for longer than the limit.

`launch.py` runs it beside Patroni for as long as the container runs. Patroni brings back by itself what it can (pg_rewind,
a copy where the histories diverged); what is left are members that it never gets out of, such as one that needs WAL which
the leader no longer has. Nobody else is there to see it at night.

It only ever asks its own member's Patroni, for what `patronictl reinit` asks for, after it has said why: both sides'
timelines, positions and identifiers, and PostgreSQL's last words. A marker beside the data, with the same words, is written
first. While it is there nothing is deleted any more; it goes when the member has followed for SETTLED_SECONDS.

The limit is `rebuild_stuck_after` in Patroni's dynamic configuration, in seconds; without it nothing is ever rebuilt.
"""

import json
import logging
import os
import sys
import time
from datetime import datetime, timezone
from urllib.error import HTTPError

import healthcheck
import stuck
import stuckfacts
from members import Members, base_url, own_url

LIMIT_SETTING = "rebuild_stuck_after"

LOOK_SECONDS = 10

# What is stuck for this long is told, and again after every such while.
NOTICE_SECONDS = 20
REPEAT_SECONDS = 30

# From one member that doesn't follow to the next: by then the others see that it copies, and leave the leader to it.
TURN_SECONDS = 30

# So long a rebuilt member has to follow before it may be rebuilt another time.
SETTLED_SECONDS = 300

ASK_SECONDS = 30

log = logging.getLogger("rebuild")


def utc(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def limit_of(config):
    limit = (config or {}).get(LIMIT_SETTING)
    return limit if isinstance(limit, (int, float)) and not isinstance(limit, bool) and limit > 0 else None


def turn_of(look):
    """How many members with a name before this one's don't follow either. They go first, one after the other."""
    return sum(
        one.get("role") != "leader" and one.get("state") != "streaming" and one["name"] < look.name for one in look.members
    )


class Marker:
    """The note of a rebuild, in the folder that holds the data directory."""

    def __init__(self, data_dir):
        self.path = data_dir.rstrip("/") + ".rebuilt.json"

    def read(self):
        """The note's lines, None where there is no note. One that can't be read is one."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)["evidence"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            return ["the note of it can't be read: %s" % error]

    def write(self, evidence):
        """It is on the disk when this returns."""
        new = self.path + ".new"
        with open(new, "w", encoding="utf-8") as file:
            json.dump({"evidence": evidence}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        folder = os.open(os.path.dirname(self.path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self):
        os.remove(self.path)


class Rebuild:
    """Looks after one member. `gather` is asked for facts, a look at a time, when it has been stuck for long."""

    def __init__(self, members, marker, gather):
        self.members = members
        self.marker = marker
        self.gather = gather
        self.watch = stuck.Watch()
        self.told_at = None

    def step(self, look):
        """Takes a look into account, and does what follows from it."""
        self.watch.see(look)
        if self.watch.stuck_since is None:
            self.told_at = None
            self.settle(look)
            return
        seconds = look.at - self.watch.stuck_since
        if seconds < NOTICE_SECONDS:
            return
        limit = limit_of(self.members.answer_of("/config"))
        due = None if limit is None else limit + TURN_SECONDS * turn_of(look)
        told_lately = self.told_at is not None and look.at - self.told_at < REPEAT_SECONDS
        if due is None or seconds < due:
            if not told_lately:
                self.tell(look, "isn't rebuilt: %s isn't set" % LIMIT_SETTING if due is None else self.when(look, due))
            return
        waiting = stuck.passing_reason(look)
        if waiting is not None and not told_lately:
            self.tell(look, "rebuilds itself later: %s" % waiting)
        # What it takes to judge costs a connection to the leader.
        if waiting is None and (not told_lately or self.told_at < self.watch.stuck_since + due):
            self.judge(look, seconds)

    def settle(self, look):
        since = self.watch.following_since
        if since is None or look.at - since < SETTLED_SECONDS or self.marker.read() is None:
            return
        self.marker.remove()
        log.info("%s has followed for %d s since its rebuild, and may be rebuilt again", look.name, SETTLED_SECONDS)

    def judge(self, look, seconds):
        facts = self.gather(look)
        evidence = stuck.evidence(look, facts)
        earlier = self.marker.read()
        if earlier is not None:
            self.tell(look, "isn't rebuilt: it was once already, and got stuck again", evidence)
            for line in earlier:
                log.warning("before the rebuild of %s: %s", look.name, line)
            return
        reason = stuck.reason_to_keep(look, facts)
        if reason is not None:
            self.tell(look, "isn't rebuilt: %s" % reason, evidence)
            return
        self.rebuild(look, ["stuck since %s, for %d s: %s" % (self.since(look), seconds, look.describe()), *evidence])

    def rebuild(self, look, evidence):
        try:
            self.marker.write(evidence)
        except OSError as error:
            self.tell(look, "isn't rebuilt: it couldn't be noted (%s), and might be rebuilt for ever" % error, evidence[1:])
            return
        for line in evidence:
            log.warning("rebuild of %s: %s", look.name, line)
        log.warning("rebuild of %s: its data is deleted, and %s's copied in its place", look.name, look.leader_name)
        self.told_at = look.at
        try:
            said = self.members.post("/reinitialize", {"force": True, "from_leader": True}, ASK_SECONDS)
        except HTTPError as refusal:
            # Nothing was begun.
            self.marker.remove()
            said = "Patroni refuses: %s" % (refusal.read().decode(errors="replace") or refusal)
        except OSError as error:
            said = "Patroni's answer didn't come: %s" % error
        log.warning("rebuild of %s: %s", look.name, said)
        self.watch = stuck.Watch()

    def since(self, look):
        return utc(look.wall - (look.at - self.watch.stuck_since))

    def when(self, look, due):
        return "rebuilds itself at %s" % utc(look.wall + self.watch.stuck_since + due - look.at)

    def tell(self, look, what, evidence=()):
        self.told_at = look.at
        log.warning("stuck: %s since %s: %s; %s", look.name, self.since(look), look.describe(), what)
        for line in evidence:
            log.warning("stuck: %s: %s", look.name, line)


def take_look(members, followed):
    """Asks its member, and the others only where it doesn't follow. `followed`: whether it did before."""
    look = stuck.Look(time.monotonic(), members.answer_of("/patroni"), wall=time.time())
    own = look.own
    leads = own.get("role") == "primary" and own.get("state") == "running"
    if leads or look.name is None or (followed and look.streams()):
        return look
    cluster = members.answer_of("/cluster")
    leader = next((one for one in (cluster or {}).get("members", []) if one.get("role") == "leader"), {})
    url = base_url(leader)
    says = members.answer_of("/primary", url) if url and leader.get("name") != look.name else None
    return stuck.Look(look.at, own, cluster, says, stuckfacts.working_processes(), look.wall)


def beside(config_file):
    """What looks after the member that runs from this configuration file. It raises until the file is there."""

    def facts(look):
        # Read anew: its passwords may have changed.
        return stuckfacts.gather(look, healthcheck.section(config_file, "postgresql"))

    marker = Marker(healthcheck.section(config_file, "postgresql")["data_dir"])
    return Rebuild(Members(own_url(config_file)), marker, facts)


def look_after(start):
    """Looks again and again at what `start` returns once it can be had."""
    rebuild = failure = None
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            rebuild = rebuild or start()
            rebuild.step(take_look(rebuild.members, rebuild.watch.following_since is not None))
            failure = None
        except Exception as error:  # It must not end before its member, whatever it meets.
            if repr(error) != failure:
                failure = repr(error)
                log.warning("whether this member is stuck can't be told: %s", failure)


def main(arguments):
    # As Patroni's own lines are, among which it stands.
    logging.basicConfig(format="%(asctime)s %(levelname)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    look_after(lambda: beside(arguments[1] if len(arguments) > 1 else healthcheck.CONFIG_FILE))


if __name__ == "__main__":
    main(sys.argv)
