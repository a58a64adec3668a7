import { wrongValue, type Problem } from "./problem";
import { renderPath } from "./settingPath";

/** Name of the platform's own cluster. */
export const platformClusterName = "platform";

const pattern = /^[a-z](-?[a-z0-9])*$/;
const longest = 32;

/**
 * What is wrong with a tenant's name. It becomes part of the names of jobs, services, policies and secrets: DNS labels
 * for Consul, and what Nomad, Vault and Patroni all take as it is, so that two names never become one.
 */
export function tenantNameProblem(name: string): Problem | undefined {
  const path = renderPath(["tenants", name]);
  if (name === platformClusterName) {
    const next = "Its settings are those of `platform.cluster`.";
    return wrongValue(path, "the name of the platform's own cluster", "any other name", next);
  }
  if (name.length <= longest && pattern.test(name)) return undefined;
  const found = `the name ${JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)}`;
  const allowed = `a name of at most ${longest} small letters, digits and single \`-\`, from a letter to a letter or digit`;
  const near = nearestName(name);
  return wrongValue(path, found, allowed, near === undefined ? undefined : `For example \`${near}\`.`);
}

function nearestName(name: string): string | undefined {
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, longest)
    .replace(/-+$/, "");
  return near === "" || near === platformClusterName ? undefined : near;
}
