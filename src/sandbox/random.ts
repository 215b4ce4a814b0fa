/** A deterministic stream of pseudo-random numbers. The same keys always give the same stream. */
export type Random = {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly int: (low: number, high: number) => number;
  /** A number in [low, high). */
  readonly between: (low: number, high: number) => number;
  /** True with the given probability (0 to 1). */
  readonly chance: (probability: number) => boolean;
  /** One item of a list that has at least one. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** A number of the standard normal distribution. */
  readonly normal: () => number;
  /** A positive number around `median`; `spread` is the standard deviation of its logarithm. */
  readonly skewed: (median: number, spread: number) => number;
};

/** One part of the name of a stream. */
export type RandomKey = string | number;

function mix(text: string, start: number): number {
  let hash = start | 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A whole number from 0 to 2^32 - 1 that depends on the keys alone. */
export function hashOf(...keys: readonly RandomKey[]): number {
  return mix(keys.join("|"), 0x9747b28c);
}

/** A whole number from 0 to 2^52 - 1 that depends on the keys alone; wide enough to serve as an id of many things. */
export function wideHashOf(...keys: readonly RandomKey[]): number {
  const name = keys.join("|");
  return (mix(name, 0x13198a2e) % 1_048_576) * 4_294_967_296 + mix(name, 0x243f6a88);
}

/**
 * Opens the stream named by `keys` (sfc32, seeded with four hashes of them).
 * Streams are cheap, so every account, partner and invoice has its own and no change to one moves another.
 */
export function randomFor(...keys: readonly RandomKey[]): Random {
  const name = keys.join("|");
  let a = mix(name, 0x243f6a88);
  let b = mix(name, 0x85a308d3);
  let c = mix(name, 0x13198a2e);
  let d = 1;

  function next(): number {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  }

  for (let round = 0; round < 8; round += 1) next();

  function normal(): number {
    return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  }

  return Object.freeze({
    next,
    normal,
    int: (low: number, high: number) => low + Math.floor(next() * (high - low + 1)),
    between: (low: number, high: number) => low + next() * (high - low),
    chance: (probability: number) => next() < probability,
    pick: <Item>(items: readonly Item[]) => itemAt(items, Math.floor(next() * items.length)),
    skewed: (median: number, spread: number) => median * Math.exp(spread * normal()),
  });
}

/** The item at a place of a list, counted round and round, for lists that are never empty. */
export function itemAt<Item>(items: readonly Item[], place: number): Item {
  const item = items[place % items.length];
  if (item === undefined) throw new Error(`no item at place ${place} of a list of ${items.length}`);
  return item;
}
