import { offsetVariable, stateVariable, type LabSettings } from "../settings";
import { UserError } from "../userError";
import { rememberedEngine } from "./docker";
import { consulAddress, nomadAddress, openBaoAddress, registryHost } from "./endpoints";
import { openBaoRootToken } from "./openbao";

/** What programs need in their environment to work with a lab: the variables that the real tools read. */
export interface LabEnvironment {
  readonly NOMAD_ADDR: string;
  readonly CONSUL_HTTP_ADDR: string;
  readonly VAULT_ADDR: string;
  /** OpenBao's root token: a secret. */
  readonly VAULT_TOKEN: string;
  readonly DOCKER_HOST: string;
  /** `host:port` of the image registry. */
  readonly NOMAD_POSTGRES_LAB_REGISTRY: string;
  readonly NOMAD_POSTGRES_LAB_STATE: string;
  readonly NOMAD_POSTGRES_LAB_PORT_OFFSET: string;
}

/**
 * The environment of a lab that was brought up.
 * @throws {UserError} when it never was.
 */
export function labEnvironment(settings: LabSettings): LabEnvironment {
  const engine = rememberedEngine(settings);
  if (engine === undefined) {
    throw new UserError(`There is no lab in ${settings.stateDir} yet. Bring one up: npm run lab -- up.`);
  }
  return {
    NOMAD_ADDR: nomadAddress(settings),
    CONSUL_HTTP_ADDR: consulAddress(settings),
    VAULT_ADDR: openBaoAddress(settings),
    VAULT_TOKEN: openBaoRootToken(settings),
    DOCKER_HOST: engine.host,
    NOMAD_POSTGRES_LAB_REGISTRY: registryHost(settings),
    [stateVariable]: settings.stateDir,
    [offsetVariable]: String(settings.portOffset),
  };
}
