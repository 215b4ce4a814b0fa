import { afterAll, beforeAll, expect, test } from "vitest";
import { type KillResult, killOnce, openStage, type Stage } from "./campaign.ts";
import { tasks } from "./upkeep.ts";

// The whole campaign is `npm run kills`; these are one run of each task.

let stage: Stage;

beforeAll(async () => {
  stage = await openStage([]);
}, 300_000);

afterAll(() => stage.close());

const told = ({ seed, task, defects }: KillResult): object => ({ seed, task, defects });

test.each([0, 1, 2, 3, 4, 5])(
  "killed at any moment it loses nothing, and the next call ends right (run %i)",
  async (seed) => {
    const result = await killOnce(stage, seed);
    expect(told(result)).toEqual({ seed, task: tasks[seed], defects: [] });
  },
);
