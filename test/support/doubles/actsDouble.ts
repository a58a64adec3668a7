import type { Answer } from "./httpDouble";
import type { PatroniDouble, PatroniState } from "./patroniDouble";
import type { PlatformDouble } from "./platformDouble";

/** How the double's cluster takes an act. */
export interface ActsStory {
  /** Who takes over in place of the candidate. */
  insteadOf?: string;
  /** The candidate never takes the lock; the request is dropped. */
  nobodyTakesOver?: boolean;
  /** The former leader never streams; a copy never ends. */
  neverStreams?: boolean;
  /** Runs before a request is looked at. */
  before?: () => void;
}

/** How long each step takes. */
const stepMs = 60;

/**
 * What the members of a `PlatformDouble` do when they are asked to act, with the words and codes of Patroni 4.1.5:
 * `do_POST_failover`, `is_failover_possible`, `poll_failover_result` and `do_POST_reinitialize` in patroni/api.py,
 * `Ha.reinitialize` in patroni/ha.py. A refused source address is `RestApiServer.check_access`.
 */
export class ActsDouble {
  /** What was asked, as `path body`. */
  readonly asked: string[] = [];
  /** Whether requests are let in. */
  open = true;
  private starts = 1;

  constructor(
    private readonly platform: PlatformDouble,
    readonly story: ActsStory = {},
  ) {
    for (const member of platform.members) {
      member.state = { ...member.state, more: { ...member.state.more, ...this.started() } };
      member.post = (path, body) => this.take(member, path, body);
    }
  }

  private async take(
    member: PatroniDouble,
    path: string,
    body: Readonly<Record<string, unknown>>,
  ): Promise<Answer | undefined> {
    this.asked.push(`${member.name} ${path} ${JSON.stringify(body)}`);
    this.story.before?.();
    if (!this.open) return { status: 403, body: "Access is denied" };
    return path === "/switchover" ? this.switchover(body) : this.reinitialize(member);
  }

  private async switchover({ leader, candidate }: Readonly<Record<string, unknown>>): Promise<Answer> {
    const { consul, members } = this.platform;
    const old = members.find(({ state }) => state.leads);
    const next = members.find(({ name }) => name === (this.story.insteadOf ?? candidate));
    if (old === undefined || leader !== old.name) return { status: 412, body: "leader name does not match" };
    if (leader === candidate) return { status: 400, body: "Switchover target and source are the same" };
    if (next === undefined) return { status: 412, body: "candidate does not exists" };
    if (next.hangs)
      return { status: 412, body: "switchover is not possible: no good candidates have been found" };
    if (this.story.nobodyTakesOver === true) return { status: 503, body: "Switchover failed" };
    const before = old.state;
    consul.delete("operations/acme/leader");
    old.state = { leads: false, state: "stopping", role: "replica" };
    await step();
    consul.put("operations/acme/leader", next.name, "session-next");
    next.state = { ...this.replica(before), leads: true, role: "primary", timeline: 2 };
    await step();
    for (const member of members) if (member !== next && member !== old) member.state = this.replica(before);
    if (this.story.neverStreams === true)
      old.state = { leads: false, state: "start failed", role: "replica" };
    else void step().then(() => (old.state = this.replica(before)));
    const said = next.name === candidate ? "Successfully switched over to" : "Switched over to";
    const other = next.name === candidate ? "" : ` instead of "${String(candidate)}"`;
    return { status: 200, body: `${said} "${next.name}"${other}` };
  }

  private reinitialize(member: PatroniDouble): Answer {
    if (member.state.leads) return { status: 503, body: "I am the leader, can not reinitialize" };
    if (member.state.state === "creating replica")
      return { status: 503, body: "reinitialize already in progress" };
    const before = member.state;
    // Answered before PostgreSQL has stopped: for a moment it streams as before.
    void step()
      .then(() => (member.state = { leads: false, state: "creating replica", role: "uninitialized" }))
      .then(step)
      .then(() => {
        if (this.story.neverStreams !== true) member.state = { ...this.replica(before), timeline: 1 };
      });
    return { status: 200, body: "reinitialize started" };
  }

  /** A replica that streams after a start of its own. */
  private replica({ location }: PatroniState): PatroniState {
    return {
      leads: false,
      state: "running",
      role: "replica",
      timeline: 2,
      location: location ?? 5000,
      replicationState: "streaming",
      more: this.started(),
    };
  }

  private started(): Readonly<Record<string, unknown>> {
    this.starts += 1;
    return { postmaster_start_time: `2026-11-23 10:00:${String(this.starts).padStart(2, "0")}.000000+00:00` };
  }
}

async function step(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, stepMs));
}
