import { renderPath, type SettingPath } from "../settingPath";
import { secretSign } from "./secretSigns";

/** A text in a document that looks like a secret. */
export interface FoundSecret {
  /** Where it stands: `TaskGroups[0].Tasks[0].Env.X`. */
  readonly path: string;
  /** What it looks like; never any of it. */
  readonly sign: string;
}

/** Everything in a document that looks like a secret. */
export function secretsIn(document: unknown): readonly FoundSecret[] {
  return textsIn(document, []).flatMap(({ path, text }) => {
    const sign = secretSign(text);
    return sign === undefined ? [] : [{ path: renderPath(path), sign }];
  });
}

function textsIn(
  value: unknown,
  path: SettingPath,
): readonly { readonly path: SettingPath; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}
