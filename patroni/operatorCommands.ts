/** Where Nomad and Consul are, for the operator's own tools. */
export interface PlatformPlace {
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  readonly consulAddress: string;
}

/**
 * `nomad <verb> <words>` against this platform, to be pasted as it is: with its addresses, never with a token.
 * Nomad wants its options before the arguments.
 */
export function nomadCommand(
  place: Omit<PlatformPlace, "consulAddress">,
  verb: string,
  words: string,
): string {
  const namespace = place.nomadNamespace === "default" ? "" : ` -namespace=${place.nomadNamespace}`;
  const region = place.nomadRegion === "global" ? "" : ` -region=${place.nomadRegion}`;
  return `nomad ${verb} -address=${place.nomadAddress}${region}${namespace} ${words}`;
}

/** `consul kv <verb> <words>` against this platform, to be pasted as it is. */
export function consulKvCommand(
  { consulAddress }: Pick<PlatformPlace, "consulAddress">,
  verb: "get" | "delete",
  words: string,
): string {
  return `consul kv ${verb} -http-addr=${consulAddress} ${words}`;
}
