import { runAsProcess } from "./runAsProcess";
import { runStatus } from "./status/run";

runAsProcess(runStatus);
