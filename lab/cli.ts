import { runCommand } from "../commands/runCommand";
import { isClusterCommand, runClusterCommand } from "./clusters";
import { consoleReporter, formatDuration } from "./report";
import { superuserPassword } from "./superuserPassword";
import { loadLabSettings, type LabSettings } from "./settings";
import { ensureTools } from "./toolchain/ensureTools";
import { UserError } from "./userError";
import { labDown } from "./platform/labDown";
import { labEnvironment } from "./platform/labEnvironment";
import { labStatus, type StatusLine } from "./platform/labStatus";
import { labUp } from "./platform/labUp";

const usage = `Usage: npm run lab -- COMMAND

  up              bring the lab up, or mend what is missing of it
  status          say how each part is doing; exit code 0 only if all are ready
  clusters        how its PostgreSQL clusters are: npm run status, whose --watch and --json it takes too
  switchover      make another member of one of them the leader: npm run switchover, --tenant NAME and all
  reinit          copy a replica's data anew: npm run reinit, --tenant NAME --member NAME and all
  move            move a member to another node: npm run move, --tenant NAME --member NAME and all
  cleanup         remove what nobody needs any more from Consul: npm run cleanup
  password NAME   print the superuser's password of a cluster, for psql
  env             print the environment of the lab as shell commands (it holds secrets: the operator's tokens)
  down            end everything; the next up goes on with the same state
  down --purge    end everything and delete the lab's state

The environment variables NOMAD_POSTGRES_LAB_STATE and NOMAD_POSTGRES_LAB_PORT_OFFSET choose another lab.`;

async function main(args: readonly string[]): Promise<number> {
  const settings = loadLabSettings();
  const [command, cluster] = args;
  if (command === "password" && cluster !== undefined) {
    console.log(await superuserPassword(settings, cluster));
    return 0;
  }
  if (isClusterCommand(command))
    return runCommand((signal) => runClusterCommand(settings, command, args.slice(1), signal));
  switch (args.join(" ")) {
    case "up":
      return up(settings);
    case "status":
      return status(settings);
    case "env":
      for (const [name, value] of Object.entries(labEnvironment(settings))) {
        console.log(`export ${name}='${String(value).replace(/'/g, `'\\''`)}'`);
      }
      return 0;
    case "down":
    case "down --purge":
      await labDown(settings, { purge: args.includes("--purge"), reporter: consoleReporter() });
      return 0;
    case "":
    case "help":
    case "--help":
      console.log(usage);
      return 0;
    default:
      throw new UserError(`There is no "${args.join(" ")}".\n\n${usage}`);
  }
}

async function up(settings: LabSettings): Promise<number> {
  const start = Date.now();
  const reporter = consoleReporter();
  const only = ["nomad", "consul", "bao", "docker", "docker-registry"] as const;
  await labUp(settings, await ensureTools({ cacheDir: settings.toolsDir, reporter, only }), reporter);
  reporter.say(
    `The lab is up after ${formatDuration(Date.now() - start)}; its state is in ${settings.stateDir}.`,
  );
  return 0;
}

async function status(settings: LabSettings): Promise<number> {
  const { overall, lines } = await labStatus(settings);
  const width = Math.max(...lines.map(({ title }) => title.length));
  for (const line of lines) console.log(`${line.title.padEnd(width)}  ${describe(line)}`);
  console.log(`The lab in ${settings.stateDir} is ${overall}.`);
  return overall === "up" ? 0 : 1;
}

function describe({ state }: StatusLine): string {
  switch (state.state) {
    case "ready":
      return "ready";
    case "failing":
      return `runs, but is not ready: ${state.seen}`;
    case "dead":
      return "DEAD: its process has ended without being asked to";
    case "stopped":
      return "stopped";
  }
}

// What is thrown here is shown by the launcher in bin, which also sets the exit code.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
