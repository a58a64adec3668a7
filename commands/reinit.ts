import { join } from "node:path";
import { runReinit } from "./reinit/run";
import { runCommand } from "./runCommand";

void runCommand((signal) =>
  runReinit(process.argv.slice(2), {
    pulumi: { program: "pulumi", env: process.env, projectDirectory: join(__dirname, "..") },
    input: process.stdin,
    output: process.stdout,
    signal,
  }),
);
