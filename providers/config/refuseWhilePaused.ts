import { expectedRestarts } from "../../patroni/configChange";
import type { ConfigDocument } from "../../patroni/configDocument";
import { isPaused } from "../../patroni/pause";
import { ProviderFailure } from "../failure";
import { readConfigKey, readScope } from "./configKey";
import { describeParameters } from "./describe";
import type { ConfigInputs } from "./model";

/**
 * Refuses a configuration that pauses the cluster and asks for what a paused cluster can't do, before anything is
 * written: to come up (`Ha._run_cycle` in patroni/ha.py, 4.1.5: 'running with empty data directory', 'postgres is not
 * running'), or to restart for a parameter. Patroni would carry a restart out, but leave a PostgreSQL down that doesn't
 * come back, and nobody would take over from it.
 *
 * Throws a ProviderFailure, or an HttpError when Consul can't be asked.
 */
export async function refuseWhilePaused(
  inputs: ConfigInputs,
  wanted: (before: ConfigDocument | undefined) => ConfigDocument,
): Promise<void> {
  if (!isPaused(wanted(undefined))) return;
  const [{ leader }, key] = await Promise.all([readScope(inputs), readConfigKey(inputs)]);
  if (leader === undefined)
    throw new ProviderFailure(
      "patroni.pause is true, and no member holds the leader lock: while it is paused, Patroni bootstraps no cluster and starts no PostgreSQL",
      [
        "nothing was written",
        "set patroni.pause to false, run pulumi up, and pause the cluster once it has a leader",
      ],
    );
  const restarts = key?.document === undefined ? [] : expectedRestarts(key.document, wanted(key.document));
  if (restarts.length === 0) return;
  const [takes, them] = restarts.length === 1 ? ["takes", "the parameter"] : ["take", "the parameters"];
  throw new ProviderFailure(
    `${describeParameters(restarts)} ${takes} a restart, and patroni.pause is true: Patroni wouldn't start a PostgreSQL again that doesn't come back`,
    [
      "nothing was written",
      `set patroni.pause to false for this change, or take ${them} back, then run pulumi up again`,
    ],
  );
}
