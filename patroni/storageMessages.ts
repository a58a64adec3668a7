import {
  deleteKeysCommand,
  deleteVolumeCommand,
  forgetVolumeCommand,
  listKeysCommand,
  listVolumesCommand,
  purgeJobCommand,
  stopJobCommand,
  type StoragePlace,
} from "./storageCommands";
import type { NodeVerdict } from "./volumeNodes";
import type { Placement, VolumeFacts } from "./volumePlan";

/** A refusal: one sentence, then lines that support it and end with what to do. */
export interface Refusal {
  readonly headline: string;
  readonly details: readonly string[];
}

/** At most so many nodes are listed one by one; a rack's worth is still readable. */
const listedNodes = 30;

/** Too few nodes qualify for the volumes that are missing. */
export function shortageRefusal(
  place: StoragePlace,
  members: number,
  existing: number,
  placement: Placement,
): Refusal {
  const missing = placement.chosen.length + placement.short;
  const found = placement.chosen.length;
  const have = existing === 0 ? "" : ` ${existing} exist${existing === 1 ? "s" : ""}, ${missing} to be made;`;
  const nodes = placement.verdicts.slice(0, listedNodes).map(verdictLine);
  const more = placement.verdicts.length - listedNodes;
  return {
    headline: `${place.cluster} needs ${count(members, "volume")} named "${place.volumeName}" on as many nodes:${have} ${found} of ${placement.verdicts.length} nodes qualif${found === 1 ? "ies" : "y"}.`,
    details: [
      ...nodes,
      ...(more > 0 ? [`and ${more} more nodes (nomad node status -address=${place.nomadAddress})`] : []),
      "Bring in nodes that qualify, loosen the constraints, or ask for fewer members; then run `pulumi up` again.",
    ],
  };
}

function verdictLine({ node, outcome, reasons }: NodeVerdict): string {
  switch (outcome) {
    case "fits":
      return `${node.name} qualifies`;
    case "unsure":
      return `${node.name} may qualify: ${reasons.join("; ")}`;
    case "refused":
      return `${node.name} ${reasons.join("; ")}`;
  }
}

/** Volumes whose nodes are away, and too few others to run every member. */
export function lostVolumesRefusal(
  place: StoragePlace,
  members: number,
  usable: number,
  lost: readonly { readonly volume: VolumeFacts; readonly nodeName: string; readonly nodeStatus: string }[],
): Refusal {
  return {
    headline: `${place.cluster} needs ${count(members, "volume")}; ${usable} can be used, and ${count(lost.length, "volume")} ${lost.length === 1 ? "is" : "are"} on nodes that are away.`,
    details: [
      ...lost.map(
        ({ volume, nodeName, nodeStatus }) => `volume ${volume.id} is on ${nodeName}, which is ${nodeStatus}`,
      ),
      "Bring the node back and run `pulumi up` again: the member goes back to its data.",
      "If the node is lost for good, give its volume up; `pulumi up` then makes another one elsewhere, and the member is cloned from the leader:",
      ...lost.map(({ volume }) => forgetVolumeCommand(place, volume.id)),
    ],
  };
}

/** Volumes of the cluster's name that hold another job's data. */
export function foreignVolumesRefusal(
  place: StoragePlace,
  foreign: readonly {
    readonly volume: VolumeFacts;
    readonly nodeName: string;
    readonly jobs: readonly string[];
  }[],
): Refusal {
  const inUse = foreign.some(({ volume, jobs }) => jobs.some((job) => volume.users.includes(job)));
  const jobs = [...new Set(foreign.flatMap((each) => each.jobs))].sort();
  return {
    headline: `Volumes named "${place.volumeName}" belong to another job (${jobs.join(", ")}), not to ${place.jobId}: two clusters never share a directory.`,
    details: [
      ...foreign.map(
        ({ volume, nodeName, jobs: owners }) =>
          `volume ${volume.id} on ${nodeName} ${owners.some((job) => volume.users.includes(job)) ? "is in use by" : "is kept for"} ${owners.join(", ")}`,
      ),
      `Give ${place.cluster} a volume name of its own.`,
      ...(inUse
        ? []
        : [
            `If ${place.cluster} is to take that data over, remove the old job first: ${jobs.map((job) => purgeJobCommand(place, job)).join("; ")}`,
          ]),
    ],
  };
}

/** Volumes that must change in place before members can use them, while something still uses them. */
export function busyMisfitsRefusal(
  place: StoragePlace,
  busy: readonly {
    readonly volume: VolumeFacts;
    readonly nodeName: string;
    readonly misfits: readonly string[];
  }[],
): Refusal {
  return {
    headline: `${count(busy.length, "volume")} of ${place.cluster} can't be changed while in use: Nomad changes a volume only when no allocation holds it.`,
    details: [
      ...busy.map(
        ({ volume, nodeName, misfits }) => `volume ${volume.id} on ${nodeName} ${misfits.join("; ")}`,
      ),
      "Set these back in the config, or stop the cluster and run `pulumi up --refresh` (the data stays, the job is started again):",
      stopJobCommand(place),
    ],
  };
}

/** Nomad or its plugin refused to change a volume. */
export function changeRefusal(
  place: StoragePlace,
  volume: VolumeFacts,
  nodeName: string,
  misfits: readonly string[],
  reason: string,
): Refusal {
  return {
    headline: `Volume ${volume.id} of ${place.cluster} on ${nodeName} can't be changed: ${reason}`,
    details: [
      `It ${misfits.join("; ")}.`,
      "Its data is untouched. Set the config back, or replace the volume by one that fits: stop the member, delete its volume, and `pulumi up` makes a new one and clones the member from the leader.",
      deleteVolumeCommand(place, volume.id),
    ],
  };
}

/** Patroni's keys are there and the data is not: members would wait for a leader that never comes. */
export function leftoverKeysRefusal(place: StoragePlace, systemIdentifier: string): Refusal {
  const holder =
    systemIdentifier === ""
      ? "a bootstrap that never ended"
      : `database system identifier ${systemIdentifier}`;
  return {
    headline: `Consul still has ${place.dcsPath}/initialize (${holder}), but no data of ${place.cluster} was found: new, empty members would wait for that cluster's leader for ever.`,
    details: [
      `Looked for volumes named "${place.volumeName}" in Nomad's namespace ${place.nomadNamespace}, and for running allocations of ${place.jobId}.`,
      `First make sure that the data isn't elsewhere, in another namespace or under another volume name: ${listVolumesCommand(place)}`,
      `Look at what Patroni left: ${listKeysCommand(place)}`,
      `If the data is gone for good, remove its keys, and \`pulumi up --refresh\` starts a new cluster: ${deleteKeysCommand(place)}`,
    ],
  };
}

/** Inputs that can't change while data exists. */
export function immovableRefusal(
  place: StoragePlace,
  changes: readonly { readonly field: string; readonly from: string; readonly to: string }[],
): Refusal {
  return {
    headline: `The storage of ${place.cluster} can't be moved by changing the config: ${changes.map(({ field, from, to }) => `${field} "${from}" to "${to}"`).join(", ")}.`,
    details: [
      "Its data and Patroni's keys stay where they are. Set the config back,",
      "or add a second tenant with the new settings and move the data into it (pg_dump, logical replication), then remove this one.",
    ],
  };
}

/** `1 volume`, `3 volumes`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
