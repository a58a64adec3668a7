import type { LabSettings } from "../settings";

/** Where Consul's server answers over HTTP. */
export function consulAddress(settings: LabSettings): string {
  return `http://${settings.serverAddress}:${settings.ports.consulHttp}`;
}

/** Where Nomad's server answers over HTTP. */
export function nomadAddress(settings: LabSettings): string {
  return `http://${settings.serverAddress}:${settings.ports.nomadHttp}`;
}

/** Where OpenBao answers. */
export function openBaoAddress(settings: LabSettings): string {
  return `http://${settings.serverAddress}:${settings.ports.openBao}`;
}

/** `host:port` of the image registry. */
export function registryHost(settings: LabSettings): string {
  return `${settings.serverAddress}:${settings.ports.registry}`;
}
