/** Why a stream was not read when it needs another one. */
export const buildsOn = (stream: string): string => `it builds on ${stream}, which failed`;

/** Streams beside one that failed, in words: those with the same reason and those that wait for one that failed; empty without any. */
export function alsoFailed(alike: number, waiting: number): string {
  const streams = (count: number): string => `${count} ${count === 1 ? "stream" : "streams"}`;
  const same = alike === 0 ? [] : [`${streams(alike)} more failed the same way`];
  const wait = `${waiting === 1 ? "waits" : "wait"} for one that failed`;
  const rest = waiting === 0 ? [] : [`${alike === 0 ? streams(waiting) : waiting} ${wait}`];
  return [...same, ...rest].join(", ");
}
