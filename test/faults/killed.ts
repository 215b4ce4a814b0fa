import { UserError } from "../../src/errors.ts";
import { type Night, readNight } from "./night.ts";

// The process of one reading, which may be killed at any moment.
const night = JSON.parse(process.argv[2] ?? "") as Night;
try {
  await readNight(night);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.exitCode = error.exitCode;
}
