import type { ConfigDocument } from "../../patroni/configDocument";
import { followsAnother } from "../../patroni/standbyCluster";
import { ProviderFailure } from "../failure";
import { readConfigKey, readScope } from "./configKey";
import type { ConfigInputs } from "./model";

/**
 * Refuses to make a standby of a cluster that has data of its own, before anything is written: Patroni would stop its
 * leader at once and rewind away what the other cluster doesn't have (`Ha._run_cycle`, `Rewind.execute` in patroni
 * 4.1.5).
 *
 * @param last the document that was last put into effect, for when Consul has none any more
 *
 * Throws a ProviderFailure, or an HttpError when Consul can't be asked.
 */
export async function refuseStandby(
  inputs: ConfigInputs,
  wanted: (before: ConfigDocument | undefined) => ConfigDocument,
  last: ConfigDocument | undefined,
): Promise<void> {
  if (!followsAnother(wanted(undefined))) return;
  const [{ initialize }, key] = await Promise.all([readScope(inputs), readConfigKey(inputs)]);
  const before = key?.document ?? last;
  if (initialize === undefined || before === undefined || followsAnother(before)) return;
  throw new ProviderFailure(
    "patroni.standbyCluster is set, and the cluster has data of its own: what the other cluster doesn't have would be lost",
    [
      "nothing was written",
      "take patroni.standbyCluster back, or make a cluster of another name the standby",
      "a cluster that is meant to give its data up: remove it, with storage.whenRemoved as docs/storage.md says, and make it anew",
    ],
  );
}
