import type { Allocation, TaskState } from "../observed/nomadState";
import {
  currentAllocations,
  allocationsOfVersion,
  newEvents,
  type Expectation,
  type Snapshot,
} from "../observed/snapshot";
import type { Cause, CauseCode, CauseFinder } from "./cause";
import { secretCommand } from "./commands";
import { redact } from "./logLines";

type VaultCode = Extract<
  CauseCode,
  "vault-secret-incomplete" | "vault-secret-missing" | "vault-denied" | "vault-unreachable"
>;

/** What Vault, or the way to it, said; in the words of Nomad's template runner and its Vault client. */
const answers: readonly { readonly code: VaultCode; readonly pattern: RegExp }[] = [
  {
    code: "vault-secret-incomplete",
    pattern: /the Vault secret \S+ has no field \S+|map has no entry for key/,
  },
  { code: "vault-secret-missing", pattern: /no secret exists at/ },
  {
    code: "vault-denied",
    pattern: /permission denied|Code: 40[0-3]|role ".*" could not be found|invalid role/i,
  },
  {
    code: "vault-unreachable",
    pattern:
      /connection refused|dial tcp|no such host|i\/o timeout|deadline exceeded|Code: 5\d\d|sealed|EOF|x509/i,
  },
];

/** The template runner asks again after 0.25, 0.5, 1, 2, … s, and says how often it has: two answers are two questions. */
const answersNeeded = 2;

/** Vault may only be restarting, and a secret may only just be written. */
const unreachableAfterMs = 6_000;
const unreadableAfterMs = 8_000;

/** Name of the fact that a task waits for Vault, without saying why. */
const waitsForVault = "waits-for-vault";
/** Name of the fact that Vault couldn't be reached from a node. */
const vaultUnreachable = "vault-unreachable";

/**
 * What a task still waits for, if that is something in Vault. Any later event, such as the pull of the image, means
 * that it has it.
 */
export function missingInVault(task: TaskState): string | undefined {
  const last = task.events.at(-1);
  if (task.state !== "pending" || last?.type !== "Template") return undefined;
  return /^Missing: (.*vault\..*)$/.exec(last.message)?.[1];
}

/** Names of the facts that hold now. */
export function vaultFacts(expectation: Expectation, snapshot: Snapshot): readonly string[] {
  return [
    ...(waiting(expectation, snapshot).length > 0 ? [waitsForVault] : []),
    ...(said(expectation, snapshot).some(({ code }) => code === "vault-unreachable")
      ? [vaultUnreachable]
      : []),
  ];
}

/**
 * The secret can't be had. Certain when Nomad ended the task for it; when Vault has said twice that there is no
 * such secret or that it isn't allowed; when Vault couldn't be reached twice and for 6 s. Where Nomad's client
 * log can't be read, the task's event alone, which doesn't say why, is enough after 8 s.
 */
export const causeInVault: CauseFinder = ({ expectation, snapshot }) => {
  const statements = said(expectation, snapshot);
  for (const { code } of answers) {
    const found = statements.filter((statement) => statement.code === code);
    const final = found.some(({ ended }) => ended);
    if (!final && Math.max(0, ...found.map(({ times }) => times)) < answersNeeded) continue;
    if (code === "vault-unreachable" && snapshot.heldMs(vaultUnreachable) < unreachableAfterMs) continue;
    return cause(code, expectation, found.at(-1)?.text ?? "");
  }
  const [allocation] = waiting(expectation, snapshot);
  if (allocation === undefined || snapshot.clientLogReadable) return undefined;
  if (snapshot.heldMs(waitsForVault) < unreadableAfterMs) return undefined;
  return {
    code: "vault-unreadable",
    headline: `the member on ${allocation.nodeName} waits for the Vault secret ${expectation.vaultSecretPath}: it is missing, or the job's role may not read it`,
    details: allocation.tasks
      .flatMap((task) => missingInVault(task) ?? [])
      .map((name) => `Nomad: Missing: ${name}`),
    nextCommand: `See whether it is there: ${secretCommand(expectation)}; which of the two it is stands in the log of Nomad's client (set NOMAD_TOKEN to a token with agent:read to have it here)`,
  };
};

interface Statement {
  readonly code: VaultCode;
  readonly text: string;
  /** How often it has been said by then. */
  readonly times: number;
  /** Nomad has ended the task because of it. */
  readonly ended: boolean;
}

/** What was said about Vault, in the client log while a task waits, and in the events of tasks that Nomad ended. */
function said(expectation: Expectation, snapshot: Snapshot): readonly Statement[] {
  const lookups = waiting(expectation, snapshot).length > 0 ? snapshot.vaultLookups : [];
  const killed = allocationsOfVersion(expectation, snapshot).flatMap((allocation) =>
    allocation.tasks.flatMap((task) =>
      task.state === "running"
        ? []
        : newEvents(snapshot, allocation, task).flatMap((event) => aboutVault(event.message)),
    ),
  );
  return [
    ...lookups.flatMap((text) => statement(text, false)),
    ...killed.flatMap((text) => statement(text, true)),
  ];
}

/** The event's message if it is the template runner's or the Vault client's reason for ending the task. */
function aboutVault(message: string): readonly string[] {
  return /^(Template failed|Vault): /.test(message) ? [message] : [];
}

function statement(text: string, ended: boolean): readonly Statement[] {
  const answer = answers.find(({ pattern }) => pattern.test(text));
  // Before the look-up's name stand the time, the level and the place in Nomad's log.
  const words = redact(text.replace(/\s+/g, " ").replace(/^.*?\(view\) /, ""));
  const times = Number(/\(retry attempt (\d+) after /.exec(text)?.[1] ?? 1);
  return answer === undefined ? [] : [{ code: answer.code, text: words, times, ended }];
}

function waiting(expectation: Expectation, snapshot: Snapshot): readonly Allocation[] {
  return currentAllocations(expectation, snapshot).filter(({ tasks }) =>
    tasks.some((task) => missingInVault(task) !== undefined),
  );
}

/** The field that the template of patroni.yml stopped at. */
function absentField(text: string): string {
  const name = /has no field (\S+)/.exec(text)?.[1];
  return name === undefined ? "field of that name" : `field ${name}`;
}

function cause(code: VaultCode, expectation: Expectation, text: string): Cause {
  const path = expectation.vaultSecretPath;
  const details = [`Vault, by way of Nomad: ${text}`];
  const see = `See it: ${secretCommand(expectation)}`;
  switch (code) {
    case "vault-secret-incomplete":
      return {
        code,
        headline: `the Vault secret ${path} has no ${absentField(text)}, which the members need`,
        details,
        nextCommand: `Write it, or name in credentials.existing.fields the field that holds it. ${see}`,
      };
    case "vault-secret-missing":
      return {
        code,
        headline: `there is no Vault secret ${path}`,
        details,
        nextCommand: `Put it back or write it, or correct credentials in the config; pulumi up --refresh looks after one that pulumi up wrote. ${see}`,
      };
    case "vault-denied":
      return {
        code,
        headline: `Vault denies job ${expectation.jobId} the secret ${path}`,
        details,
        nextCommand: `Put the policy and the role of the job back: pulumi up --refresh. See what Vault has: vault policy read ${expectation.jobId}`,
      };
    case "vault-unreachable":
      return {
        code,
        headline: `the Nomad clients can't reach Vault for the secret ${path}`,
        details,
        nextCommand:
          "Check that Vault runs and is unsealed, and the vault block of the Nomad clients: vault status",
      };
  }
}
