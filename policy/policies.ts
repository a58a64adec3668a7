import type { StackValidationPolicy } from "@pulumi/policy";
import type { PackRule } from "./rule";
import { dataDeletedOnlyInWords } from "./rules/dataDeletedOnlyInWords";
import { droppedOnlyInWords } from "./rules/droppedOnlyInWords";
import { membersForSynchronousMode } from "./rules/membersForSynchronousMode";
import { noSecretInDocuments } from "./rules/noSecretInDocuments";
import { nothingShared } from "./rules/nothingShared";
import { pinnedBaseImages } from "./rules/pinnedBaseImages";
import { throwAwayDataReplicated } from "./rules/throwAwayDataReplicated";

/** Every guard rail of `config/guardRails/`, by the same id. */
export const packRules: readonly PackRule[] = [
  dataDeletedOnlyInWords,
  droppedOnlyInWords,
  membersForSynchronousMode,
  nothingShared,
  noSecretInDocuments,
  pinnedBaseImages,
  throwAwayDataReplicated,
];

/** The rules as Pulumi takes them. Each looks at the whole stack, in previews and updates. */
export const guardRailPolicies: readonly StackValidationPolicy[] = packRules.map(
  ({ id, description, configSchema, violations }) => ({
    name: id,
    description,
    ...(configSchema === undefined ? {} : { configSchema }),
    validateStack: (stack, report) => {
      const resources = stack.resources.map(({ type, urn, props }) => ({ type, urn, props }));
      for (const { message, urn } of violations(resources, stack.getConfig<object>())) report(message, urn);
    },
  }),
);
