"""Tells whether a member is stuck, since when, and whether its data may be replaced by the leader's. Without any I/O.

Stuck is a replica that doesn't follow a leader who is well, and that nothing goes forward on: neither its WAL position
nor a recovery, a rewind or a copy. Every step forward counts only where it is further than all before it since the member
last followed: a start that fails in every loop replays the same WAL again and again, and a copy that fails begins anew.
"""

# Patroni has read its cluster's keys at least this lately, or what it says of the cluster may be old.
LAST_SEEN_SECONDS = 60


def lsn(location):
    """Bytes of WAL as PostgreSQL writes them."""
    return "unknown" if location is None else "%X/%X" % (location >> 32, location & 0xFFFFFFFF)


class Look:
    """What is known of a member and its cluster at one moment."""

    def __init__(self, at, own, cluster=None, leader=None, work=(), wall=None):
        # Seconds of a clock that only goes forward.
        self.at = at
        # What the member says of itself (GET /patroni), or None where it doesn't answer.
        self.own = own or {}
        self.members = (cluster or {}).get("members") or []
        # What the leader says when it is asked directly (GET /primary), or None where it isn't answered with 200.
        self.leader = leader
        # Processes that bring a member forward: kind, process id, age in seconds, activity (a counter); of a recovery
        # also the WAL segment that it has reached, and whether a query holds it up.
        self.work = list(work)
        # Seconds since 1970.
        self.wall = wall

    @property
    def name(self):
        return (self.own.get("patroni") or {}).get("name")

    @property
    def leader_name(self):
        return next((one["name"] for one in self.members if one.get("role") == "leader"), None)

    def location(self, which):
        return (self.own.get("xlog") or {}).get(which + "_location")

    def streams(self):
        return self.own.get("role") == "replica" and self.own.get("replication_state") == "streaming"

    def is_streamed_to(self):
        """Whether the leader sees it stream, too. One that needs WAL which is gone says so for a moment at each try."""
        senders = (self.leader or {}).get("replication") or []
        return any(one.get("application_name") == self.name and one.get("state") == "streaming" for one in senders)

    def not_to_be_judged(self):
        """Why it doesn't count that the member doesn't follow, or None."""
        own = self.own
        if self.name is None:
            return "its Patroni doesn't answer"
        if own.get("role") == "primary" and own.get("state") == "running":
            return "it runs as a primary"
        if own.get("pause"):
            return "the cluster is paused"
        if (own.get("xlog") or {}).get("paused"):
            return "somebody has paused its replay"
        if self.wall is not None and self.wall - (own.get("dcs_last_seen") or 0) > LAST_SEEN_SECONDS:
            return "its Patroni is out of touch with Consul"
        if self.leader_name in (None, self.name):
            return "there is no other member that leads"
        leads = self.leader or {}
        if (leads.get("patroni") or {}).get("name") != self.leader_name or leads.get("role") != "primary":
            return "%s doesn't answer as the leader" % self.leader_name
        return None

    def describe(self):
        """What the member does in place of following, for people."""
        state = self.own.get("state")
        if state != "running":
            return "it says: %s" % state
        mine, theirs = self.own.get("timeline"), self.leader.get("timeline")
        if mine is not None and mine != theirs:
            return "it is on timeline %s, and doesn't stream from %s on timeline %s" % (mine, self.leader_name, theirs)
        return "it doesn't stream from %s" % self.leader_name


