import type { Cluster } from "../../config/model";
import { nearestSpelling } from "../../config/spelling";
import { CommandError } from "../commandError";
import type { StackSettings } from "../stackSettings";

/** @throws {CommandError} when the stack has no such cluster */
export function chooseCluster({ stack, config: { clusters } }: StackSettings, name: string): Cluster {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found !== undefined) return found;
  const names = clusters.map((cluster) => cluster.name);
  const meant = nearestSpelling(name, names);
  const hint = meant === undefined ? "npm run status lists the clusters." : `Did you mean ${meant}?`;
  throw new CommandError(`The stack ${stack} has no tenant ${name}. ${hint}`);
}
