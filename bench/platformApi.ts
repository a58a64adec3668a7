import { ask, askJson, type HttpRequest } from "../lab/platform/http";
import { askNomad } from "../lab/platform/nomadAcl";
import { openBaoRootToken } from "../lab/platform/openbao";
import { askConsul } from "../lab/platform/consulAcl";
import { openBaoAddress } from "../lab/platform/endpoints";
import type { LabSettings } from "../lab/settings";

type Method = NonNullable<HttpRequest["method"]>;

const timeoutSeconds = 20;

/** The lab's servers as the bench itself asks them, apart from the program's own providers. */
export class PlatformApi {
  constructor(private readonly settings: LabSettings) {}

  /** Asks Nomad. @throws when it says no */
  async nomad(method: Method, path: string, body?: unknown): Promise<unknown> {
    return askNomad(this.settings, path, { method, timeoutSeconds, body });
  }

  /** Asks Consul. @throws when it says no */
  async consul(method: Method, path: string, body?: string): Promise<unknown> {
    return askConsul(this.settings, path, {
      method,
      timeoutSeconds,
      ...(body === undefined ? {} : { rawBody: Buffer.from(body) }),
    });
  }

  /** Writes to OpenBao. @throws when it says no */
  async writeVault(path: string, body: unknown): Promise<void> {
    await askJson(`${openBaoAddress(this.settings)}/v1/${path}`, {
      method: "POST",
      timeoutSeconds,
      headers: this.vaultHeaders(),
      body,
    });
  }

  /** Reads from OpenBao. @throws when there is nothing */
  async readVault(path: string): Promise<unknown> {
    return askJson(`${openBaoAddress(this.settings)}/v1/${path}`, { headers: this.vaultHeaders() });
  }

  /** Deletes from OpenBao; what isn't there is no error. */
  async deleteVault(path: string): Promise<void> {
    await ask(`${openBaoAddress(this.settings)}/v1/${path}`, {
      method: "DELETE",
      headers: this.vaultHeaders(),
    });
  }

  private vaultHeaders(): Readonly<Record<string, string>> {
    return { "x-vault-token": openBaoRootToken(this.settings) };
  }
}
