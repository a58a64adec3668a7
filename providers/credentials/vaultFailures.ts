import { memberPaths } from "../../patroni/patroniYml";
import { ProviderFailure } from "../failure";
import type { HttpError } from "../http";
import type { SecretPlace } from "./kv2";

/** How people write a secret's place: mount and path. */
export function secretName({ mount, path }: SecretPlace): string {
  return `${mount}/${path}`;
}

/** Vault can't be reached, or doesn't answer in time. */
export function unreachableFailure(error: HttpError): ProviderFailure {
  return new ProviderFailure(error.message, [
    "`vault status` with VAULT_ADDR set to the same address says whether Vault is up and unsealed",
  ]);
}

/** Vault is up, but sealed or without an active node. `answer` holds Vault's reason and no secret. */
export function sealedFailure(place: SecretPlace, answer: string): ProviderFailure {
  const address = place.vaultAddress;
  if (!answer.includes("sealed"))
    return new ProviderFailure(`Vault at ${address} can't serve requests now (503)`, [
      `see what it says: VAULT_ADDR=${address} vault status`,
    ]);
  return new ProviderFailure(`Vault at ${address} is sealed`, [
    `unseal it and run pulumi up again: VAULT_ADDR=${address} vault operator unseal`,
  ]);
}

/** The token is missing, not valid, or lacks a right; or, which Vault tells nobody, there is no such mount. */
export function deniedFailure(place: SecretPlace, error: HttpError, mountSeen: boolean): ProviderFailure {
  const { mount, path, whenRemoved } = place;
  const rights = [`path "${mount}/data/${path}" { capabilities = ["create", "read", "update"] }`];
  if (whenRemoved === "delete") rights.push(`path "${mount}/metadata/${path}" { capabilities = ["delete"] }`);
  return new ProviderFailure(error.message, [
    "the token's policy must hold:",
    ...rights.map((right) => `  ${right}`),
    ...(mountSeen
      ? []
      : [`and there must be a KV version 2 engine at ${mount}/, which this token can't tell`]),
  ]);
}

/** The mount is missing (undefined), of another type, or of KV version 1. */
export function engineFailure(
  place: SecretPlace,
  engine: { readonly type: string; readonly version: string } | undefined,
): ProviderFailure {
  const { vaultAddress, mount } = place;
  if (engine === undefined)
    return new ProviderFailure(`Vault at ${vaultAddress} has no secrets engine at ${mount}/`, [
      `enable one (vault secrets enable -path=${mount} -version=2 kv), or name another mount in the stack's config`,
    ]);
  if (engine.type !== "kv")
    return new ProviderFailure(
      `the engine at ${mount}/ of Vault at ${vaultAddress} is of type ${engine.type}; credentials need KV version 2`,
      ["name a mount of type kv in the stack's config: vault secrets list -detailed shows them"],
    );
  return new ProviderFailure(
    `the KV engine at ${mount}/ of Vault at ${vaultAddress} is version ${engine.version}; credentials need version 2`,
    [
      `upgrade it (vault kv enable-versioning ${mount}), or name a mount of version 2 in the stack's config`,
      "nothing was written: version 1 has no check-and-set, and two runs at once could each write passwords",
    ],
  );
}

/** Some of the six fields are there, and some aren't. `seen`: an earlier run saw the secret complete. */
export function incompleteFailure(
  place: SecretPlace,
  missing: readonly string[],
  seen: boolean,
): ProviderFailure {
  const { mount, path } = place;
  return new ProviderFailure(
    `the secret ${secretName(place)} has no ${missing.join(", no ")}; it was left as it is`,
    [
      "add what is missing, as the data knows it, one field at a time from standard input:",
      `  vault kv patch -mount=${mount} ${path} ${missing[0] ?? ""}=-`,
      ...startAfresh(place, "no data knows these credentials", seen),
    ],
  );
}

/** The latest version is deleted or destroyed. `seen`: an earlier run saw the secret complete. */
export function deletedFailure(
  place: SecretPlace,
  { version, destroyed }: { readonly version: number; readonly destroyed: boolean },
  seen: boolean,
): ProviderFailure {
  const { mount, path } = place;
  const state = destroyed ? "destroyed" : "deleted";
  const mend = destroyed
    ? [
        `an older version that is left can be put back (vault kv metadata get -mount=${mount} ${path} lists them):`,
        `  vault kv rollback -mount=${mount} -version=<number> ${path}`,
      ]
    : ["put it back:", `  vault kv undelete -mount=${mount} -versions=${version} ${path}`];
  return new ProviderFailure(
    `the latest version (${version}) of the secret ${secretName(place)} is ${state}; nothing was written`,
    [
      "the cluster's data, if it has any, knows only the passwords that were there",
      ...mend,
      ...startAfresh(place, "the data is gone as well", seen),
    ],
  );
}

/** The secret was there at the last run, and no version of it is left. */
export function goneFailure(place: SecretPlace): ProviderFailure {
  const { mount, path } = place;
  return new ProviderFailure(
    `the secret ${secretName(place)} was there at the last run and is gone, with all its versions; nothing was written`,
    [
      "the cluster's data knows only the passwords that were in it: new ones would lock every member out",
      `put it back from a backup of Vault, or from a member that still runs, whose ${memberPaths.config} holds them:`,
      `  vault kv put -mount=${mount} ${path} @credentials.json`,
      "or, if the data is gone as well, write any six values there in the same way",
    ],
  );
}

/** Other runs write the secret over and over. */
export function contestedFailure(place: SecretPlace): ProviderFailure {
  return new ProviderFailure(`the secret ${secretName(place)} was changed by somebody else at every try`, [
    "see who writes it (Vault's audit log has it), then run pulumi up again",
  ]);
}

/** The secret is to move, and the one that it would be copied from can't be had. */
export function notMovableFailure(from: SecretPlace, to: SecretPlace): ProviderFailure {
  return new ProviderFailure(
    `the credentials are to move to ${secretName(to)} at ${to.vaultAddress}, and ${secretName(from)} at ` +
      `${from.vaultAddress} no longer holds them; nothing was written`,
    [
      "the cluster's data knows only the passwords that were in it: write them to the new place yourself,",
      `  vault kv put -mount=${to.mount} ${to.path} @credentials.json`,
      "or go back to the old place in the stack's config",
    ],
  );
}

/** A secret that a run has seen is never replaced by a run, whatever became of it: only its owner can do that. */
function startAfresh({ mount, path }: SecretPlace, when: string, seen: boolean): readonly string[] {
  if (seen)
    return [
      `or, if ${when}, write any six values there:`,
      `  vault kv put -mount=${mount} ${path} @credentials.json`,
    ];
  return [
    `or, if ${when}, remove it, and the next run makes new ones:`,
    `  vault kv metadata delete -mount=${mount} ${path}`,
  ];
}
