import * as z from "zod";

/** What the reference and the error messages say of one setting. */
export interface SettingDescription {
  /** What it is, in a sentence. */
  readonly description: string;
  /** What may be written, as the end of "allowed: …". */
  readonly allowed: string;
}

/** The longest that most times may be. */
export const secondsPerDay = 86400;

/** Of every setting that is not a section, keyed by its schema. */
export const settingDescriptions = z.registry<SettingDescription>();

/**
 * Describes a schema. Its own error messages have to be `allowed` too: an issue's message is what a problem says
 * is allowed.
 */
export function setting<T extends z.ZodType>(schema: T, about: SettingDescription): T {
  settingDescriptions.add(schema, about);
  return schema;
}

/** A map of settings, each of which may be left out. */
export function section<T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).map((key) => `\`${key}\``);
  return z.strictObject(shape, { error: `a map of ${keys.join(", ")}` }).exactPartial();
}

/** A whole number of something, within limits, with the reason for a limit that isn't plain. */
export function wholeNumber(
  description: string,
  limits: { min: number; max: number; of?: string; why?: string },
) {
  const of = limits.of === undefined ? "" : ` of ${limits.of}`;
  const why = limits.why === undefined ? "" : ` (${limits.why})`;
  const allowed = `a whole number${of} from ${limits.min} to ${limits.max}${why}`;
  const schema = z
    .int({ error: allowed })
    .min(limits.min, { error: allowed })
    .max(limits.max, { error: allowed });
  return setting(schema, { description, allowed });
}

/** One of a few words or numbers. */
export function oneOf<const T extends readonly (string | number)[]>(description: string, values: T) {
  const allowed = values.map((value) => `\`${value}\``).join(values.length > 2 ? ", " : " or ");
  return setting(z.literal(values, { error: allowed }), { description, allowed });
}

/** `true` or `false`. */
export function flag(description: string) {
  const allowed = "`true` or `false`";
  return setting(z.boolean({ error: allowed }), { description, allowed });
}

/** A text of a certain form. */
export function text(description: string, allowed: string, isRight: (text: string) => boolean) {
  const schema = z.string({ error: allowed }).refine(isRight, { error: allowed });
  return setting(schema, { description, allowed });
}

/** A list of at least one of something. Its items describe themselves. */
export function listOf<T extends z.ZodType>(description: string, allowed: string, item: T) {
  return setting(z.array(item, { error: allowed }).min(1, { error: allowed }), { description, allowed });
}
