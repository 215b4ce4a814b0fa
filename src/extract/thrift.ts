import { setFlagsFromString } from "node:v8";

// V8 lets its heap grow to twice what is in use before it clears it, and what is young to three times sixteen megabytes: as pages
// of a megabyte are parsed by the dozen each second, most of its heap would be what nobody needs any more.
const thrifty: readonly string[] = ["--heap-growing-percent=40", "--semi-space-growth-factor=1"];
const usual: readonly string[] = ["--heap-growing-percent=0", "--semi-space-growth-factor=2"];

let readers = 0;

/** Has V8 clear its heap more often from here on. Returns what ends that, once the last one who asked for it is done. */
export function spareHeap(): () => void {
  readers += 1;
  for (const flag of thrifty) setFlagsFromString(flag);
  return () => {
    readers -= 1;
    if (readers === 0) for (const flag of usual) setFlagsFromString(flag);
  };
}
