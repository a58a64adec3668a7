import {
  changedParameter,
  changedSettings,
  documentParameters,
  type ConfigDocument,
  type ConfigValue,
  type SettingChange,
} from "./configDocument";
import {
  patroniControlledParameters,
  restartParameters,
  standbySensitiveDefaults,
} from "./restartParameters";

/** A parameter whose value in the configuration isn't the one that a member runs with. */
export interface PendingParameter {
  /** In lower case. */
  readonly name: string;
  /** Both as PostgreSQL writes them, for example `128MB`. */
  readonly running: string;
  readonly wanted: string;
}

/** What the plan must know of a member. */
export interface PlannedMember {
  readonly name: string;
  readonly role: "leader" | "replica";
  /** Whether its PostgreSQL runs; one that doesn't takes the configuration when it starts. */
  readonly running: boolean;
  /** What only a restart puts into effect: observed (Patroni's `pending_restart_reason`) or expected. */
  readonly pending: readonly PendingParameter[];
}

/** One thing to do to one member, to be over before the next begins. */
export interface RestartStep {
  /** `switchover`: the leader hands over to a replica, and starts again as one of them. */
  readonly kind: "restart" | "switchover";
  readonly member: string;
  readonly role: "leader" | "replica";
  /** What this restart puts into effect. */
  readonly parameters: readonly PendingParameter[];
}

/** What a new configuration means for a cluster. */
export interface ConfigPlan {
  /** What differs between the documents. */
  readonly changes: readonly SettingChange[];
  /** One after the other; none if every change takes effect by itself. */
  readonly steps: readonly RestartStep[];
  /** What waits for a restart on account of something else than this configuration; it is left alone. */
  readonly foreign: readonly { readonly member: string; readonly parameter: PendingParameter }[];
}

/** What a plan is made from. */
export interface ConfigPlanInput {
  /** What stood in Consul; undefined when nothing did. */
  readonly before: ConfigDocument | undefined;
  readonly after: ConfigDocument;
  readonly members: readonly PlannedMember[];
  /** Whether the leader is the only member that there is to be: then nobody could take over from it. */
  readonly alone: boolean;
  /** Parameters, in lower case, that this run has changed on members by other means than the configuration. */
  readonly alsoOwn?: ReadonlySet<string>;
  /** Whether an earlier run stopped half way: then whatever is pending is taken for its own. */
  readonly resumed: boolean;
}

/**
 * What it takes to put a configuration into effect: pure, so that a preview can ask it as well.
 *
 * A parameter that a standby must not have lower than its primary decides the order. Raised, it goes to the
 * replicas first; lowered, to the leader first, because a replica that restarts with less than its leader had
 * falls back to the leader's old value (Patroni) and goes on waiting for a restart. Everything else goes to the
 * replicas first, where a value that doesn't work costs least. When both kinds come together, the replicas
 * restart twice, before the leader and after it.
 *
 * A leader that comes last hands over to a replica that has restarted: its clients wait for a switchover, and not
 * for its restart. One that has to go first, for a lowered parameter, restarts in place: whoever took over would run
 * with the old value as well, and would have to restart as a leader itself.
 */
export function planConfigChange(input: ConfigPlanInput): ConfigPlan {
  const own = ownParameters(input);
  const running = input.members.filter((member) => member.running);
  const ours = running.map((member) => ({ ...member, pending: member.pending.filter(own) }));
  const replicas = ours.filter(({ role }) => role === "replica");
  const leader = ours.find(({ role }) => role === "leader");
  const leaderLowers = leader?.pending.some(isLowered) === true;

  const beforeLeader = replicas.map(pendingOnly((parameter) => !leaderLowers || !isLowered(parameter)));
  const afterLeader = replicas.map(pendingOnly((parameter) => leaderLowers && isLowered(parameter)));
  return {
    changes: input.before === undefined ? [] : changedSettings(input.before, input.after),
    steps: [
      ...restarts(beforeLeader),
      ...(leader === undefined
        ? []
        : restarts([leader], leaderLowers || input.alone ? "restart" : "switchover")),
      ...restarts(afterLeader),
    ],
    foreign: running.flatMap((member) =>
      member.pending
        .filter((parameter) => !own(parameter))
        .map((parameter) => ({ member: member.name, parameter })),
    ),
  };
}

/**
 * Changed parameters of which it is known that they need a restart, with their values in the documents. Where a
 * document has none the value is empty, unless the default is known.
 */
export function expectedRestarts(before: ConfigDocument, after: ConfigDocument): readonly PendingParameter[] {
  return changedSettings(before, after).flatMap((change) => {
    const name = changedParameter(change);
    if (name === undefined || !restartParameters.has(name)) return [];
    const [running, wanted] = [expectedText(name, change.from), expectedText(name, change.to)];
    return running === wanted ? [] : [{ name, running, wanted }];
  });
}

/** The order of the restarts, for people: `restarting replicas first`. */
export function describeOrder(steps: readonly RestartStep[]): string {
  return steps.length === 0 ? "no restart needed" : `restarting ${restartOrder(steps)}`;
}

/** Who restarts in which order: `replicas first, then a switchover`. */
export function restartOrder(steps: readonly RestartStep[]): string {
  const leaderAt = steps.findIndex(({ role }) => role === "leader");
  if (leaderAt === -1) return "replicas";
  if (steps[leaderAt]?.kind === "switchover")
    return steps.length === 1 ? "the leader, by a switchover" : "replicas first, then a switchover";
  if (steps.length === 1) return "the leader";
  if (leaderAt === 0) return "the leader first, in place";
  return "replicas, the leader in place, then replicas again";
}

/** Whether a restart with the wanted value lowers a parameter that a standby must not have lower. */
function isLowered({ name, running, wanted }: PendingParameter): boolean {
  return standbySensitiveDefaults.has(name) && count(wanted) < count(running);
}

/** The number written, or one that is neither more nor less than any other. */
function count(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : NaN;
}

function pendingOnly(
  wanted: (parameter: PendingParameter) => boolean,
): (member: PlannedMember) => PlannedMember {
  return (member) => ({ ...member, pending: member.pending.filter(wanted) });
}

function restarts(
  members: readonly PlannedMember[],
  kind: RestartStep["kind"] = "restart",
): readonly RestartStep[] {
  return [...members]
    .filter(({ pending }) => pending.length > 0)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, role, pending }) => ({ kind, member: name, role, parameters: pending }));
}

/** A pending restart is this configuration's when the configuration says, or until now said, the parameter's value. */
function ownParameters({
  before,
  after,
  alsoOwn,
  resumed,
}: ConfigPlanInput): (parameter: PendingParameter) => boolean {
  const named = new Set([...documentParameters(before).keys(), ...documentParameters(after).keys()]);
  return ({ name }) =>
    resumed || named.has(name) || alsoOwn?.has(name) === true || patroniControlledParameters.has(name);
}

function expectedText(name: string, value: ConfigValue | undefined): string {
  const written = value ?? standbySensitiveDefaults.get(name) ?? "";
  return typeof written === "string" ? written : JSON.stringify(written);
}
