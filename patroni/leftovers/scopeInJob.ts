/**
 * Whether a job's document has a Patroni scope in it: as a setting of a template (`scope: acme`) or as the variable
 * `PATRONI_SCOPE`, wherever it stands and however the text is quoted. Rather once too often than too seldom.
 */
export function hasScope(job: unknown, scope: string): boolean {
  const name = scope.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`scope[\\s"'\\\\:=]{1,12}${name}(?![\\w-])`, "i").test(JSON.stringify(job));
}
