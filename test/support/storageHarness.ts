import assert from "node:assert/strict";
import { PatroniStorage, type PatroniStorageArgs } from "../../providers/patroniStorage";
import type { StorageVolume } from "../../providers/storage/model";
import { DynamicProvider, registeredInputs } from "./dynamicProviderProcess";
import type { Wire } from "./pluginClient";
import { eventually } from "./waiting";

const clusterArgs = {
  cluster: "acme",
  members: 3,
  nomadAddress: "http://127.0.0.1:1",
  nomadNamespace: "default",
  nomadRegion: "global",
  consulAddress: "http://127.0.0.1:1",
  dcsPath: "operations/acme",
  jobId: "postgres-acme",
  timeoutSeconds: 20,
  datacenters: ["dc1"],
  nodePool: "default",
  constraints: [],
};

/** Arguments of a cluster with volumes, as the component writes them. */
export const volumeArgs: PatroniStorageArgs = {
  ...clusterArgs,
  kind: "volume",
  whenRemoved: "keep",
  volumeName: "postgres-acme",
  pluginId: "mkdir",
  parameters: { uid: "999", gid: "999", mode: "0700" },
  capacityMinBytes: 0,
  capacityMaxBytes: 2 ** 40,
};

/** Arguments of a cluster with throw-away data. */
export const ephemeralArgs: PatroniStorageArgs = { ...clusterArgs, kind: "ephemeral", whenRemoved: "delete" };

/** The volumes among a resource's outputs. */
export function volumesIn(outputs: Wire): readonly StorageVolume[] {
  return outputs["volumes"] as readonly StorageVolume[];
}

/** Names of the nodes among a resource's outputs. */
export function nodesIn(outputs: Wire): readonly string[] {
  return volumesIn(outputs).map(({ nodeName }) => nodeName);
}

/** The storage resource over Pulumi's own server of dynamic providers. */
export class StorageHarness {
  private constructor(
    readonly provider: DynamicProvider,
    private readonly base: Wire,
  ) {}

  static async start(environment: Readonly<Record<string, string>>): Promise<StorageHarness> {
    const base = await registeredInputs(() => new PatroniStorage("acme-storage", volumeArgs));
    return new StorageHarness(await DynamicProvider.start(environment), base);
  }

  /** Inputs as the engine hands them over: `args` with the provider's text and the defaults. */
  inputs(args: PatroniStorageArgs, changes: Partial<PatroniStorageArgs> = {}): Wire {
    const plain: Wire = { ...this.base };
    if (args.kind === "ephemeral") {
      Object.assign(plain, { volumeName: "", parameters: {}, capacityMinBytes: 0, capacityMaxBytes: 0 });
    }
    return { ...plain, ...args, ...changes };
  }

  /** What a call comes to, and the lines that it prints, one of which must be like `wanted`. */
  async linesOf<T>(work: () => Promise<T>, wanted: RegExp): Promise<{ result: T; lines: readonly string[] }> {
    const before = this.provider.lines.length;
    const result = await work();
    const lines = this.provider.lines.slice(before);
    assert.ok(
      lines.some((line) => wanted.test(line)),
      `no line like ${String(wanted)} in:\n${lines.join("\n")}`,
    );
    return { result, lines };
  }

  /** Waits for a line of the provider, from now on or before. */
  async line(pattern: RegExp, timeoutSeconds = 10): Promise<string> {
    return eventually(
      `a line like ${String(pattern)}`,
      (saw) => {
        saw(this.provider.lines.slice(-5));
        return Promise.resolve(this.provider.lines.find((line) => pattern.test(line)));
      },
      { timeoutSeconds, intervalMilliseconds: 10 },
    );
  }
}
