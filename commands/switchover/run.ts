import { planSwitchover, type SwitchoverPlan } from "../../patroni/acts/switchoverPlan";
import { switchoverProgress } from "../../patroni/acts/switchoverProgress";
import { requestAct } from "../../providers/acts/requestAct";
import { runAct, type Act, type ActSurroundings } from "../acts/runAct";
import { parseArguments, usage } from "./arguments";

/**
 * Makes another member the leader. Returns the exit code: 0 when it leads and the former leader streams from it, 1 when
 * it was asked for and isn't so.
 *
 * @throws {CommandError} when nothing was done, and why
 */
export async function runSwitchover(args: readonly string[], surroundings: ActSurroundings): Promise<number> {
  const wanted = parseArguments(args);
  if (!wanted.help) return runAct(switchover(wanted.to), wanted, surroundings);
  surroundings.output.write(`${usage}\n`);
  return 0;
}

function switchover(to: string | undefined): Act<SwitchoverPlan> {
  return {
    plan: (observation) => planSwitchover(observation, to),
    isSame: (shown, now) => shown.leader === now.leader && shown.candidate === now.candidate,
    // With the candidate always named, what was shown is what happens. Answered when it is over, or after 20 s
    // (`poll_failover_result` in patroni/api.py).
    request: (observation, { leader, candidate }, timeoutSeconds) =>
      requestAct(observation, leader, "/switchover", { leader, candidate }, timeoutSeconds),
    judge: switchoverProgress,
    timeoutSeconds: ({ timeouts }) => timeouts.leaderSeconds,
  };
}
