import type { StackConfig } from "../../config/model";
import { leftoverStatus } from "../../patroni/leftovers/leftoverStatus";
import type { LeftoverStatus } from "../../patroni/status/model";
import type { ClusterObservation } from "../../patroni/status/observation";
import { HttpError } from "../../providers/http";
import { observeLeftovers } from "../leftovers/observeLeftovers";

/** What nobody needs any more; null where Consul or Nomad doesn't say, because a status is worth having without. */
export async function leftoversOf(
  config: StackConfig,
  observations: readonly ClusterObservation[],
): Promise<readonly LeftoverStatus[] | null> {
  const { address, namespace, region } = config.platform.nomad;
  const place = { nomadAddress: address, nomadNamespace: namespace, nomadRegion: region };
  const allocations = (name: string) => {
    const nomad = observations.find(({ wanted }) => wanted.name === name)?.nomad;
    return nomad?.kind === "known" ? nomad.value.allocations : undefined;
  };
  try {
    return (await observeLeftovers(config, allocations)).map((each) => leftoverStatus(each, place));
  } catch (error) {
    if (error instanceof HttpError) return null;
    throw error;
  }
}
