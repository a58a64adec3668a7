import type { SwitchoverPlan } from "../../patroni/acts/switchoverPlan";
import type { RestartStep } from "../../patroni/configChange";
import { ProviderFailure } from "../failure";
import type { LoadWait } from "./awaitLoaded";
import { describeParameters } from "./describe";

/** Nobody can take over from a leader that waits for a restart, so it isn't restarted: with it the cluster would stop. */
export function cantTakeOver({ inputs }: LoadWait, step: RestartStep, reason: string): ProviderFailure {
  return new ProviderFailure(
    `leader ${step.member} waits for a restart (${describeParameters(step.parameters)}) and wasn't restarted, because nobody can take over from it`,
    [
      reason,
      "the configuration is in Consul and every member has loaded it; the leader serves on with the old value",
      `npm run status shows the members, npm run reinit -- --tenant ${inputs.cluster} --member NAME copies a replica's data anew`,
      "pulumi up goes on once a replica can take over",
    ],
  );
}

/** A switchover that was begun and isn't over. */
export function notHandedOver(
  { leader, candidate }: SwitchoverPlan,
  said: readonly string[],
): ProviderFailure {
  return new ProviderFailure(`leader ${leader} was to hand over to ${candidate}, but that isn't over`, [
    ...said.map((line) => line.trim()),
    "the configuration stays in Consul; pulumi up looks at the members anew and goes on from there",
  ]);
}

/** Patroni doesn't take requests from here. */
export function changeRefused(step: RestartStep, said: string): ProviderFailure {
  const what = step.kind === "switchover" ? "switchover" : "restart";
  return new ProviderFailure(`Patroni on ${step.member} takes no ${what} from here: ${said}`, [
    "the configuration is in Consul and takes effect at the members' next restart; pulumi up tries again",
    `do it by hand with patronictl ${what}, or let this machine in (restapi.allowlist, restapi.authentication)`,
  ]);
}

/** A second switchover in one run: somebody or something else has moved the leader since the first. */
export function handedOverAlready(step: RestartStep): ProviderFailure {
  return new ProviderFailure(
    `leader ${step.member} waits for a restart (${describeParameters(step.parameters)}), and this run has had a leader hand over already`,
    [
      "somebody else, or a failover, has changed the leader meanwhile",
      "the configuration stays in Consul; pulumi up goes on with the restart",
    ],
  );
}
