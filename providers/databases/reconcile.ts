import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { AllowedDrop } from "../../config/model";
import { adoptedParts } from "../../patroni/databases/drift";
import { own, type Found, type Objects } from "../../patroni/databases/model";
import { planDatabases, planDrops, planExtensions } from "../../patroni/databases/planDatabases";
import { planRoles } from "../../patroni/databases/planRoles";
import { objectProblem, ownRoleProblem, type ObjectProblem } from "../../patroni/databases/problems";
import type { Step } from "../../patroni/databases/step";
import { Deadline } from "../config/until";
import { ProviderFailure } from "../failure";
import { findLeader } from "../findLeader";
import { PostgresError, type Query } from "../postgresSession";
import type { Progress } from "../progress";
import { readComplete } from "../rotation/secret";
import type { DatabasesInputs } from "./model";
import { observe } from "./observe";
import { asSuperuser, carryOut, mayPass, type Superuser } from "./superuser";

/** What was asked for before, and what of the inputs' drops is done. */
export interface Before {
  readonly applied: Objects;
  readonly dropped: readonly AllowedDrop[];
}

/** How often a leader that is away is looked for again. */
const intervalMs = 400;

/**
 * Makes databases and roles as they are declared, on whoever leads. Every statement stands for itself, and each attempt
 * begins with what is there, so that whatever interrupts it, the next one goes on. `isDropped` is told of each drop.
 *
 * @returns what others added to declared roles and stays
 * @throws {ProviderFailure} with the statement that failed, or with what kept this program from asking
 */
export async function reconcile(
  inputs: DatabasesInputs,
  before: Before,
  progress: Progress,
  isDropped: (drop: AllowedDrop) => void,
): Promise<readonly string[]> {
  const deadline = new Deadline(inputs.timeoutSeconds);
  for (;;) {
    try {
      const superuser = await findSuperuser(inputs);
      return await bringAbout(superuser, inputs, before, progress, isDropped);
    } catch (error) {
      if (!(error instanceof NoLeader) && !mayPass(error)) throw explained(error);
      if (deadline.passed) throw explained(error);
    }
    progress.waitingFor("a leader that takes statements");
    await sleep(intervalMs);
  }
}

/** The leader and the superuser's login. Throws a ProviderFailure, NoLeader where there is none just now. */
export async function findSuperuser(inputs: DatabasesInputs): Promise<Superuser> {
  const { credentials } = await readComplete(inputs);
  stopAt(ownRoleProblem(inputs, inputs.drops, credentials));
  const leader = await findLeader(inputs);
  if (leader === undefined) throw new NoLeader();
  const login = { user: credentials.superuserUsername, password: credentials.superuserPassword };
  return { leader, login };
}

/** There is no leader just now; the next one may do it. */
export class NoLeader extends ProviderFailure {
  constructor() {
    super("there is no leader that could make databases and roles", [
      "npm run status says how the members are; pulumi up goes on when there is a leader",
    ]);
  }
}

/** What an operator can act on, in place of a session's error; anything else as it is. */
export function explained(error: unknown): unknown {
  if (!(error instanceof PostgresError)) return error;
  return new ProviderFailure(error.message, [
    ...(error.kind === "notAllowed"
      ? ["add the network of the machine that runs pulumi up to the cluster's networks.clients"]
      : []),
    "npm run status says how the members are; pulumi up goes on from where this one stopped",
  ]);
}

async function bringAbout(
  superuser: Superuser,
  inputs: DatabasesInputs,
  { applied, dropped }: Before,
  progress: Progress,
  isDropped: (drop: AllowedDrop) => void,
): Promise<readonly string[]> {
  const { databases, roles, drift } = inputs;
  const drops = inputs.drops.filter((drop) => !dropped.some((one) => isDeepStrictEqual(one, drop)));
  const { found, available } = await observe(superuser, inputs, drops);
  stopAt(objectProblem(inputs, found, available));
  const run = async (steps: readonly Step[], query: Query, where?: string) => {
    for (const step of steps) {
      progress.waitingFor(`${step.subject}: ${step.difference}`);
      await carryOut(step, query, superuser, where);
      progress.line(`${step.subject}: ${step.remedy}`);
    }
  };
  await asSuperuser(superuser, async (query) => {
    await run(planRoles({ wanted: roles, found: found.roles, applied: applied.roles, drift }), query);
    await run(planDatabases(databases, found.databases), query);
  });
  for (const [name, steps] of missingExtensions(databases, found))
    await asSuperuser(
      superuser,
      async (query) => {
        // Whatever the database sets: an extension goes where everybody looks for it.
        await query("SET search_path = public");
        await run(steps, query, ` in database ${name}`);
      },
      name,
    );
  await asSuperuser(superuser, (query) => run(planDrops(drops, found), query));
  drops.forEach(isDropped);
  return adoptedParts(found, inputs, applied, drift);
}

function missingExtensions(
  databases: Objects["databases"],
  found: Found,
): readonly (readonly [database: string, steps: readonly Step[]])[] {
  return Object.entries(databases).flatMap(([name, database]) => {
    const standing = own(found.databases, name)?.extensions ?? [];
    const steps = planExtensions(name, database, standing);
    return steps.length === 0 ? [] : [[name, steps] as const];
  });
}

function stopAt(problem: ObjectProblem | undefined): void {
  if (problem !== undefined) throw new ProviderFailure(problem.headline, problem.details);
}
