import { hashOf } from "../random.ts";

const idDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// Ids count months from the year 2000, which keeps them short and in the order in which records began.
const firstMonth = 24_000;

/** Which account an id belongs to (month of first contact, place in the month) and which of its records it is. */
export type Place = { readonly month: number; readonly index: number; readonly record: number };

function ordinalOf({ month, index, record }: Place): number {
  return ((month - firstMonth) * 100_000 + index) * 100 + record;
}

function base62(value: number, length: number): string {
  let text = "";
  let rest = value;
  for (let place = 0; place < length; place += 1) {
    text = idDigits.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** A HubSpot object id: digits, higher for later records. `family` keeps objects of different kinds apart. */
export function hubspotId(family: number, place: Place): string {
  return String(family * 10_000_000_000 + ordinalOf(place));
}

/** The three characters that make a 15-character Salesforce id safe to compare without case. */
function checkCharacters(id: string): string {
  let suffix = "";
  for (let block = 0; block < 3; block += 1) {
    let bits = 0;
    for (let place = 0; place < 5; place += 1) {
      const letter = id.charAt(block * 5 + place);
      if (letter >= "A" && letter <= "Z") bits += 1 << place;
    }
    suffix += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".charAt(bits);
  }
  return suffix;
}

/** An 18-character Salesforce id from its key prefix (`006` is an Opportunity) and a number. */
export function salesforceNumber(prefix: string, value: number): string {
  const id = `${prefix}Qy0${base62(value, 9)}`;
  return id + checkCharacters(id);
}

/** An 18-character Salesforce id, higher for later records. */
export function salesforceId(prefix: string, place: Place): string {
  return salesforceNumber(prefix, ordinalOf(place));
}

/** A Stripe id such as `in_1Qf3...`: unlike the others its order tells nothing of time. */
export function stripeId(seed: number, prefix: string, place: Place): string {
  const salt = hashOf(seed, prefix, place.month, place.index, place.record);
  const ordinal = ((place.month - firstMonth) * 100_000 + place.index) * 10_000 + place.record;
  return `${prefix}_1Q${base62(salt, 6)}${base62(ordinal, 8)}`;
}

/** The id of something that belongs to another Stripe object, e.g. the payment intent of a payment. */
export function stripeChild(prefix: string, parent: string): string {
  return `${prefix}_3${parent.slice(parent.indexOf("_") + 2)}`;
}

/** The id of a row of the partner portal, e.g. `REG-2611-0042`. */
export function portalId(prefix: string, { month, index, record }: Place): string {
  const year = String(Math.floor(month / 12) % 100).padStart(2, "0");
  const tail = record === 0 ? "" : `-${record}`;
  return `${prefix}-${year}${String((month % 12) + 1).padStart(2, "0")}-${String(index).padStart(4, "0")}${tail}`;
}
