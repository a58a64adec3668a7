"""Finds out what a member's container, its data and its leader say of a member that may be stuck."""

import os
import re
import subprocess

from stuck import Facts

COMMAND_SECONDS = 15
CONNECT_SECONDS = 5

# How much of the log's end is read, and how many lines of it are told.
LOG_TAIL_BYTES = 64 * 1024
LOG_LINES = 3
LOG_LINE_CHARACTERS = 300

# The title of the process that replays WAL: `postgres: acme: startup recovering 000000010000000000000003`, with the
# cluster's name if it has one. It names the segment (also one that it is `waiting for`) once it reads any, and ends in `waiting`
# while a query conflicts with what comes next.
STARTUP_TITLE = re.compile(
    r"^postgres: (?:\S+: )?startup\b\s*(?:(?:recovering|waiting for) (?P<segment>[0-9A-F]{24}))?(?P<contended> waiting)?"
)

# What PostgreSQL and its programs say when they can't go on. A session's own errors may hold a tenant's data.
FAILING_LINE = re.compile(r"^\S+ \S+ \S+ \[[\d-]+\].*?\b(?:FATAL|PANIC): |^pg_\w+: error: ")

# What it says to those who come too early or too late.
PASSING = re.compile(r"database system is (?:starting up|shutting down|not yet accepting connections)")


def working_processes():
    """The processes that bring a member forward: recovery, copy, rewind."""
    with open("/proc/uptime", encoding="ascii") as file:
        uptime = float(file.read().split()[0])
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            process = working_process(pid, uptime)
        except (OSError, ValueError, IndexError):
            # It has ended meanwhile.
            continue
        if process is not None:
            found.append(process)
    return found


def working_process(pid, uptime):
    with open("/proc/%s/cmdline" % pid, encoding="utf-8", errors="replace") as file:
        arguments = file.read().rstrip("\0 ").split("\0")
    process = work_of(arguments)
    if process is None:
        return None
    with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as file:
        # After the program's name, which may hold anything, the third field comes. proc(5)
        fields = file.read().rpartition(")")[2].split()
    with open("/proc/%s/status" % pid, encoding="utf-8", errors="replace") as file:
        switches = int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.MULTILINE).group(1))
    age = uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    activity = int(fields[11]) + int(fields[12]) + switches
    return {**process, "pid": int(pid), "age": age, "activity": activity}


def work_of(arguments):
    """What a process does for its member; None where nothing that brings it forward."""
    title = STARTUP_TITLE.match(arguments[0])
    if title is not None:
        return {"kind": "recovery", "segment": title["segment"], "contended": title["contended"] is not None}
    program = os.path.basename(arguments[0])
    if program in ("pg_basebackup", "pg_rewind"):
        return {"kind": program}
    return {"kind": "crash recovery"} if program == "postgres" and "--single" in arguments else None


def location(text):
    """Bytes of WAL from PostgreSQL's own form; None for 0/0, which stands for none."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16) or None


def control_of(output):
    """What pg_controldata says."""
    said = dict(re.split(r":\s*", line, maxsplit=1) for line in output.splitlines() if ":" in line)
    locations = (location(said[key]) for key in ("Latest checkpoint location", "Minimum recovery ending location"))
    return {
        "identifier": said["Database system identifier"],
        "timeline": max(int(said["Latest checkpoint's TimeLineID"]), int(said["Min recovery ending loc's timeline"])),
        "location": max((one for one in locations if one is not None), default=None),
    }


def read_control(postgresql):
    program = os.path.join(postgresql.get("bin_dir") or "", "pg_controldata")
    env = dict(os.environ, LC_ALL="C")
    try:
        done = subprocess.run(
            [program, postgresql["data_dir"]], env=env, capture_output=True, text=True, timeout=COMMAND_SECONDS
        )
        return control_of(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.SubprocessError, KeyError, ValueError):
        return None


def read_source(postgresql, host, port):
    """Connects as a copy would, and returns what the leader says of itself, or else its refusal."""
    login = dict((postgresql.get("authentication") or {}).get("replication") or {})
    env = dict(os.environ, LC_ALL="C", PGPASSWORD=str(login.pop("password", "")))
    settings = {"host": host, "port": port, "user": login.pop("username", None), "dbname": "postgres", **login}
    settings.update(replication="true", connect_timeout=CONNECT_SECONDS, application_name="rebuild")
    conninfo = " ".join("%s='%s'" % (key, escaped(value)) for key, value in settings.items() if value is not None)
    program = os.path.join(postgresql.get("bin_dir") or "", "psql")
    command = [program, "--no-psqlrc", "--tuples-only", "--no-align", "--no-password", "-c", "IDENTIFY_SYSTEM", conninfo]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        if done.returncode != 0:
            return None, " ".join(done.stderr.split())
        identifier, timeline, at = done.stdout.strip().split("|")[:3]
        return {"identifier": identifier, "timeline": int(timeline), "location": location(at)}, None
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return None, str(error)


def escaped(value):
    """A value in a connection string. https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING"""
    return str(value).replace("\\", "\\\\").replace("'", "\\'")


def last_failures(lines):
    """The last lines in which PostgreSQL or its programs give up, each wording once."""
    failing = [line.strip()[:LOG_LINE_CHARACTERS] for line in lines if FAILING_LINE.search(line) and not PASSING.search(line)]
    latest = {FAILING_LINE.split(line, maxsplit=1)[-1]: line for line in failing}
    return list(latest.values())[-LOG_LINES:]


def read_log():
    """The end of what this task wrote, which Nomad keeps where the task can read it; nothing elsewhere."""
    folder, task = os.environ.get("NOMAD_ALLOC_DIR"), os.environ.get("NOMAD_TASK_NAME")
    if not folder or not task:
        return []
    logs = os.path.join(folder, "logs")
    prefix = task + ".stderr."
    try:
        numbers = [int(name[len(prefix) :]) for name in os.listdir(logs) if re.fullmatch(re.escape(prefix) + r"\d+", name)]
        with open(os.path.join(logs, prefix + str(max(numbers))), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()
    except (OSError, ValueError):
        return []


def gather(look, postgresql):
    """All that is asked for only once a member has been stuck for long. `postgresql` is that section of patroni.yml."""
    leader = next((one for one in look.members if one.get("name") == look.leader_name), {})
    source, refusal = read_source(postgresql, leader.get("host"), leader.get("port"))
    return Facts(read_control(postgresql), source, refusal, last_failures(read_log()))
