import { runCleanup } from "./cleanup/run";
import { runAsProcess } from "./runAsProcess";

runAsProcess(runCleanup);
