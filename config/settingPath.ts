/** Steps from the top of the project's namespace to a setting: keys of maps and positions in lists. */
export type SettingPath = readonly (string | number)[];

/**
 * Writes a path as `pulumi config --path` takes it: `tenants.acme.placement.constraints[0]`, with keys that are
 * not plain words in brackets and quotes. `<name>` stands for any key.
 */
export function renderPath(path: SettingPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^([A-Za-z_][\w-]*|<name>)$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}
