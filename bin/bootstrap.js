// Gets from a fresh clone to a running TypeScript program: checks Node.js, installs the dependencies if that
// has not been done to its end, and runs the program through ts-node in this same process, so that signals
// and exit codes are simply its own. Plain JavaScript without dependencies: it runs before there are any.
"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");

const root = path.resolve(__dirname, "..");
/** The first of Node.js 20 that has `AbortSignal.any`. */
const oldestNode = [20, 3];
const heartbeatMilliseconds = 8000;

/**
 * Runs a TypeScript program of this project.
 * @param {string} entry its path from the project's root, such as `lab/cli.ts`
 * @param {readonly string[]} args what the program finds in `process.argv` from index 2 on
 * @returns {Promise<void>} when the program has been started; how it ends is the process's own affair
 */
async function run(entry, args) {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    // A program that listens for these itself, as a test runner does, knows better what to do.
    process.on(event, (error) => process.listenerCount(event) > 1 || fail(error));
  }
  try {
    checkNode(process.versions.node);
    await ensureDependencies(root);
    const program = path.join(root, entry);
    process.argv = [process.execPath, program, ...args];
    // Types are checked by `npm run lint`, not by whoever wants to see the program run.
    require("ts-node").register({ cwd: root, projectSearchDir: root, transpileOnly: true });
    require(program);
  } catch (error) {
    fail(error);
  }
}

/** Shows an error in a line, with its stack trace only when DEBUG is set, and ends the process. */
function fail(error) {
  process.stderr.write(`${describe(error, process.env.DEBUG)}\n`);
  process.exit(1);
}

function describe(error, debug) {
  if (debug && error instanceof Error) return error.stack || String(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === "UserError") return message;
  const line = message.split("\n").find((text) => text.trim() !== "") || "no message";
  return `Something unexpected went wrong: ${line.trim()} (run it again with DEBUG=1 to see where)`;
}

/** Something that the user can mend; its message is shown as it is. */
function userError(message) {
  const error = new Error(message);
  error.name = "UserError";
  return error;
}

function checkNode(version) {
  const [major, minor] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw userError(
    `This needs Node.js ${oldestNode.join(".")} or newer, and this is ${version}. Install one from https://nodejs.org/ or your version manager.`,
  );
}

async function ensureDependencies(directory) {
  await otherInstallation(directory);
  const missing = whatIsMissing(directory);
  if (missing !== undefined) {
    const install = ["ci", "--include=dev", "--no-audit", "--no-fund"];
    await npm(
      directory,
      install,
      `installing the dependencies, because ${missing} (took half a minute elsewhere)`,
    );
  }
  const stale = staleLocalPackage(directory);
  if (stale !== undefined) await npm(directory, ["run", "prepare"], `compiling ${stale}`);
}

/** Waits until no npm installs anything here: two at once take each other's files away. */
async function otherInstallation(directory) {
  if (!npmAtWork(directory)) return;
  process.stderr.write("waiting for another npm, which is installing in this folder ...\n");
  const ended = announce("waiting for the other npm");
  while (npmAtWork(directory)) await new Promise((resolve) => setTimeout(resolve, 250));
  ended();
}

