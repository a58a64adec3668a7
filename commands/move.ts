import { runMove } from "./move/run";
import { runAsProcess } from "./runAsProcess";

runAsProcess(runMove);
