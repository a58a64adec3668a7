import type { Refusal } from "../../patroni/storageMessages";
import { ProviderFailure } from "../failure";

/** The refusal as an error that an operator sees. */
export function refused({ headline, details }: Refusal): ProviderFailure {
  return new ProviderFailure(headline, details);
}
