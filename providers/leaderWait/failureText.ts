import type { Cause } from "../../patroni/causes/cause";
import type { MemberPhase } from "../../patroni/memberPhase";

/** The failure in full: what, what supports it, what each member last did, and what to do next. */
export function failureText(cause: Cause, members: readonly MemberPhase[]): string {
  const states = members.map(({ name, role, phrase }) => {
    const title = role === "member" ? "member" : role;
    return `${title} ${name} ${phrase[0]}`;
  });
  return [cause.headline, ...cause.details, ...states, cause.nextCommand].join(indent);
}

/** Pulumi sets the text behind a bullet and a tab. */
const indent = "\n      ";
