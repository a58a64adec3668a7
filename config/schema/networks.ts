import * as z from "zod";
import { parseCidr } from "../cidr";
import { listOf, section, setting } from "./setting";

const allowed = "a network in CIDR notation, such as `10.20.0.0/16` or `fd00:20::/64`";

const cidr = setting(
  z.string({ error: allowed }).check((payload) => {
    const result = parseCidr(payload.value);
    if (result.ok) return;
    const params = result.suggestion === undefined ? {} : { next: `Did you mean \`${result.suggestion}\`?` };
    payload.issues.push({ code: "custom", message: allowed, params, input: payload.value });
  }),
  { description: "A network.", allowed },
);

const replicationCidr = cidr.check((payload) => {
  const result = parseCidr(payload.value);
  if (result.ok && result.prefix === 0) {
    const params = {
      next: "With `/0`, any address could try to replicate: name the networks of the members' nodes.",
    };
    payload.issues.push({ code: "custom", message: "a narrower network", params, input: payload.value });
  }
});

const listAllowed = "a list of at least one network in CIDR notation";

/** From which networks members replicate and clients log in. */
export const networks = section({
  replication: listOf(
    "Networks from which members may replicate and rewind: those of the members' nodes.",
    listAllowed,
    replicationCidr,
  ),
  clients: listOf("Networks from which clients may log in.", listAllowed, cidr),
});
