import { z } from "zod";
import { UserError } from "../userError";
import { askEngine, askEngineForgiving, engineSocket, ensureEmptyImage, type Engine } from "./engine";
import { ask } from "./http";
import { isRoot, run, type Outcome } from "./run";
import { messageOf } from "./waiting";

/** A container in which a program runs with root's rights on this machine. */
export interface ContainerRef {
  readonly host: string;
  readonly name: string;
}

/** A program to run with root's rights. */
export interface PrivilegedLaunch {
  /** The container's name; one of that name that is there already is removed. */
  readonly name: string;
  readonly label: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** File that its output is appended to. */
  readonly logFile?: string;
}

// Nomad's clients mount file systems and give files to other users, and only root may add addresses. Whoever
// may use Docker may do all that through it. These containers have no files of their own: the program runs
// in the machine's mount, network, process and control group namespaces, as if root had started it.
const image = { repository: "nomad-postgres-lab/host", tag: "1" };
const machineFolders = ["/bin", "/lib", "/lib64", "/usr"];
// This process's view of the file systems, not that of pid 1, which may be out of reach.
const enterMachine = ["/usr/bin/nsenter", "--target", String(process.pid), "--mount", "--"];
// Beyond Docker's usual ones: to enter a namespace and mount, to signal, to add addresses, to read any file.
// Not all that there are: inside another container the engine itself lacks some, and could pass on none.
const capabilities = ["SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "DAC_READ_SEARCH"];
const labelName = "nomad-postgres.lab";

/**
 * Runs a short program with root's rights: directly as root, else through the engine.
 * @throws {UserError} when neither is possible.
 */
export async function runAsRoot(
  engine: Engine | undefined,
  program: string,
  args: readonly string[],
): Promise<Outcome> {
  if (isRoot()) return run(program, args);
  if (engine === undefined) {
    throw new UserError(
      `Only root may run ${program} ${args.join(" ")}, and no Docker engine can do it instead.`,
    );
  }
  const name = `nomad-postgres-lab-${process.pid}-${Date.now()}`;
  try {
    await startPrivileged(engine, { name, label: "", command: [program, ...args], env: {} });
    const waited = await askEngine(engine, `/containers/${name}/wait`, {
      method: "POST",
      timeoutSeconds: 60,
    });
    const { StatusCode } = z.object({ StatusCode: z.number() }).parse(waited);
    const logs = await ask(`http://docker/containers/${name}/logs?stdout=1&stderr=1`, {
      socketPath: engineSocket(engine),
    });
    const output = logs.text.replace(/\r/g, "");
    return { code: StatusCode, stdout: output, stderr: output };
  } finally {
    await removePrivileged({ host: engine.host, name });
  }
}

/**
 * Starts a program with root's rights through the engine and returns its pid.
 * @throws {UserError} when the engine refuses.
 */
export async function startPrivileged(engine: Engine, launch: PrivilegedLaunch): Promise<number> {
  try {
    await ensureEmptyImage(engine, image.repository, image.tag);
    await removePrivileged({ host: engine.host, name: launch.name });
    await askEngine(engine, `/containers/create?name=${launch.name}`, {
      method: "POST",
      body: containerOf(launch),
    });
    await askEngine(engine, `/containers/${launch.name}/start`, { method: "POST", timeoutSeconds: 30 });
    const seen = await askEngine(engine, `/containers/${launch.name}/json`);
    return z.object({ State: z.object({ Pid: z.number() }) }).parse(seen).State.Pid;
  } catch (error) {
    const what = launch.command.join(" ");
    throw new UserError(
      `${what} needs root's rights, and the Docker engine at ${engine.host} could not give them ` +
        `(${messageOf(error)}). Run this as root instead.`,
    );
  }
}

/** Sends a signal to the program in a container. */
export async function signalPrivileged(container: ContainerRef, signal: NodeJS.Signals): Promise<void> {
  await askEngineForgiving(container, `/containers/${container.name}/kill?signal=${signal}`, {
    method: "POST",
  });
}

/** Ends a container and what runs in it, if it is there. */
export async function removePrivileged(container: ContainerRef): Promise<void> {
  const path = `/containers/${container.name}?force=1&v=1`;
  await askEngineForgiving(container, path, { method: "DELETE", timeoutSeconds: 30 });
}

/** The containers that were started with labels that `isOurs` accepts. */
export async function privilegedContainers(
  engine: Engine,
  isOurs: (label: string) => boolean,
): Promise<readonly ContainerRef[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [labelName] }));
  const listed = z
    .array(z.object({ Names: z.array(z.string()), Labels: z.record(z.string(), z.string()) }))
    .parse(await askEngine(engine, `/containers/json?all=1&filters=${filters}`));
  return listed
    .filter(({ Labels }) => isOurs(Labels[labelName] ?? ""))
    .flatMap(({ Names }) => Names.slice(0, 1).map((name) => ({ host: engine.host, name: name.slice(1) })));
}

function containerOf(launch: PrivilegedLaunch): unknown {
  const { command, logFile } = launch;
  const script = 'log="$1"; shift; exec "$@" >> "$log" 2>&1 < /dev/null';
  const logged = logFile === undefined ? command : ["/bin/sh", "-c", script, "sh", logFile, ...command];
  return {
    Image: `${image.repository}:${image.tag}`,
    Cmd: [...enterMachine, ...logged],
    Env: Object.entries(launch.env).map(([name, value]) => `${name}=${value}`),
    Labels: { [labelName]: launch.label },
    Tty: true,
    HostConfig: {
      CapAdd: capabilities,
      SecurityOpt: ["apparmor=unconfined", "seccomp=unconfined", "label=disable"],
      PidMode: "host",
      NetworkMode: "host",
      CgroupnsMode: "host",
      IpcMode: "host",
      Binds: machineFolders.map((folder) => `${folder}:${folder}:ro`),
    },
  };
}
