import { runAsProcess } from "./runAsProcess";
import { runReview } from "./review/run";

runAsProcess(runReview);
