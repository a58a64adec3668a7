import * as z from "zod";
import { postgresVersions } from "../model";
import { allow, databases, roles } from "./databases";
import { access } from "./access";
import { networks } from "./networks";
import { patroni } from "./patroni";
import { placement } from "./placement";
import { oneOf, secondsPerDay, section, setting, wholeNumber } from "./setting";
import { storage } from "./storage";
import { credentials } from "./vault";

const parameterAllowed = "a text, a number, `true` or `false`";

const timeouts = section({
  leaderSeconds: wholeNumber("How long `pulumi up` waits for a leader and ready replicas.", {
    min: 30,
    max: secondsPerDay,
    of: "seconds",
  }),
  killSeconds: wholeNumber(
    "Time between the stop signal and SIGKILL, for a shutdown checkpoint. Nomad's clients cap it at their `max_kill_timeout`, which is 30 s unless configured.",
    { min: 5, max: 3600, of: "seconds" },
  ),
  lostAfterSeconds: wholeNumber("How long a node may be out of touch before its member counts as lost.", {
    min: 10,
    max: 7 * secondsPerDay,
    of: "seconds",
  }),
});

/** In place of a cluster's settings. */
export const clusterAllowed = "a map of a cluster's settings, which may be empty: `{}`";

/** What can be set for a cluster, and for all of them in `platform.defaults`. */
export const clusterSettings = section({
  members: wholeNumber("Members, leader included, each on a node of its own.", { min: 1, max: 100 }),
  postgresVersion: oneOf("PostgreSQL's major version.", postgresVersions),
  parameters: setting(
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error: parameterAllowed }), {
      error: "a map of PostgreSQL's parameters",
    }),
    {
      description:
        "PostgreSQL's parameters, as in `postgresql.conf`. Those that Patroni controls are refused.",
      allowed: "a map of PostgreSQL's parameters",
    },
  ),
  resources: section({
    cpuMhz: wholeNumber("CPU share of a member.", { min: 50, max: 1000000, of: "MHz" }),
    memoryMb: wholeNumber("Memory of a member; the task is killed beyond it.", {
      min: 256,
      max: 16777216,
      of: "megabytes",
    }),
  }),
  storage,
  networks,
  placement,
  driver: oneOf("Nomad's task driver.", ["docker", "podman"]),
  networkMode: oneOf(
    "`host`: members listen on the node's ports. `bridge`: on the container's, and advertise the node's.",
    ["host", "bridge"],
  ),
  patroni,
  credentials,
  databases,
  roles,
  allow,
  postgresPort: wholeNumber(
    "Port of PostgreSQL on every node, of this cluster alone. Without it Nomad picks another for each allocation. Roles of `access` need it.",
    { min: 1024, max: 65535 },
  ),
  access,
  timeouts,
});

/** What an operator writes of a cluster, checked setting by setting. */
export type ClusterSettings = z.output<typeof clusterSettings>;
