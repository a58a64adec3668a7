import * as z from "zod";
import { parseSize, renderSize, sizeFormat } from "../size";
import { constraints } from "./placement";
import { oneOf, section, setting, text, wholeNumber } from "./setting";

/** initdb writes about 40 MB, the least WAL that PostgreSQL keeps is 80 MB, and a rewind needs room as well. */
const leastCapacityBytes = 256 * 2 ** 20;

/** Smallest acceptable and largest requested capacity, in bytes. */
interface Capacity {
  readonly minBytes: number;
  readonly maxBytes: number;
}

const sizeAllowed = `${sizeFormat}, at least ${renderSize(leastCapacityBytes)}`;
const capacityAllowed = `${sizeAllowed}; or a map of \`min\` and \`max\`, each of them such a size`;

const size = z
  .string({ error: sizeAllowed })
  .transform((written) => parseSize(written) ?? 0)
  .refine((bytes) => bytes >= leastCapacityBytes, { error: sizeAllowed });

const minAllowed = "at most `max`";
const range = z
  .strictObject({ min: size, max: size }, { error: capacityAllowed })
  .refine(({ min, max }) => min <= max, { error: minAllowed, path: ["min"] })
  .transform(({ min, max }): Capacity => ({ minBytes: min, maxBytes: max }));

const single = z
  .string({ error: capacityAllowed })
  .pipe(size)
  .transform((bytes): Capacity => ({ minBytes: bytes, maxBytes: bytes }));

/** Which of the two forms is meant is plain from the value, and so the problems can be those of that form. */
const capacity = setting(
  z.unknown().transform((written, context): Capacity => {
    const parsed = (typeof written === "object" && written !== null ? range : single).safeParse(written);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
    return z.NEVER;
  }),
  { description: "Size of each member's volume. (`volume` only)", allowed: capacityAllowed },
);

/** The keys of both types: which of them fit together is known once the defaults are merged in. */
export const storage = section({
  type: oneOf(
    "`volume`: dynamic host volumes of the cluster's own, which outlive allocations. `ephemeral`: in the allocation.",
    ["volume", "ephemeral"],
  ),
  capacity,
  pluginId: text(
    "Plugin that makes the volumes. (`volume` only)",
    "the name of a dynamic host volume plugin, such as `mkdir`",
    (name) => /^[\w.-]{1,128}$/.test(name),
  ),
  constraints: constraints("Beyond `placement.constraints`: which nodes have the disk. (`volume` only)"),
  whenRemoved: setting(z.string({ error: "`keep`, or the words that delete the data" }), {
    description:
      "What becomes of the volumes when the cluster leaves the config or the stack is destroyed. (`volume` only)",
    allowed: "`keep`, or the exact words `delete all data of <name>` with the cluster's name",
  }),
  sizeMb: wholeNumber("Size of each member's `ephemeral_disk`. (`ephemeral` only)", {
    min: 256,
    max: 1048576,
    of: "megabytes",
  }),
});

/** Keys of `storage` that only one of its types knows. */
export const storageKeysOf = {
  volume: ["capacity", "pluginId", "constraints", "whenRemoved"],
  ephemeral: ["sizeMb"],
} as const;
