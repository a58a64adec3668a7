import type Dockerode from "dockerode";
import { stringify } from "yaml";
import { freePort } from "./freePort";
import { hardening, logOf, type Ended } from "./imageContainer";
import { consulToken, environment } from "./labSecrets";
import { putMemberFile } from "./memberFile";
import { eventually } from "./waiting";

/** A cluster of one member, run straight from the image on the host's network with a real Consul. */
export class LoneMember {
  private constructor(
    private readonly container: Dockerode.Container,
    private readonly consulAddress: string,
    private readonly scope: string,
  ) {}

  /** Starts one, with a health check that looks every second. */
  static async start(docker: Dockerode, image: string, consulAddress: string): Promise<LoneMember> {
    const scope = `image-test-${process.pid}`;
    const container = await docker.createContainer({
      Image: image,
      Tty: true,
      // An empty test keeps the image's own.
      Healthcheck: { Test: [], Interval: 1e9, Timeout: 5e9, StartPeriod: 60e9, Retries: 3 },
      HostConfig: {
        NetworkMode: "host",
        CapDrop: [...hardening.CapDrop],
        SecurityOpt: [...hardening.SecurityOpt],
      },
    });
    const member = new LoneMember(container, consulAddress, scope);
    try {
      const [api, postgres] = [await freePort(), await freePort()];
      const config = memberConfig({ scope, consulHost: new URL(consulAddress).host, api, postgres });
      await putMemberFile(container, "patroni.yml", stringify(config));
      await container.start();
    } catch (error) {
      await member.remove();
      throw error;
    }
    return member;
  }

  /** Waits until Docker calls the container healthy. */
  async untilHealthy(timeoutSeconds: number): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const { State } = await this.container.inspect();
      saw({ health: State.Health, log: (await logOf(this.container)).split("\n").slice(-5) });
      return State.Health?.Status === "healthy" ? true : undefined;
    };
    await eventually("the member's health", look, { timeoutSeconds });
  }

  /** Waits until it holds the leader lock. */
  async untilLeader(timeoutSeconds: number): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const leader = await this.leader();
      saw({ leader, log: (await logOf(this.container)).split("\n").slice(-5) });
      return leader === "" ? undefined : true;
    };
    await eventually("the leader lock", look, { timeoutSeconds });
  }

  /** Who holds the leader lock in Consul; empty when nobody does. */
  async leader(): Promise<string> {
    const response = await fetch(`${this.consulAddress}/v1/kv/image-test/${this.scope}/leader?raw`, {
      headers: consulToken(),
      signal: AbortSignal.timeout(5000),
    });
    return response.ok ? response.text() : "";
  }

  /** Stops it as Docker and Nomad do, and tells how it ended and all that it printed. */
  async stop(withinSeconds: number): Promise<Ended> {
    await this.container.stop({ t: withinSeconds });
    const { State } = await this.container.inspect();
    return { code: State.ExitCode, output: await logOf(this.container) };
  }

  /** Takes away the container, its data, and what Patroni wrote to Consul. */
  async remove(): Promise<void> {
    await this.container.remove({ force: true, v: true });
    const scope = `${this.consulAddress}/v1/kv/image-test/${this.scope}/?recurse`;
    await fetch(scope, { method: "DELETE", headers: consulToken(), signal: AbortSignal.timeout(5000) });
  }
}

function memberConfig(where: { scope: string; consulHost: string; api: number; postgres: number }): object {
  const address = (port: number) => ({ listen: `127.0.0.1:${port}`, connect_address: `127.0.0.1:${port}` });
  return {
    scope: where.scope,
    namespace: "image-test",
    name: "lone",
    restapi: address(where.api),
    consul: { host: where.consulHost, register_service: false, token: environment("CONSUL_HTTP_TOKEN") },
    bootstrap: {
      dcs: { ttl: 20, loop_wait: 2, retry_timeout: 5 },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums"],
    },
    postgresql: {
      ...address(where.postgres),
      data_dir: "/data/postgres-17",
      authentication: {
        superuser: { username: "postgres", password: "for-this-test" },
        replication: { username: "replicator", password: "for-this-test" },
      },
    },
  };
}