class Watch:
    """What was seen of a member so far."""

    def __init__(self):
        # When it began to follow without a break, and since when it has been stuck, on the clock of the looks.
        self.following_since = None
        self.stuck_since = None
        self._begin()

    def _begin(self):
        self._farthest = {}
        self._longest = {}
        self._activity = {}

    def see(self, look):
        """Takes one more look into account. Afterwards `stuck_since` and `following_since` say how the member is."""
        if look.streams() and (self.following_since is not None or look.is_streamed_to()):
            self._begin()
            self.stuck_since = None
            if self.following_since is None:
                self.following_since = look.at
            return
        self.following_since = None
        if look.not_to_be_judged() is not None:
            self._begin()
            self.stuck_since = None
        # Both have to be looked at, so that each remembers how far it was.
        elif any([self._moved(look), self._worked(look)]) or self.stuck_since is None:
            self.stuck_since = look.at

    def _moved(self, look):
        moved = False
        for which in ("received", "replayed"):
            now = look.location(which)
            if now is not None and now > self._farthest.get(which, -1):
                self._farthest[which] = now
                moved = True
        return moved

    def _worked(self, look):
        """Whether a process works on, and has for longer than any of its kind before."""
        worked = False
        activity = {}
        for process in look.work:
            kind, key = process["kind"], (process["kind"], process["pid"])
            activity[key] = process["activity"]
            segment = process.get("segment")
            if process.get("contended"):
                worked = True
            elif segment is not None:
                # It goes on trying to read the same one where what follows can't be had.
                worked = worked or segment > self._farthest.get("segment", "")
                self._farthest["segment"] = max(segment, self._farthest.get("segment", ""))
            elif self._activity.get(key) not in (None, process["activity"]) and process["age"] > self._longest.get(kind, 0):
                self._longest[kind] = process["age"]
                worked = True
        self._activity = activity
        return worked


class Facts:
    """What is only asked for once a member has been stuck for long."""

    def __init__(self, control=None, source=None, refusal=None, log=()):
        # Of the member's data, by pg_controldata: identifier, timeline, location. None where there is no database.
        self.control = control
        # Of the leader, over the connection that a copy takes: identifier, timeline, location.
        self.source = source
        # Why that connection can't be had.
        self.refusal = refusal
        # PostgreSQL's last lines in the member's log, where it can be read.
        self.log = list(log)


def timeline_of(look, facts):
    control = (facts.control or {}).get("timeline")
    return max((one for one in (look.own.get("timeline"), control) if one is not None), default=None)


def location_of(look, facts):
    candidates = (look.location("received"), look.location("replayed"), (facts.control or {}).get("location"))
    return max((one for one in candidates if one is not None), default=None)


def passing_reason(look):
    """Why the data isn't replaced yet, though it may be soon; or None."""
    copying = [one["name"] for one in look.members if one["name"] != look.name and one.get("state") == "creating replica"]
    return "%s copies the leader's data at the moment" % " and ".join(copying) if copying else None


def reason_to_keep(look, facts):
    """Why the data must not be replaced, or needn't be; None where nothing can be lost by it and it can work."""
    own = next((one for one in look.members if one["name"] == look.name), {})
    if own.get("role") in ("sync_standby", "quorum_standby") or look.own.get("sync_standby") or look.own.get("quorum_standby"):
        return "it counts as a synchronous standby, which may hold the only copy of a commit"
    if facts.control is None:
        return "it has no data that could be deleted, and Patroni tries to copy the leader's by itself"
    if facts.source is None:
        return "%s lets nobody copy its data: %s" % (look.leader_name, facts.refusal or "it doesn't say why")
    if facts.control.get("identifier") != facts.source["identifier"]:
        return "its data is another cluster's than the leader's"
    timeline = timeline_of(look, facts)
    if timeline is None:
        return "its timeline is unknown"
    if timeline > facts.source["timeline"]:
        return "its timeline is newer than the leader's"
    location = location_of(look, facts)
    if location is None:
        return "its WAL position is unknown"
    if timeline == facts.source["timeline"] and location > facts.source["location"]:
        return "it has WAL of the leader's timeline that the leader doesn't have"
    return None


def evidence(look, facts):
    """Both sides' timelines, positions and identifiers, and PostgreSQL's last words: a line each."""
    source, control = facts.source or {}, facts.control or {}
    leader = look.leader or {}
    return [
        "leader %s: timeline %s, LSN %s, system identifier %s"
        % (
            look.leader_name,
            source.get("timeline", leader.get("timeline")),
            lsn(source.get("location", (leader.get("xlog") or {}).get("location"))),
            source.get("identifier", leader.get("database_system_identifier")),
        ),
        "%s: timeline %s, received %s, replayed %s, safe in its data %s, system identifier %s"
        % (
            look.name,
            timeline_of(look, facts),
            lsn(look.location("received")),
            lsn(look.location("replayed")),
            lsn(control.get("location")),
            control.get("identifier"),
        ),
        *("its log: %s" % line for line in facts.log),
    ]
