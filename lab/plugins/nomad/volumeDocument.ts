import type { ReadState, State } from "../framework/plugin";
import { isList, isRecord, textOf, textsOf } from "../framework/values";
import type { Bag, Value } from "../framework/values";
import { formatCapacity, parseCapacity } from "./capacity";

/** Part of Nomad's `HostVolume`, as its API answers. */
export interface ApiVolume {
  readonly ID: string;
  readonly Name: string;
  readonly Namespace: string;
  readonly PluginID: string;
  readonly NodePool: string;
  readonly NodeID: string;
  readonly Constraints?: readonly { LTarget: string; RTarget: string; Operand: string }[] | null;
  readonly RequestedCapacityMinBytes: number;
  readonly RequestedCapacityMaxBytes: number;
  readonly CapacityBytes: number;
  readonly RequestedCapabilities?: readonly { AccessMode: string; AttachmentMode: string }[] | null;
  readonly Parameters?: Readonly<Record<string, string>> | null;
  readonly HostPath: string;
  readonly State: string;
}

/**
 * The inputs as Nomad takes them.
 *
 * @param current The volume as it is, when it is changed: it stays where it is unless the inputs say otherwise.
 */
export function apiVolume(inputs: Bag, current: State | undefined): Readonly<Record<string, unknown>> {
  return {
    PluginID: textOf(inputs, "pluginId"),
    NodePool: textOf(inputs, "nodePool") || textOf(current?.outputs ?? {}, "nodePool"),
    NodeID: textOf(inputs, "nodeId") || textOf(current?.outputs ?? {}, "nodeId"),
    Constraints: itemsOf(inputs["constraints"]).map((constraint) => ({
      LTarget: textOf(constraint, "attribute"),
      RTarget: textOf(constraint, "value"),
      Operand: textOf(constraint, "operator") || "=",
    })),
    RequestedCapacityMinBytes: capacityOf(inputs, "capacityMin"),
    RequestedCapacityMaxBytes: capacityOf(inputs, "capacityMax"),
    RequestedCapabilities: itemsOf(inputs["capabilities"]).map((capability) => ({
      AccessMode: textOf(capability, "accessMode"),
      AttachmentMode: textOf(capability, "attachmentMode"),
    })),
    Parameters: textsOf(inputs, "parameters"),
  };
}

/** Outputs, and the inputs that would give them: only those that were set, so that Nomad's choices are no drift. */
export function readState(volume: ApiVolume, inputs: Bag): ReadState {
  const requested: Bag = {
    capabilities: (volume.RequestedCapabilities ?? []).map((capability) => ({
      accessMode: capability.AccessMode,
      attachmentMode: capability.AttachmentMode,
    })),
    capacityMax: sameCapacity(inputs, "capacityMax", volume.RequestedCapacityMaxBytes),
    capacityMin: sameCapacity(inputs, "capacityMin", volume.RequestedCapacityMinBytes),
    constraints: sameConstraints(inputs, volume),
    name: volume.Name,
    namespace: volume.Namespace,
    nodeId: volume.NodeID,
    nodePool: volume.NodePool,
    parameters: volume.Parameters ?? {},
    pluginId: volume.PluginID,
  };
  const outputs: Bag = {
    ...requested,
    capacity: formatCapacity(volume.CapacityBytes),
    capacityBytes: volume.CapacityBytes,
    capacityMaxBytes: volume.RequestedCapacityMaxBytes,
    capacityMinBytes: volume.RequestedCapacityMinBytes,
    hostPath: volume.HostPath,
    state: volume.State,
  };
  const drifted = Object.entries(inputs).map(([name, value]): [string, Value] => [
    name,
    requested[name] ?? value,
  ]);
  return { id: volume.ID, outputs, inputs: Object.fromEntries(drifted) };
}

/** The program's own spelling where it means what Nomad has. */
function sameCapacity(inputs: Bag, name: string, bytes: number): Value {
  const given = inputs[name];
  return typeof given === "string" && capacityOf(inputs, name) === bytes ? given : formatCapacity(bytes);
}

function sameConstraints(inputs: Bag, volume: ApiVolume): Value {
  const given = itemsOf(inputs["constraints"]);
  return (volume.Constraints ?? []).map(({ LTarget, RTarget, Operand }, index) => ({
    attribute: LTarget,
    ...(RTarget === "" && given[index]?.["value"] === undefined ? {} : { value: RTarget }),
    ...(Operand === "=" && given[index]?.["operator"] === undefined ? {} : { operator: Operand }),
  }));
}

/** A capacity in bytes, 0 where it isn't set. @throws {PluginFailure} when it is none. */
export function capacityOf(inputs: Bag, name: string): number {
  const text = textOf(inputs, name);
  return text === "" ? 0 : parseCapacity(name, text);
}

/** The objects in a list; none where it isn't set. */
export function itemsOf(value: Value | undefined): Bag[] {
  return isList(value) ? value.filter(isRecord) : [];
}
