import * as z from "zod";
import { setting, text, wholeNumber } from "./setting";

const commandAllowed = "a shell command in one line";

const command = (description: string) =>
  text(description, commandAllowed, (written) => written.trim() !== "" && !/[\n\0]/.test(written));

const allowed =
  "a map of `host`, `port` and, if wanted, `primarySlotName`, `restoreCommand` and `archiveCleanupCommand`";

/** The cluster that this one follows: its leader streams from there, and nobody can write here. */
export const standbyCluster = setting(
  z.strictObject(
    {
      host: text(
        "Where the other cluster's leader answers.",
        "a host's name or address, or several with `,`",
        (host) => /^[\w.:-]+(,[\w.:-]+)*$/.test(host),
      ),
      port: wholeNumber("The port of its PostgreSQL.", { min: 1, max: 65535 }),
      primarySlotName: text(
        "The slot there that this cluster's leader reads from.",
        "a slot's name: small letters, digits and `_`, at most 63",
        (name) => /^[a-z0-9_]{1,63}$/.test(name),
      ).exactOptional(),
      restoreCommand: command("How WAL that the other cluster no longer has is fetched.").exactOptional(),
      archiveCleanupCommand: command(
        "What clears an archive of WAL that isn't needed any more.",
      ).exactOptional(),
    },
    { error: allowed },
  ),
  {
    description:
      "Makes the cluster a standby of another one, whose credentials it has to have (docs/dynamic-config.md). Absent: a cluster of its own.",
    allowed,
  },
);
