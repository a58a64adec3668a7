import type { MemberKey, ScopeKeys } from "./consulKeys";
import { shortId, type Allocation } from "./nomadState";

/**
 * Whether a member of this name is the allocation's: it is named after the node that holds its data, or, with
 * throw-away data, after the short allocation identifier (patroni/patroniYml.ts).
 */
export function isNameOf(name: string, allocation: Allocation): boolean {
  return name === allocation.nodeName || name.includes(shortId(allocation.id));
}

/**
 * The allocation's own entry in Consul. An entry of the same name that points at another port than the
 * allocation's was left behind by its predecessor on the node, and is not its own.
 */
export function memberOf(
  allocation: Allocation,
  keys: ScopeKeys | undefined,
  apiPort: number | undefined,
): MemberKey | undefined {
  const member = keys?.members.find(({ name }) => isNameOf(name, allocation));
  if (member?.apiUrl === undefined || apiPort === undefined) return member;
  return Number(new URL(member.apiUrl).port) === apiPort ? member : undefined;
}
