import {
  deleteKeysCommand,
  deleteVolumeCommand,
  forgetVolumeCommand,
  jobStatusCommand,
  listKeysCommand,
  stopJobCommand,
  type StoragePlace,
} from "./storageCommands";
import { count, type Refusal } from "./storageMessages";
import type { VolumeFacts } from "./volumePlan";

/** Members are alive under the cluster's path, and they aren't this job's. */
export function strangersRefusal(place: StoragePlace, alive: readonly string[], removing: boolean): Refusal {
  const consequence = removing
    ? "removing its keys would take the lock away under it"
    : "two clusters would fight over one lock";
  const holds = alive.length === 1 ? "holds a lock" : "hold locks";
  return {
    headline: `${alive.join(", ")} ${holds} at ${place.dcsPath} in Consul by a living session, and no allocation of ${place.jobId} runs in Nomad's namespace ${place.nomadNamespace}: ${consequence}.`,
    details: [
      "Another Nomad cluster, region or namespace, or a process outside of Nomad, runs a Patroni cluster of this name on the same Consul.",
      "(The session of a member that was just killed ends by itself within half a minute; then this passes.)",
      `See who it is: ${listKeysCommand(place)}`,
      removing
        ? "Stop it and run the command again; nothing was removed so far."
        : "Give this cluster another name, or another `platform.consul.keyPrefix`.",
    ],
  };
}

/** The data is to be deleted and the job that uses it is still wanted. */
export function jobStillWantedRefusal(place: StoragePlace): Refusal {
  return {
    headline: `The data of ${place.cluster} is not deleted: job ${place.jobId} is still registered in Nomad and uses it.`,
    details: [`If it may go, stop it and run the command again: ${stopJobCommand(place)}`],
  };
}

/** The data is to be deleted, and allocations that use it don't end. */
export function stillRunningRefusal(
  place: StoragePlace,
  allocations: readonly { readonly id: string; readonly nodeName: string; readonly client: string }[],
  seconds: number,
): Refusal {
  const run = `${count(allocations.length, "allocation")} of ${place.jobId} still run${allocations.length === 1 ? "s" : ""}`;
  return {
    headline: `The data of ${place.cluster} is not deleted: ${run} after ${seconds} s.`,
    details: [
      ...allocations.map(
        ({ id, nodeName, client }) => `allocation ${id.slice(0, 8)} on ${nodeName} is ${client}`,
      ),
      `See why, then run the command again: ${jobStatusCommand(place)}`,
    ],
  };
}

/** Some volumes could not be deleted. */
export function undeletedRefusal(
  place: StoragePlace,
  undeleted: readonly {
    readonly volume: Pick<VolumeFacts, "id">;
    readonly nodeName: string;
    readonly reason: string;
    readonly away: boolean;
  }[],
): Refusal {
  const away = undeleted.filter((each) => each.away);
  return {
    headline: `${count(undeleted.length, "volume")} of ${place.cluster} could not be deleted; its keys in Consul are kept until they are.`,
    details: [
      ...undeleted.map(({ volume, nodeName, reason }) => `volume ${volume.id} on ${nodeName}: ${reason}`),
      "Run the command again when the cause is gone.",
      ...(away.length === 0
        ? []
        : [
            "For a node that won't come back, make Nomad forget the volume first (what is on that disk stays there):",
            ...away.map(({ volume }) => forgetVolumeCommand(place, volume.id)),
          ]),
    ],
  };
}

/** What is said when a cluster goes and its data stays. */
export function keptLines(
  place: StoragePlace,
  volumes: readonly { readonly id: string; readonly nodeName: string }[],
): readonly string[] {
  const nodes = volumes.map(({ nodeName }) => nodeName).join(", ");
  return [
    `data kept: ${count(volumes.length, "volume")} named "${place.volumeName}" on ${nodes === "" ? "no node" : nodes}, and Patroni's keys at ${place.dcsPath}/ in Consul`,
    `put the tenant "${place.cluster}" back into the config and it takes its data up again; to delete it by hand, volumes first:`,
    ...volumes.map(({ id }) => deleteVolumeCommand(place, id)),
    deleteKeysCommand(place),
  ];
}
