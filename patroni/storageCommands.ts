/** Where a cluster's storage is, as the operator's own tools need it. */
export interface StoragePlace {
  readonly cluster: string;
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  readonly consulAddress: string;
  readonly dcsPath: string;
  readonly jobId: string;
  readonly volumeName: string;
}

/** Commands that an operator can paste: with this platform's addresses, never with a token. */

function nomad(place: StoragePlace, verb: string, words: string): string {
  const namespace = place.nomadNamespace === "default" ? "" : ` -namespace=${place.nomadNamespace}`;
  const region = place.nomadRegion === "global" ? "" : ` -region=${place.nomadRegion}`;
  return `nomad ${verb} -address=${place.nomadAddress}${region}${namespace} ${words}`;
}

/** Deletes a volume and its data. */
export function deleteVolumeCommand(place: StoragePlace, id: string): string {
  return nomad(place, "volume delete", `-type=host ${id}`);
}

/** Makes Nomad forget a volume whose node won't come back; what is on that node's disk stays there. */
export function forgetVolumeCommand(place: StoragePlace, id: string): string {
  return nomad(place, "volume delete", `-type=host -force ${id}`);
}

/** Lists the namespace's dynamic host volumes. */
export function listVolumesCommand(place: StoragePlace): string {
  return nomad(place, "volume status", "-type=host");
}

/** Stops the cluster's job. */
export function stopJobCommand(place: StoragePlace): string {
  return nomad(place, "job stop", place.jobId);
}

/** Shows the cluster's job and its allocations. */
export function jobStatusCommand(place: StoragePlace): string {
  return nomad(place, "job status", place.jobId);
}

/** Removes a stopped job from Nomad, and with it the claims that keep volumes for it. */
export function purgeJobCommand(place: StoragePlace, jobId: string): string {
  return nomad(place, "job stop", `-purge ${jobId}`);
}

/** Shows what Patroni keeps of the cluster in Consul. */
export function listKeysCommand(place: StoragePlace): string {
  return `consul kv get -http-addr=${place.consulAddress} -recurse ${place.dcsPath}/`;
}

/** Deletes what Patroni keeps of the cluster in Consul. */
export function deleteKeysCommand(place: StoragePlace): string {
  return `consul kv delete -http-addr=${place.consulAddress} -recurse ${place.dcsPath}/`;
}
