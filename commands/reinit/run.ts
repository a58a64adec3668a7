import { planReinit, type ReinitPlan } from "../../patroni/acts/reinitPlan";
import { reinitProgress } from "../../patroni/acts/reinitProgress";
import { requestAct } from "../../providers/acts/requestAct";
import { runAct, type Act, type ActSurroundings } from "../acts/runAct";
import { copySeconds, parseArguments, usage } from "./arguments";

/**
 * Deletes a replica's data and copies the leader's anew. Returns the exit code: 0 when it streams with the new data, 1
 * when it was asked for and isn't so.
 *
 * @throws {CommandError} when nothing was done, and why
 */
export async function runReinit(args: readonly string[], surroundings: ActSurroundings): Promise<number> {
  const wanted = parseArguments(args);
  if (!wanted.help) return runAct(reinit(wanted.member), wanted, surroundings);
  surroundings.output.write(`${usage}\n`);
  return 0;
}

function reinit(wanted: string): Act<ReinitPlan> {
  return {
    plan: (observation) => planReinit(observation, wanted),
    isSame: (shown, now) => shown.leader === now.leader,
    // The docs say `from-leader`, the code of 4.1.5 reads `from_leader` (`do_POST_reinitialize` in patroni/api.py).
    request: (observation, { member }, timeoutSeconds) =>
      requestAct(observation, member, "/reinitialize", { from_leader: true }, timeoutSeconds),
    judge: reinitProgress,
    timeoutSeconds: () => copySeconds,
  };
}
