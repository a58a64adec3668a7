/** Nomad's HTTP API, and the part of it that a cluster's job is in. */
export interface NomadPlace {
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
}

/** What every request for that part has in its query. https://developer.hashicorp.com/nomad/api-docs#namespaces */
export function placeQuery({ nomadNamespace, nomadRegion }: NomadPlace): Readonly<Record<string, string>> {
  return { namespace: nomadNamespace, region: nomadRegion };
}
