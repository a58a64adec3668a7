import type { Machine } from "./machine";

/** What a way that fills the cache is given to work with. */
export interface Making {
  readonly machine: Machine;
  /** The folder of the whole cache, for what several tools share. */
  readonly cacheDir: string;
  /** A folder of its own. What it leaves in its `bin` is the result; the rest goes. */
  readonly staging: string;
  /** Tells the watcher how far it is. */
  readonly note: (detail: string) => void;
}

/** A way didn't lead to the tool. The message is the rest of a sentence that says which way that was. */
export class WayFailed extends Error {
  override readonly name = "WayFailed";
}
