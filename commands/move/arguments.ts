import type { MoveWish } from "../../patroni/moves/movePlan";
import { commonUsage, readActArguments, type ActArguments } from "../acts/actArguments";
import { CommandError } from "../commandError";

/** What a call of the command asks for. */
export interface MoveArguments extends ActArguments, MoveWish {}

/** How long it may take unless the command line says it: most of it is the copy. */
export const moveSeconds = 3600;

/** Shown for `--help`. */
export const usage = `Usage: npm run move -- --tenant NAME --member MEMBER [--to NODE] [--give-up] [--stack NAME]
                       [--config-file FILE] [--yes] [--timeout SECONDS]

Moves a member to another node: a new copy is made there first, then the old member goes. A member that doesn't run,
because its node or its volume is gone, is made anew elsewhere. No data is deleted.
It shows what it will do, asks, does it, and waits until the new member streams. Interrupted anywhere, it goes on when
it is run again. Ends with 0 when it is so, 1 when it was begun and isn't so, 2 when nothing was done.
NOMAD_TOKEN needs submit-job, alloc-lifecycle, host-volume-create and host-volume-delete (for claims) in the
namespace; CONSUL_HTTP_TOKEN reading alone. Patroni's REST API must be reachable from here.

${commonUsage}; ${moveSeconds} unless said
  --member MEMBER      who goes: a member is named after its node
  --to NODE            where it goes; without it the best node that qualifies
  --give-up            give up the copy of a member whose node is down or whose volume is gone`;

/**
 * Reads the command line.
 *
 * @throws {CommandError} for what it doesn't know, and without a member
 */
export function parseArguments(args: readonly string[]): MoveArguments {
  const { common, values } = readActArguments(args, usage, ["--member", "--to"], ["--give-up"]);
  const member = values.get("--member") ?? "";
  if (member === "" && !common.help) throw new CommandError(`--member NAME says who goes.\n\n${usage}`);
  return { ...common, member, to: values.get("--to"), giveUp: values.has("--give-up") };
}
