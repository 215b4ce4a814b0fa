import { type Place, type Task, work } from "./upkeep.ts";

// The process of one piece of upkeep, which may be killed at any moment after it has said that it begins.
const { task, place } = JSON.parse(process.argv[2] ?? "") as { readonly task: Task; readonly place: Place };
process.stdout.write("begins\n");
await work(task, place);
process.stdout.write("ended\n");
