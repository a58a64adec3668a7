import { noSecretInDocuments as rail } from "../../config/guardRails/noSecretInDocuments";
import { secretsIn } from "../../config/guardRails/secretsIn";
import { documentOf, ofKind } from "../resources";
import type { PackResource, PackRule, PackViolation } from "../rule";

/** Of every job in the stack, those of other programs beside this one included. */
export const noSecretInDocuments: PackRule = {
  id: rail.id,
  description: "No job and no dynamic configuration holds what looks like a secret.",
  violations: (resources) => [
    ...ofKind("job", resources).flatMap((job) => found(job, "jobspec")),
    ...ofKind("config", resources).flatMap((config) => found(config, "config")),
  ],
};

function found(resource: PackResource, property: string): readonly PackViolation[] {
  const name = resource.urn.split("::")[3] ?? resource.urn;
  return secretsIn(documentOf(resource, property)).map(({ path, sign }) => ({
    message: `${name}: found what looks like ${sign} in \`${property}\`${path === "" ? "" : `, at \`${path}\``}; allowed: plain values`,
    urn: resource.urn,
  }));
}
