import { clusterMap, name, type Case } from "./case";
import { stackWith } from "../sources";

/** At the top of the project's namespace. */
export const topLevelCases: readonly Case[] = [
  {
    title: "a misspelt key at the top",
    raw: { imageRepository: "a/b", tenant: {}, nomad_address: "x" },
    lines: [
      "nomad_address: unknown key `nomad_address`; did you mean `nomadAddress`?",
      "tenant: unknown key `tenant`; did you mean `tenants`?",
    ],
  },
  {
    title: "no image repository, and addresses with more than an address in them",
    raw: {
      nomadAddress: "nomad:4646",
      consulAddress: "http://c:8500/ui",
      vaultAddress: "https://u:hunter2@v:8200",
    },
    lines: [
      'consulAddress: found "http://c:8500/ui"; allowed: an http or https URL with nothing after the port, such as `https://consul.example.net:8501`.',
      "imageRepository: found nothing; allowed: a registry and a repository without a tag, such as `registry.example.net/patroni`.",
      'nomadAddress: found "nomad:4646"; allowed: an http or https URL with nothing after the port, such as `https://consul.example.net:8501`.',
      "vaultAddress: found a text that is not shown, because it may be a secret; allowed: an http or https URL with nothing after the port, such as `https://consul.example.net:8501`.",
    ],
  },
  {
    title: "a repository with a tag, and names that Nomad refuses",
    raw: { imageRepository: "registry.example.net/patroni:17", nomadNamespace: "a_b", nomadRegion: "a b" },
    lines: [
      'imageRepository: found "registry.example.net/patroni:17"; allowed: a registry and a repository without a tag, such as `registry.example.net/patroni`.',
      'nomadNamespace: found "a_b"; allowed: a namespace\'s name: letters, digits and `-`, at most 128.',
      'nomadRegion: found "a b"; allowed: a region\'s name, without spaces.',
    ],
  },
  {
    title: "texts and lists where maps belong",
    raw: { imageRepository: "a/b", platform: "prod", tenants: ["acme"] },
    lines: [
      'platform: found "prod"; allowed: a map.',
      'tenants: found ["acme"]; allowed: a map of tenants by name.',
    ],
  },
];

/** Names of tenants, and what stands under them. */
export const nameCases: readonly Case[] = [
  {
    title: "names that are not allowed",
    raw: stackWith({
      Acme: {},
      "a--b": {},
      "acme-": {},
      "1st": {},
      [`a${"b".repeat(32)}`]: {},
      "": {},
      "a b": {},
    }),
    lines: [
      `tenants.Acme: found the name "Acme"; allowed: ${name}. For example \`acme\`.`,
      `tenants.a--b: found the name "a--b"; allowed: ${name}. For example \`a-b\`.`,
      `tenants.abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: found the name "abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"; allowed: ${name}. For example \`abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\`.`,
      `tenants.acme-: found the name "acme-"; allowed: ${name}. For example \`acme\`.`,
      `tenants[""]: found the name ""; allowed: ${name}.`,
      `tenants["1st"]: found the name "1st"; allowed: ${name}. For example \`st\`.`,
      `tenants["a b"]: found the name "a b"; allowed: ${name}. For example \`a-b\`.`,
    ],
  },
  {
    title: "the platform's name for a tenant",
    raw: stackWith({ platform: {} }),
    lines: [
      "tenants.platform: found the name of the platform's own cluster; allowed: any other name. Its settings are those of `platform.cluster`.",
    ],
  },
  {
    title: "a name whose services another cluster has",
    raw: stackWith({ acme: {}, "acme-primary": {} }),
    lines: [
      "tenants.acme-primary: found a name whose Consul service `postgres-acme-primary` is also that of `tenants.acme`; allowed: a name whose services are its own.",
    ],
  },
  {
    title: "an empty value where a cluster belongs",
    raw: stackWith({ acme: null }, { cluster: null }),
    lines: [
      `platform.cluster: found an empty value; allowed: ${clusterMap}.`,
      `tenants.acme: found an empty value; allowed: ${clusterMap}.`,
    ],
  },
];
