/**
 * The packages that a requirements file pins, as `name==version` in order, names as PyPI compares them.
 * https://packaging.python.org/en/latest/specifications/name-normalization/
 */
export function pinnedPackages(requirements: string): readonly string[] {
  return [...requirements.matchAll(/^([A-Za-z0-9._-]+)==(\S+)/gm)]
    .map(([, name = "", version = ""]) => `${name.toLowerCase().replace(/[-_.]+/g, "-")}==${version}`)
    .sort();
}
