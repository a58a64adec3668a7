import * as z from "zod";
import { oneOf, setting, text } from "./setting";

/** PostgreSQL's rule for names of slots (`ReplicationSlotValidateName`), and the length of its identifiers. */
const slotName = /^[a-z0-9_]{1,63}$/;

const nameAllowed = "a slot's name: small letters, digits and `_`, at most 63";

const name = text("A slot's name.", nameAllowed, (written) => slotName.test(written));

const type = oneOf("What reads from the slot: a standby, or a consumer of changes.", ["physical", "logical"]);

const database = text(
  "The database whose changes a logical slot has.",
  "a database's name, at most 63 characters",
  (written) => written !== "" && written.length <= 63 && !/[{}\0\n]/.test(written),
);

const plugin = text(
  "The plugin that decodes a logical slot's changes.",
  "a plugin's name, such as `pgoutput`",
  (written) => /^[\w$.-]{1,63}$/.test(written),
);

const slotAllowed = "a map of `type` and, where that is `logical`, `database` and `plugin`";

const slot = z
  .strictObject(
    { type, database: database.exactOptional(), plugin: plugin.exactOptional() },
    { error: slotAllowed },
  )
  .check((payload) => {
    const { type, database, plugin } = payload.value;
    const both = database !== undefined && plugin !== undefined;
    const none = database === undefined && plugin === undefined;
    if (type === "logical" ? both : none) return;
    const message =
      type === "logical"
        ? "`database` and `plugin` as well, because the slot is logical"
        : "no `database` and no `plugin`, because the slot is physical";
    payload.issues.push({ code: "custom", message, input: payload.value });
  });

const slotsAllowed = "a map of slots by their names: small letters, digits and `_`, at most 63";

/** Slots that Patroni makes and keeps through every change of leader, by name. */
export const permanentSlots = setting(
  z.record(z.string().regex(slotName, { error: slotsAllowed }), slot, { error: slotsAllowed }),
  {
    description:
      "Replication slots that Patroni makes on every member and keeps through changes of leader, by name (docs/dynamic-config.md).",
    allowed: slotsAllowed,
  },
);

const matcherAllowed = "a map of at least one of `name`, `type`, `database` and `plugin`";

const matcher = z
  .strictObject(
    {
      name: name.exactOptional(),
      type: type.exactOptional(),
      database: database.exactOptional(),
      plugin: plugin.exactOptional(),
    },
    { error: matcherAllowed },
  )
  .refine((properties) => Object.keys(properties).length > 0, { error: matcherAllowed });

const matchersAllowed = "a list of maps of at least one of `name`, `type`, `database` and `plugin`";

/** Slots that somebody else makes, and Patroni is to leave alone. */
export const ignoredSlots = setting(z.array(matcher, { error: matchersAllowed }), {
  description: "Slots that others make and Patroni is not to drop: those with all of a map's properties.",
  allowed: matchersAllowed,
});
