/** Patroni's reading of a switch in its dynamic configuration (`parse_bool` in patroni/utils.py). */
export function isOn(value: unknown): boolean {
  return ["on", "true", "yes", "1"].includes(String(value).toLowerCase());
}
