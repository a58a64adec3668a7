import type { PolicyConfigSchema } from "@pulumi/policy";

/** A resource of a stack, as a policy sees it: in a preview, what is wanted of it. */
export interface PackResource {
  readonly type: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** What a rule has against a stack. */
export interface PackViolation {
  /** Who, what is wrong, and what is allowed; without a secret. */
  readonly message: string;
  readonly urn: string;
}

/** A guard rail that judges a stack by its resources, whatever program made them. */
export interface PackRule {
  /** That of the guard rail in `config/guardRails/`. */
  readonly id: string;
  readonly description: string;
  /** What an organisation may set. */
  readonly configSchema?: PolicyConfigSchema;
  /** @param settings as the schema says */
  readonly violations: (resources: readonly PackResource[], settings: object) => readonly PackViolation[];
}
