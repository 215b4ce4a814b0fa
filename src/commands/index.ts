import { addAlerts } from "./alerts.ts";
import { addBackup } from "./backup.ts";
import { addCompare } from "./compare.ts";
import { addDiff } from "./diff.ts";
import { addDoctor } from "./doctor.ts";
import { addExplain } from "./explain.ts";
import { addExport } from "./export.ts";
import { addInit } from "./init.ts";
import { addPrune } from "./prune.ts";
import { addQuery } from "./query.ts";
import { addRefresh } from "./refresh.ts";
import { addRestore } from "./restore.ts";
import { addSandbox } from "./sandbox.ts";
import { addSchedule } from "./schedule.ts";
import { addScorecard } from "./scorecard.ts";
import { addServe } from "./serve.ts";
import type { Shell } from "./shell.ts";
import { addStatus } from "./status.ts";

/** Every command, in the order in which the help lists them. */
export const commands: readonly ((shell: Shell) => void)[] = Object.freeze([
  addInit,
  addRefresh,
  addDoctor,
  addQuery,
  addExplain,
  addCompare,
  addExport,
  addScorecard,
  addDiff,
  addSchedule,
  addStatus,
  addAlerts,
  addBackup,
  addRestore,
  addPrune,
  addServe,
  addSandbox,
]);
