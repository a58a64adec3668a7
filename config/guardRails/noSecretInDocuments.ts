import { jobspec } from "../../patroni/jobspec";
import { wrongValue, type Problem } from "../problem";
import type { SettledCluster } from "../stackRules";
import type { GuardedStack, GuardRail } from "./guardRail";
import { secretsIn } from "./secretsIn";
import { secretSign } from "./secretSigns";

const allowed = "plain values: Nomad, Consul and Pulumi's state keep this in clear";

/** Nothing that looks like a secret goes into a job or a dynamic configuration, where everyone may read it. */
export const noSecretInDocuments: GuardRail = {
  id: "no-secret-in-documents",
  of: "stack",
  problems: (stack) =>
    stack.clusters.flatMap((settled) => [...inParameters(settled), ...inJob(settled, stack)]),
};

function inParameters({ cluster, layered }: SettledCluster): readonly Problem[] {
  return Object.entries(cluster.parameters).flatMap(([name, value]) => {
    const sign = secretSign(String(value));
    return sign === undefined
      ? []
      : [wrongValue(layered.pathOf(`parameters.${name}`), `what looks like ${sign}`, allowed)];
  });
}

function inJob({ cluster }: SettledCluster, { platform }: GuardedStack): readonly Problem[] {
  const job = jobspec({ cluster, platform, imagePrefix: platform.image.repository });
  return secretsIn(job).map(({ path, sign }) => {
    const found = `what looks like ${sign} in the job, at \`${path}\``;
    return wrongValue(cluster.configPath, found, allowed);
  });
}
