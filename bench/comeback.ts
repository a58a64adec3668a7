/** How a member whose history diverged came back. */
export type Comeback = "rewound" | "copied" | "neither";

/**
 * How it came back, by what Patroni logged meanwhile (`Rewind.pg_rewind` and `Bootstrap.clone`'s caller `Ha.clone` in its
 * source, 4.1.5). A copy counts as one also where a rewind was tried before.
 */
export function comebackIn(log: string): Comeback {
  if (/bootstrapped from leader/.test(log)) return "copied";
  return /pg_rewind exit code=0/.test(log) ? "rewound" : "neither";
}
