import { isImageRepository } from "../imageReference";
import { text } from "./setting";

const addressAllowed =
  "an http or https URL with nothing after the port, such as `https://consul.example.net:8501`";

/** Whether it is scheme, host and perhaps a port: paths, queries and passwords have no place in an address. */
function isAddress(address: string): boolean {
  if (!/^https?:\/\/[^\s/?#@\\]+\/?$/.test(address)) return false;
  try {
    return new URL(address).hostname !== "";
  } catch {
    return false;
  }
}

const address = (of: string) =>
  text(`Address at which this program reaches ${of}.`, addressAllowed, isAddress);

/** A setting with a value of its own in the stack's config, and its default. */
export interface SimpleSetting {
  readonly schema: ReturnType<typeof text>;
  /** Also declared in Pulumi.yaml; a test holds both equal. Empty: none, it has to be set. */
  readonly default: string;
}

/** The settings that stand at the top of the project's namespace beside `platform` and `tenants`. */
export const simpleSettings = {
  nomadAddress: { schema: address("Nomad"), default: "http://127.0.0.1:4646" },
  nomadNamespace: {
    schema: text(
      "Nomad namespace of the jobs and volumes.",
      // `validNamespaceName` in nomad/structs.
      "a namespace's name: letters, digits and `-`, at most 128",
      (name) => /^[a-zA-Z0-9-]{1,128}$/.test(name),
    ),
    default: "default",
  },
  nomadRegion: {
    schema: text("Nomad region of the jobs.", "a region's name, without spaces", (name) =>
      /^[^\s/]+$/.test(name),
    ),
    default: "global",
  },
  consulAddress: { schema: address("Consul"), default: "http://127.0.0.1:8500" },
  vaultAddress: { schema: address("Vault or OpenBao"), default: "http://127.0.0.1:8200" },
  imageRepository: {
    schema: text(
      "Registry and repository that the Patroni image is pushed to and Nomad's nodes pull it from. Has to be set.",
      "a registry and a repository without a tag, such as `registry.example.net/patroni`",
      isImageRepository,
    ),
    default: "",
  },
} as const satisfies Record<string, SimpleSetting>;

/** Name of a simple setting. */
export type SimpleKey = keyof typeof simpleSettings;

/** Every key that the project's namespace may hold. */
export const topLevelKeys: readonly string[] = [...Object.keys(simpleSettings), "platform", "tenants"];
