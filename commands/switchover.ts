import { runAsProcess } from "./runAsProcess";
import { runSwitchover } from "./switchover/run";

runAsProcess(runSwitchover);
