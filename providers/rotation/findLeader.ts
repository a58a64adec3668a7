import { ProviderFailure } from "../failure";
import { HttpError } from "../http";
import { readScope, unreachableConsul } from "../config/configKey";
import type { PostgresAddress } from "../postgresSession";
import type { RotationInputs } from "./model";

/** Where the leader's PostgreSQL listens. */
export interface Leader extends PostgresAddress {
  readonly name: string;
}

/** The member that holds the leader lock. Throws a ProviderFailure where there is none, or Consul can't be asked. */
export async function findLeader(inputs: RotationInputs): Promise<Leader> {
  const keys = await readScope(inputs).catch((error: unknown) => {
    throw error instanceof HttpError ? unreachableConsul(error) : error;
  });
  const member = keys.members.find(({ name }) => name === keys.leader);
  if (member?.host === undefined || member.port === undefined)
    throw new ProviderFailure("there is no leader that could take new passwords", [
      "npm run status says how the members are; pulumi up goes on with the rotation when there is a leader",
    ]);
  return { name: member.name, host: member.host, port: member.port };
}
