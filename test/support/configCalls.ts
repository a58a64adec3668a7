import { PatroniConfig, type PatroniConfigArgs } from "../../providers/patroniConfig";
import { ClusterDouble, doubleFolder } from "./doubles/clusterDouble";
import { DynamicProvider, registeredInputs } from "./dynamicProviderProcess";
import type { Wire } from "./pluginClient";
import { eventually } from "./waiting";

const base = { ttl: 20, loop_wait: 1, retry_timeout: 3 };

/** A document that a cluster has had for long. Its `loop_wait` is short, for the tests' sake. */
export const oldDocument = {
  ...base,
  postgresql: {
    parameters: { max_connections: 100 } as Record<string, string | number>,
    pg_hba: ["local all all trust"],
  },
};

/** The same document with other parameters. */
export function withParameters(parameters: Record<string, string | number>): typeof oldDocument {
  return { ...oldDocument, postgresql: { ...oldDocument.postgresql, parameters } };
}

/** What a test of `PatroniConfig` over Pulumi's provider server calls, against a double of a cluster. */
export class ConfigCalls {
  private firstLine = 0;

  private constructor(
    readonly provider: DynamicProvider,
    public cluster: ClusterDouble,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ConfigCalls> {
    const provider = await DynamicProvider.start({ CONSUL_HTTP_TOKEN: "right", ...environment });
    return new ConfigCalls(provider, await ClusterDouble.start([]));
  }

  /** Puts a new cluster in place of the last one, and forgets the lines so far. */
  async begin(members: readonly string[], document?: typeof oldDocument): Promise<ClusterDouble> {
    this.cluster.stop();
    this.cluster = await ClusterDouble.start(members, document);
    this.firstLine = this.provider.lines.length;
    return this.cluster;
  }

  stop(): void {
    this.cluster.stop();
    this.provider.kill();
  }

  async inputs(document: object, changes: Partial<PatroniConfigArgs> = {}): Promise<Wire> {
    const args: PatroniConfigArgs = {
      cluster: "acme",
      consulAddress: this.cluster.consul.address,
      dcsPath: doubleFolder,
      config: JSON.stringify(document),
      timeoutSeconds: 20,
      ...changes,
    };
    const raw = await registeredInputs(() => new PatroniConfig("acme-config", args));
    return (await this.provider.check({}, raw)).inputs;
  }

  /** The state after a run that put `document` into effect. */
  async settled(document: object): Promise<Wire> {
    const applied = JSON.stringify(document);
    return { ...(await this.inputs(document)), applied, adopted: {}, modifyIndex: 1, ready: true };
  }

  /** An update from a document that was in effect to another. */
  async change(from: object, to: object): Promise<Wire> {
    return this.provider.update(doubleFolder, await this.settled(from), await this.inputs(to));
  }

  /** This test's lines, once the last one is there. */
  async linesUpTo(last: RegExp): Promise<readonly string[]> {
    const look = (saw: (state: unknown) => void) => {
      const lines = this.provider.lines.slice(this.firstLine);
      saw(lines);
      return Promise.resolve(lines.some((line) => last.test(line)) ? lines : undefined);
    };
    return eventually("the provider's lines", look, { timeoutSeconds: 5, intervalMilliseconds: 10 });
  }

  /** Does something as soon as the first restart has been asked for. */
  async afterFirstRestart(act: () => void): Promise<void> {
    const look = () => {
      if (this.cluster.restarts.length === 0) return Promise.resolve(undefined);
      act();
      return Promise.resolve(true);
    };
    await eventually("the first restart", look, { timeoutSeconds: 20, intervalMilliseconds: 5 });
  }
}
