import { join } from "node:path";
import { runReview } from "./review/run";
import { runCommand } from "./runCommand";

void runCommand((signal) =>
  runReview(process.argv.slice(2), {
    pulumi: { program: "pulumi", env: process.env, projectDirectory: join(__dirname, "..") },
    output: process.stdout,
    signal,
  }),
);
