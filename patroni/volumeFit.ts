import { renderSize } from "../config/size";
import type { VolumeFacts } from "./volumePlan";

/** How a cluster wants its volumes made. */
export interface VolumeSpec {
  readonly pluginId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capacityMinBytes: number;
  readonly capacityMaxBytes: number;
  readonly accessMode: string;
  readonly attachmentMode: string;
}

/** How an existing volume compares with what is wanted, each entry a clause that follows the volume's name. */
export interface VolumeFit {
  /** What has to change in place before a member can use it. */
  readonly misfits: readonly string[];
  /** Differences that stay as they are and do no harm. */
  readonly remarks: readonly string[];
}

/**
 * Compares an existing volume with what is wanted. What Nomad can do about a difference (`ValidateUpdate` in its
 * nomad/structs/host_volumes.go, 1.11.3): nothing while an allocation holds the volume; otherwise it hands the new
 * parameters and sizes to the plugin, which keeps the data. It never shrinks a volume and never moves one.
 */
export function volumeFit(spec: VolumeSpec, volume: VolumeFacts): VolumeFit {
  const misfits: string[] = [];
  const remarks: string[] = [];
  // A plugin that sets no limit (mkdir) reports 0: any capacity fits.
  if (volume.capacityBytes > 0 && volume.capacityBytes < spec.capacityMinBytes) {
    misfits.push(
      `has ${renderSize(volume.capacityBytes)}, at least ${renderSize(spec.capacityMinBytes)} is wanted`,
    );
  }
  if (volume.capacityBytes > spec.capacityMaxBytes) {
    const sizes = `has ${renderSize(volume.capacityBytes)}, more than the ${renderSize(spec.capacityMaxBytes)} asked for`;
    remarks.push(`${sizes}: Nomad never shrinks a volume`);
  }
  misfits.push(...parameterMisfits(spec, volume));
  const capable = volume.capabilities.some(
    ({ accessMode, attachmentMode }) =>
      accessMode === spec.accessMode && attachmentMode === spec.attachmentMode,
  );
  if (!capable) misfits.push(`can't be mounted as ${spec.accessMode}, ${spec.attachmentMode}`);
  if (volume.pluginId !== spec.pluginId) {
    remarks.push(
      `was made by plugin "${volume.pluginId}"; "${spec.pluginId}" is for volumes made from now on`,
    );
  }
  return { misfits, remarks };
}

/** Parameters belong to the plugin that made the volume: those of another plugin say nothing about it. */
function parameterMisfits(spec: VolumeSpec, volume: VolumeFacts): readonly string[] {
  if (volume.pluginId !== spec.pluginId) return [];
  const names = [...new Set([...Object.keys(spec.parameters), ...Object.keys(volume.parameters)])].sort();
  const shown = (value: string | undefined) => (value === undefined ? "nothing" : `"${value}"`);
  return names
    .filter((name) => spec.parameters[name] !== volume.parameters[name])
    .map(
      (name) =>
        `was made with ${name} ${shown(volume.parameters[name])}, ${shown(spec.parameters[name])} is wanted`,
    );
}
