import type { LabSettings } from "../settings";
import { consulAgentPart, consulServerPart } from "./consul";
import { nomadClientPart, nomadServerPart } from "./nomad";
import { openBaoPart } from "./openbao";
import type { Part } from "./part";
import { registryPart } from "./registry";

/** Every process of a lab except the Docker engine, which labs share, in the order in which they depend. */
export function labParts(settings: LabSettings): readonly Part[] {
  return [
    registryPart(settings),
    consulServerPart(settings),
    ...settings.nodes.map((node) => consulAgentPart(settings, node)),
    openBaoPart(settings),
    nomadServerPart(settings),
    ...settings.nodes.map((node) => nomadClientPart(settings, node)),
  ];
}
