import {
  changedSettings,
  describeChange,
  sameValue,
  type ConfigDocument,
} from "../../patroni/configDocument";
import { ProviderFailure } from "../failure";
import type { LoadWait } from "./awaitLoaded";
import { readConfigKey } from "./configKey";
import { shortList } from "./describe";
import { until } from "./until";

/** A document that stands in Consul. */
export interface StandingKey {
  readonly document: ConfigDocument;
  readonly modifyIndex: number;
}

/** Somebody else has changed the configuration while it was put into effect. */
export class Overwritten extends ProviderFailure {
  constructor(
    /** What stands in Consul now. */
    readonly standing: StandingKey,
    after: ConfigDocument,
  ) {
    const changes = shortList(changedSettings(after, standing.document).map(describeChange));
    super(`somebody else has changed the configuration while it was put into effect: ${changes}`, [
      "it was left as it is, and nobody is restarted any more by this run",
      "see who writes it (another pulumi up, patronictl edit-config, a script); pulumi up puts it right, or take it into the stack's config",
    ]);
  }
}

/** Throws Overwritten when another document stands in Consul than is wanted. Waits for Consul where it is away. */
export async function refuseOverwritten({ inputs, after, wanted, deadline }: LoadWait): Promise<void> {
  const found = await until(deadline, async () => ({ key: await readConfigKey(inputs) }));
  if (found === undefined) return;
  const document = found.key?.document ?? {};
  if (!sameValue(wanted(document), document))
    throw new Overwritten({ document, modifyIndex: found.key?.modifyIndex ?? 0 }, after);
}