/** Whether some npm installs in this folder now, as the kernel tells (proc(5)); elsewhere than on Linux: no. */
function npmAtWork(directory) {
  const here = fs.realpathSync(directory);
  const processes = fs.existsSync("/proc/self/cwd") ? fs.readdirSync("/proc") : [];
  return processes.some((pid) => {
    try {
      if (!/^\d+$/.test(pid) || fs.readlinkSync(`/proc/${pid}/cwd`) !== here) return false;
      return /^npm (ci|i|install)\b/.test(fs.readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    } catch {
      return false; // It ended, or belongs to somebody else.
    }
  });
}

/**
 * Why the dependencies have to be installed, or undefined when they are there. npm writes
 * node_modules/.package-lock.json last, so an installation that was cut short has none; and one of older
 * dependencies has one that disagrees with package-lock.json.
 */
function whatIsMissing(directory) {
  const wanted = readJson(path.join(directory, "package-lock.json"));
  if (wanted === undefined) {
    throw userError(
      `${path.join(directory, "package-lock.json")} can't be read. Restore it: git checkout package-lock.json`,
    );
  }
  if (!fs.existsSync(path.join(directory, "node_modules"))) return "there are none yet";
  const installed = readJson(path.join(directory, "node_modules", ".package-lock.json"));
  if (installed === undefined) return "the last installation did not finish";
  for (const [place, entry] of Object.entries(wanted.packages)) {
    const there = installed.packages[place];
    if (place === "" || (there === undefined && entry.optional)) continue;
    if (there === undefined || there.version !== entry.version || there.integrity !== entry.integrity) {
      return `package-lock.json wants another ${place.replace(/^.*node_modules\//, "")}`;
    }
  }
  return undefined;
}

/** The first package of this project's own whose compiled program is missing or older than its source. */
function staleLocalPackage(directory) {
  const { packages } = readJson(path.join(directory, "package-lock.json"));
  const folders = Object.values(packages).flatMap((entry) => (entry.link ? [entry.resolved] : []));
  return folders.find((folder) => {
    const home = path.join(directory, folder);
    const manifest = readJson(path.join(home, "package.json"));
    if (manifest === undefined || manifest.main === undefined) return false;
    const main = path.join(home, manifest.main);
    return !fs.existsSync(main) || newestSource(home, path.dirname(main)) > fs.statSync(main).mtimeMs;
  });
}

function newestSource(folder, output) {
  const times = fs.readdirSync(folder, { withFileTypes: true }).map((item) => {
    const full = path.join(folder, item.name);
    if (full === output || item.name === "node_modules") return 0;
    if (item.isDirectory()) return newestSource(full, output);
    return /\.(ts|json)$/.test(item.name) ? fs.statSync(full).mtimeMs : 0;
  });
  return Math.max(0, ...times);
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Runs npm, and ends it, with whatever it started, before this process lets itself be ended. */
function npm(directory, args, what) {
  const start = Date.now();
  process.stderr.write(`${what} ...\n`);
  const ended = announce(`npm ${args[0]}`);
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd: directory, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk) => (output = (output + chunk).slice(-20000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    let stoppedBy;
    const release = onStop((signal) => {
      stoppedBy = signal;
      // npm takes its time over a polite signal and goes on writing; what it leaves half is found next time.
      process.kill(-child.pid, "SIGKILL");
    });
    child.on("error", (error) => {
      release();
      ended();
      const missing = error.code === "ENOENT";
      reject(missing ? userError("npm is not on PATH. Install it: it comes with Node.js.") : error);
    });
    child.on("close", (code) => {
      release();
      ended();
      if (stoppedBy !== undefined) process.kill(process.pid, stoppedBy);
      const seconds = Math.round((Date.now() - start) / 1000);
      process.stderr.write(`npm ${args[0]}: ${code === 0 ? "done" : "failed"} after ${seconds} s\n`);
      if (code === 0) resolve();
      else reject(userError(`npm ${args.join(" ")} failed in ${directory}:\n${npmWords(output)}`));
    });
  });
}

/** Calls back, once, when this process is told to stop, until the returned function is called. */
function onStop(callback) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const stop = (signal) => {
    release();
    callback(signal);
  };
  const release = () => signals.forEach((signal) => process.removeListener(signal, stop));
  for (const signal of signals) process.on(signal, stop);
  return release;
}

/** Says every few seconds what goes on and for how long, until the returned function is called. */
function announce(what) {
  const start = Date.now();
  const say = () => process.stderr.write(`  ${what}: ${Math.round((Date.now() - start) / 1000)} s\n`);
  const heartbeat = setInterval(say, heartbeatMilliseconds);
  return () => clearInterval(heartbeat);
}

/** What npm says of a failure, without its hints about log files. */
function npmWords(output) {
  const lines = output.split("\n").map((line) => line.trim());
  const errors = lines.filter(
    (line) => /^npm (error|ERR!)|error TS/.test(line) && !/complete log/.test(line),
  );
  return (errors.length > 0 ? errors : lines.filter((line) => line !== "")).slice(0, 8).join("\n");
}

module.exports = { run, describe, checkNode, whatIsMissing, staleLocalPackage };
