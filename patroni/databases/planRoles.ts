import { own, type FoundRole, type Objects, type StandingRole } from "./model";
import { quoted, type Step } from "./step";

/** What roles are planned from. */
export interface RolePlanInput {
  readonly wanted: Objects["roles"];
  readonly found: Readonly<Record<string, FoundRole>>;
  /** Those that this program last asked for: what is beyond these and `wanted`, others have made. */
  readonly applied: Objects["roles"];
  /** `adopt`: what others have made stays. */
  readonly drift: "correct" | "adopt";
}

/**
 * What makes roles as they are wanted: those that aren't there, then attributes, then memberships, lost before gained, so
 * that two roles can change places. Roles that nobody declares are left alone.
 */
export function planRoles(input: RolePlanInput): readonly Step[] {
  const names = Object.keys(input.wanted);
  return [
    ...names.flatMap((name) => attributeSteps(name, input)),
    ...names.flatMap((name) => revokeSteps(name, input)),
    ...names.flatMap((name) => grantSteps(name, input)),
  ];
}

function attributeSteps(name: string, { wanted, found, drift }: RolePlanInput): readonly Step[] {
  const [role, standing] = [own(wanted, name), own(found, name)];
  if (role === undefined) return [];
  const subject = `role ${name}`;
  const login = role.login ? "LOGIN" : "NOLOGIN";
  if (standing === undefined) {
    const statement = `CREATE ROLE ${quoted(name)} ${login}`;
    return [{ subject, difference: "isn't there", remedy: "created", statement }];
  }
  const extra = drift === "adopt" ? [] : standing.attributes;
  const steps: Step[] = extra.map((attribute) => ({
    subject,
    difference: `has ${attribute}`,
    remedy: `${attribute} taken away`,
    statement: `ALTER ROLE ${quoted(name)} NO${attribute}`,
  }));
  if (role.login === standing.login) return steps;
  const difference = role.login ? "lacks LOGIN" : "has LOGIN";
  const remedy = role.login ? "LOGIN given" : "LOGIN taken away";
  return [...steps, { subject, difference, remedy, statement: `ALTER ROLE ${quoted(name)} ${login}` }];
}

function revokeSteps(name: string, { wanted, found, applied, drift }: RolePlanInput): readonly Step[] {
  const groups = own(wanted, name)?.memberOf ?? [];
  const ours = own(applied, name)?.memberOf ?? [];
  const grants = own(found, name)?.grants ?? [];
  return grants
    .filter(({ group }) => !groups.includes(group) && (drift === "correct" || ours.includes(group)))
    .map(({ group, grantor }) => ({
      subject: `role ${name}`,
      difference: `is a member of ${group}`,
      remedy: `taken out of ${group}`,
      // Without the grantor, only what the superuser itself has granted goes.
      statement: `REVOKE ${quoted(group)} FROM ${quoted(name)} GRANTED BY ${quoted(grantor)}`,
    }));
}

function grantSteps(name: string, { wanted, found }: RolePlanInput): readonly Step[] {
  const has = new Set(own(found, name)?.grants.map(({ group }) => group));
  const groups = own(wanted, name)?.memberOf ?? [];
  return groups
    .filter((group) => !has.has(group))
    .map((group) => ({
      subject: `role ${name}`,
      difference: `isn't a member of ${group}`,
      remedy: `made a member of ${group}`,
      statement: `GRANT ${quoted(group)} TO ${quoted(name)}`,
    }));
}

/** A role as it stands, for the state; under `adopt` without what others have added to what was asked for. */
export function standingRole(
  found: FoundRole,
  applied: StandingRole,
  drift: "correct" | "adopt",
): StandingRole {
  const { login, attributes, grants } = found;
  const groups = [...new Set(grants.map(({ group }) => group))].sort();
  if (drift === "adopt")
    return { login, memberOf: groups.filter((group) => applied.memberOf.includes(group)) };
  return { login, memberOf: groups, ...(attributes.length > 0 && { attributes }) };
}
