import { join } from "node:path";
import { runCommand } from "./runCommand";
import { runStatus } from "./status/run";

void runCommand((signal) =>
  runStatus(process.argv.slice(2), {
    pulumi: { program: "pulumi", env: process.env, projectDirectory: join(__dirname, "..") },
    output: process.stdout,
    signal,
  }),
);
