import { runAsProcess } from "./runAsProcess";
import { runReinit } from "./reinit/run";

runAsProcess(runReinit);
