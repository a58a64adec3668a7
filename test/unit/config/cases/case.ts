import { stackWith, type RawConfig } from "../sources";

/** A config that is refused, and the lines that say why. */
export interface Case {
  readonly title: string;
  readonly raw: RawConfig;
  readonly lines: readonly string[];
}

/** A stack with one tenant, `acme`, which has something wrong. */
export function acme(title: string, settings: unknown, ...lines: readonly string[]): Case {
  const full = lines.map((line) => (line.startsWith("platform.") ? line : `tenants.acme${line}`));
  return { title, raw: stackWith({ acme: settings }), lines: full };
}

/** A stack of which the platform has something wrong. */
export function platform(
  title: string,
  settings: Readonly<Record<string, unknown>>,
  ...lines: readonly string[]
): Case {
  return { title, raw: stackWith({ acme: {} }, settings), lines: lines.map((line) => `platform.${line}`) };
}

/** What a size has to be. */
export const size = "a number and a unit, such as `10GiB` (MiB, GiB, TiB, MB, GB or TB), at least 256MiB";
/** What a tenant's name has to be. */
export const name =
  "a name of at most 32 small letters, digits and single `-`, from a letter to a letter or digit";
/** What a cluster has to be. */
export const clusterMap = "a map of a cluster's settings, which may be empty: `{}`";
