/** Whether a process of this machine is there. */
export function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user's refuses the question, and is there.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
