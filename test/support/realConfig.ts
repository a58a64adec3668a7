import assert from "node:assert/strict";
import { GapWriter, type GapReport } from "../../bench/gapWriter";
import { dynamicConfig } from "../../patroni/dynamicConfig";
import type { PatroniSettings } from "../../config/model";
import { fields, number } from "../../patroni/observed/json";
import { PatroniConfig, type PatroniConfigArgs } from "../../providers/patroniConfig";
import { DynamicProvider, registeredInputs } from "./dynamicProviderProcess";
import { volumeCluster } from "./examples";
import { consulToken, environment } from "./labSecrets";
import { ensureMemberImage, labEngine } from "./memberImage";
import type { Wire } from "./pluginClient";
import { RealMembers } from "./realMembers";
import { eventually } from "./waiting";

/** What of the lab's environment tests of `PatroniConfig` with real members need. */
export const realConfigNeeds = [
  "CONSUL_HTTP_ADDR",
  "CONSUL_HTTP_TOKEN",
  "DOCKER_HOST",
  "NOMAD_POSTGRES_LAB_REGISTRY",
  "NOMAD_POSTGRES_LAB_STATE",
];

/** PostgreSQL's parameters, as a test asks for them. */
export type Parameters = Readonly<Record<string, string | number>>;

/** What is asked for besides parameters. */
export interface Asked {
  readonly patroni?: Partial<PatroniSettings>;
  readonly args?: Partial<PatroniConfigArgs>;
}

const namespace = "cfgtest";

/** A real cluster of three without Nomad, a real Consul, and `PatroniConfig` in a process of its own. */
export class RealConfig {
  /** What Pulumi's state would hold. */
  state: Wire = {};

  private constructor(
    private readonly consulAddress: string,
    readonly folder: string,
    readonly members: RealMembers,
    public provider: DynamicProvider,
  ) {}

  /**
   * No member runs yet. `name` tells one test's clusters from another's; `consulAddress` is where members and provider
   * reach Consul.
   */
  static async begin(name: string, consulAddress = environment("CONSUL_HTTP_ADDR")): Promise<RealConfig> {
    const scope = `${name}-${process.pid}`;
    const docker = labEngine();
    const image = await ensureMemberImage(docker);
    const members = new RealMembers({ docker, image, consulAddress, namespace, scope });
    return new RealConfig(consulAddress, `${namespace}/${scope}`, members, await DynamicProvider.start());
  }

  /** The same with a configuration and three members that stream. */
  static async whole(
    name: string,
    parameters: Parameters,
    asked: Asked = {},
    consulAddress = environment("CONSUL_HTTP_ADDR"),
  ): Promise<RealConfig> {
    const real = await RealConfig.begin(name, consulAddress);
    real.state = (await real.provider.create(await real.inputs(parameters, asked))).outputs;
    for (let count = 0; count < 3; count++) await real.members.add();
    await real.members.untilWhole(120);
    return real;
  }

  /** Ends the provider's process and takes the cluster away. */
  async remove(): Promise<void> {
    this.provider.kill();
    await this.members.remove();
  }

  async inputs(parameters: Parameters, { patroni = {}, args = {} }: Asked = {}): Promise<Wire> {
    const loopback = ["127.0.0.0/8"];
    const document = dynamicConfig({
      ...volumeCluster,
      parameters,
      patroni: { ...volumeCluster.patroni, ...patroni },
      replicationNetworks: loopback,
      clientNetworks: loopback,
    });
    const all: PatroniConfigArgs = {
      cluster: "acme",
      consulAddress: this.consulAddress,
      dcsPath: this.folder,
      config: JSON.stringify(document),
      timeoutSeconds: 120,
      ...args,
    };
    const raw = await registeredInputs(() => new PatroniConfig("acme-config", all));
    return (await this.provider.check({}, raw)).inputs;
  }

  /** Puts other parameters into effect, and returns the lines printed meanwhile. */
  async update(parameters: Parameters, asked: Asked = {}): Promise<readonly string[]> {
    const before = this.provider.lines.length;
    this.state = await this.provider.update(this.folder, this.state, await this.inputs(parameters, asked));
    assert.equal(this.state["ready"], true);
    return this.provider.lines.slice(before);
  }

  /** What `pulumi refresh` does. */
  async refresh(): Promise<void> {
    this.state = (await this.provider.read(this.folder, this.state)).outputs;
  }

  async leaderName(): Promise<string> {
    const response = await fetch(this.keyUrl("leader"), {
      headers: consulToken(),
      signal: AbortSignal.timeout(5000),
    });
    return response.text();
  }

  /** The document as it stands in Consul. */
  async document(): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(this.keyUrl("config"), {
      headers: consulToken(),
      signal: AbortSignal.timeout(5000),
    });
    return fields(await response.json());
  }

  /** What `patronictl edit-config` does: Patroni merges the change into the document. */
  async editConfig(change: object): Promise<void> {
    await this.members.ask(await this.leaderName(), "PATCH", "/config", change);
  }

  /** Timeline of the leader. One more for each change of the leader since. */
  async timeline(): Promise<number> {
    return number((await this.members.status(await this.leaderName()))["timeline"]) ?? NaN;
  }

  /** Waits until every member runs with a value. */
  async untilEverywhere(parameter: string, value: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const values = await this.members.show(parameter);
      saw(values);
      return Object.values(values).every((one) => one === value) ? true : undefined;
    };
    await eventually(`${parameter} ${value} on every member`, look, { timeoutSeconds: 60 });
  }

  /** Does something under a client that writes: what the client saw, and how often the leader changed. */
  async whileWriting(happen: () => Promise<void>): Promise<GapReport & { readonly changes: number }> {
    await this.members.untilWhole(60);
    const timeline = await this.timeline();
    const writer = new GapWriter({
      ...this.members.superuser,
      endpoints: () => Promise.resolve(this.members.endpoints),
      intervalMilliseconds: 20,
    });
    await writer.start();
    try {
      await happen();
      await this.members.untilWhole(60);
      return { ...(await writer.stop()), changes: (await this.timeline()) - timeline };
    } finally {
      await writer.end();
    }
  }

  private keyUrl(key: string): string {
    return `${environment("CONSUL_HTTP_ADDR")}/v1/kv/${this.folder}/${key}?raw`;
  }
}

/** The same value on each of the three. */
export function everywhere(value: string): Readonly<Record<string, string>> {
  return { node1: value, node2: value, node3: value };
}
