import { consulKvCommand, nomadCommand, type PlatformPlace } from "./operatorCommands";

/** Where a cluster's storage is, as the operator's own tools need it. */
export interface StoragePlace extends PlatformPlace {
  readonly cluster: string;
  readonly dcsPath: string;
  readonly jobId: string;
  readonly volumeName: string;
}

/** Deletes a volume and its data. */
export function deleteVolumeCommand(place: StoragePlace, id: string): string {
  return nomadCommand(place, "volume delete", `-type=host ${id}`);
}

/** Makes Nomad forget a volume whose node won't come back; what is on that node's disk stays there. */
export function forgetVolumeCommand(place: StoragePlace, id: string): string {
  return nomadCommand(place, "volume delete", `-type=host -force ${id}`);
}

/** Lists the namespace's dynamic host volumes. */
export function listVolumesCommand(place: StoragePlace): string {
  return nomadCommand(place, "volume status", "-type=host");
}

/** Stops the cluster's job. */
export function stopJobCommand(place: StoragePlace): string {
  return nomadCommand(place, "job stop", place.jobId);
}

/** Shows the cluster's job and its allocations. */
export function jobStatusCommand(place: StoragePlace): string {
  return nomadCommand(place, "job status", place.jobId);
}

/** Removes a stopped job from Nomad, and with it the claims that keep volumes for it. */
export function purgeJobCommand(place: StoragePlace, jobId: string): string {
  return nomadCommand(place, "job stop", `-purge ${jobId}`);
}

/** Shows what Patroni keeps of the cluster in Consul. */
export function listKeysCommand(place: StoragePlace): string {
  return consulKvCommand(place, "get", `-recurse ${place.dcsPath}/`);
}

/** Deletes what Patroni keeps of the cluster in Consul. */
export function deleteKeysCommand(place: StoragePlace): string {
  return consulKvCommand(place, "delete", `-recurse ${place.dcsPath}/`);
}
