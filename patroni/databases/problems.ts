import { nearestSpelling } from "../../config/spelling";
import type { AllowedDrop } from "../../config/model";
import type { Credentials } from "../credentials";
import { own, type Found, type Objects } from "./model";

/** Why nothing can be done, and what helps. */
export interface ObjectProblem {
  readonly headline: string;
  readonly details: readonly string[];
}

/**
 * What makes a plan impossible and is known before the first statement: an extension that the members' image doesn't
 * have, or a database that an interrupted DROP DATABASE left behind. Undefined where nothing is.
 */
export function objectProblem(
  { databases }: Objects,
  found: Found,
  available: readonly string[],
): ObjectProblem | undefined {
  for (const [name, { extensions }] of Object.entries(databases)) {
    if (own(found.databases, name)?.invalid === true) return invalidDatabase(name);
    const unknown = extensions.find((extension) => !available.includes(extension));
    if (unknown !== undefined) return unknownExtension(name, unknown, available);
  }
  return undefined;
}

/** The roles that Patroni logs in as, by the names that the cluster's secret has: nobody else's to declare or drop. */
export function ownRoleProblem(
  { roles }: Objects,
  drops: readonly AllowedDrop[],
  credentials: Credentials,
): ObjectProblem | undefined {
  const { superuserUsername, replicationUsername, rewindUsername } = credentials;
  const dropped = drops.filter(({ kind }) => kind === "role").map(({ name }) => name);
  const names = [superuserUsername, replicationUsername, rewindUsername];
  const taken = [...Object.keys(roles), ...dropped].find((name) => names.includes(name));
  if (taken === undefined) return undefined;
  return {
    headline: `role ${taken} is one that Patroni logs in as, by the cluster's secret in Vault`,
    details: ["give the role another name under `roles` and `allow`"],
  };
}

function unknownExtension(name: string, unknown: string, available: readonly string[]): ObjectProblem {
  const near = nearestSpelling(unknown, available);
  return {
    headline: `database ${name}: the members' image has no extension ${unknown}${near === undefined ? "" : `; did you mean ${near}?`}`,
    details: [
      `it has: ${[...available].sort().join(", ")}`,
      "an extension that isn't among these has to be in the base image (platform.image.baseImages)",
    ],
  };
}

function invalidDatabase(name: string): ObjectProblem {
  return {
    headline: `database ${name} is what an interrupted DROP DATABASE left: part of its data is gone and nobody can connect to it`,
    details: [
      "to have it made anew, drop what is left first: take it out of `databases` and allow its drop in words (docs/databases.md)",
    ],
  };
}
