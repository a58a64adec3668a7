import type { Changes, Equality } from "./diff";
import type { CheckFailure } from "./failure";
import type { PackageSchema, ResourceSchema } from "./schema";
import type { Bag } from "./values";

/** Where a resource type reports to while it works. */
export interface Progress {
  /** A line that is shown at once and kept among the diagnostics. */
  warn(line: string): Promise<void>;
  /** A line on the resource's row, replaced by the next one. */
  status(line: string): Promise<void>;
}

/** What every operation knows of its resource. */
export interface Operation {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly progress: Progress;
  /** Set when the engine was told to stop. */
  readonly signal: AbortSignal;
  /** `customTimeouts` of the resource for this operation, in seconds; undefined where it sets none. */
  readonly timeoutSeconds: number | undefined;
}

/** A resource as it is on the server. Every known property is in `outputs`, inputs included. */
export interface State {
  readonly id: string;
  readonly outputs: Bag;
}

/** What a refresh found. `inputs` are what the program would have to say to get it. */
export interface ReadState extends State {
  readonly inputs: Bag;
}

/** One resource type: what it does on the server. Each method throws a `PluginFailure` with what to do next. */
export interface ResourceType {
  readonly schema: ResourceSchema;
  /** Rules beyond the schema's, and inputs that are worked out. Called only when the schema's rules hold. */
  check?(inputs: Bag, operation: Operation): Promise<{ inputs?: Bag; failures?: readonly CheckFailure[] }>;
  /** See {@link Equality}. */
  readonly equality?: Equality;
  /** Adds to or takes from the changes that the schema found, or refuses. */
  diff?(changes: Changes, olds: Bag, news: Bag, operation: Operation): Promise<Changes>;
  /** Outputs that can be told before anything is done, beyond the inputs. */
  foresee?(inputs: Bag): Bag;
  create(inputs: Bag, operation: Operation): Promise<State>;
  /** Undefined when it is gone. */
  read(state: State, inputs: Bag, operation: Operation): Promise<ReadState | undefined>;
  update(state: State, olds: Bag, news: Bag, operation: Operation): Promise<Bag>;
  delete(state: State, operation: Operation): Promise<void>;
}

/** A plugin's settings as texts and JSON values, by name; absent ones are undefined. */
export type PluginConfig = Readonly<Record<string, string | undefined>>;

/** A plugin that can be served. */
export interface Plugin {
  readonly schema: PackageSchema;
  /** Makes the resource types for given settings. Nothing is contacted. */
  resources(config: PluginConfig): readonly ResourceType[];
}
