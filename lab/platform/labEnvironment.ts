import { offsetVariable, stateVariable, type LabSettings } from "../settings";
import { UserError } from "../userError";
import { rememberedEngine } from "./docker";
import { consulAddress, nomadAddress, openBaoAddress, registryHost } from "./endpoints";
import { openBaoRootToken } from "./openbao";
import { labTokens } from "./tokens";

/** What programs need in their environment to work with a lab: the variables that the real tools read. */
export interface LabEnvironment {
  readonly NOMAD_ADDR: string;
  /** The operator's token of Nomad: a secret. */
  readonly NOMAD_TOKEN: string;
  readonly CONSUL_HTTP_ADDR: string;
  /** The operator's token of Consul: a secret. */
  readonly CONSUL_HTTP_TOKEN: string;
  readonly VAULT_ADDR: string;
  /** The operator's token of OpenBao: a secret. */
  readonly VAULT_TOKEN: string;
  readonly DOCKER_HOST: string;
  /** `host:port` of the image registry. */
  readonly NOMAD_POSTGRES_LAB_REGISTRY: string;
  readonly NOMAD_POSTGRES_LAB_STATE: string;
  readonly NOMAD_POSTGRES_LAB_PORT_OFFSET: string;
}

/** The tokens among them. */
export type LabTokenVariables = Pick<LabEnvironment, "CONSUL_HTTP_TOKEN" | "NOMAD_TOKEN" | "VAULT_TOKEN">;

/**
 * The environment of a lab that was brought up. Its tokens are the operator's: they can do what `pulumi up` needs
 * (docs/rights), and nothing else.
 * @throws {UserError} when it never was.
 */
export function labEnvironment(settings: LabSettings): LabEnvironment {
  const engine = rememberedEngine(settings);
  if (engine === undefined) {
    throw new UserError(`There is no lab in ${settings.stateDir} yet. Bring one up: npm run lab -- up.`);
  }
  return {
    NOMAD_ADDR: nomadAddress(settings),
    NOMAD_TOKEN: operatorOnNomad(settings),
    CONSUL_HTTP_ADDR: consulAddress(settings),
    CONSUL_HTTP_TOKEN: labTokens(settings).consulOperator,
    VAULT_ADDR: openBaoAddress(settings),
    VAULT_TOKEN: labTokens(settings).vaultOperator,
    DOCKER_HOST: engine.host,
    NOMAD_POSTGRES_LAB_REGISTRY: registryHost(settings),
    [stateVariable]: settings.stateDir,
    [offsetVariable]: String(settings.portOffset),
  };
}

/** Tokens that may do everything, in place of the operator's: for the lab's own commands, tests and the bench. */
export function labManagement(settings: LabSettings): LabTokenVariables {
  const { consulManagement, nomadManagement } = labTokens(settings);
  return {
    CONSUL_HTTP_TOKEN: consulManagement,
    NOMAD_TOKEN: nomadManagement,
    VAULT_TOKEN: openBaoRootToken(settings),
  };
}

function operatorOnNomad(settings: LabSettings): string {
  const { nomadOperator } = labTokens(settings);
  if (nomadOperator !== undefined) return nomadOperator;
  throw new UserError(`The lab in ${settings.stateDir} isn't up yet. Bring it up: npm run lab -- up.`);
}
